/**
 * A whole run in any interpreter: before the app is read, this gives it a watch; after it, recordings are fed, and
 * whatever the app says is printed, once, as a box would hear it.
 *
 * Lowered like the app itself. The script around it provides `give` and `say`, and calls `feed` and `finish`.
 */
import { decodeFrame, encodeFrame } from "#wire/frames/frame.ts";
import { acknowledgementOf, type LaneMark, takeFrame } from "#wire/frames/receiver.ts";

import type { AccelEvent, PinEvent } from "../app/watch.ts";
import { createFakeWatch, type FakeWatch } from "./fake-watch.ts";

/** The script around it: makes these names global, and prints a line. */
declare const give: (all: Readonly<Record<string, unknown>>) => void;
declare const say: (line: string) => void;

/** The dense profile says most: a heart rate each second, steps each minute. */
const fake = createFakeWatch({ "vigie.json": '{"serial":"B-WATCH1","profile":"dense"}' });

/** When the box connects, ms. */
const linkedAt = 500;
/** How long its answers take. */
const answerMs = 20;

type Take = (about: unknown, more?: unknown) => void;
type Listen = (take: Take) => void;
const { watch } = fake;
const listen: Record<string, Listen> = {
  accel: (take) => watch.onAcceleration(take),
  "HRM-raw": (take) => watch.onLight(take),
  touch: (take) => watch.onTouch((event) => take(event.type, event)),
  charging: (take) => watch.onCharging(take),
  security: (take) => watch.onSecurity(() => take({})),
  disconnect: (take) => watch.onDisconnect(() => take({})),
};
const on = (event: string, take: Take): void => listen[event]?.(take);
hear(fake);
fake.timers.after(linkedAt, () => fake.link(true));
give({
  Bangle: { ...fake.bangle, on },
  NRF: { ...fake.nrf, on },
  E: fake.espruino,
  g: fake.graphics,
  BTN1: 1,
  require: () => fake.storage,
  getTime: () => watch.seconds(),
  setTimeout: (run: () => void, ms: number) => watch.after(ms, run),
  clearTimeout: (timer: number) => watch.cancel(timer),
  setWatch: (take: (event: PinEvent) => void) => watch.onButton(take),
  feed,
  finish: (at: number) => {
    fake.timers.pass(at);
    fake.deeds.forEach((deed) => say(deed));
  },
});

/** Has the sensors say so: numbers of acceleration (0, ms, x, y, z) and light (1, ms, counts), one after another. */
function feed(values: readonly number[]): void {
  let at = 0;
  const next = (): number => values[at++] ?? 0;
  while (at < values.length) {
    const isLight = next() === 1;
    fake.timers.pass(next());
    if (isLight) fake.shine({ raw: next() });
    else fake.accelerate(felt(axis(next()), axis(next()), axis(next())));
  }
}

function felt(x: number, y: number, z: number): AccelEvent {
  return { x, y, z, mag: Math.sqrt(x * x + y * y + z * z) };
}

/** Counts of the chip as the watch says them. */
function axis(counts: number): number {
  return counts / 8192;
}

/** The box: prints each body once, and acknowledges it. */
function hear({ onValue, tell, timers }: FakeWatch): void {
  let marks: readonly LaneMark[] = [];
  onValue((_name, bytes) => {
    const frame = decodeFrame(bytes);
    if (frame.kind !== "data") return;
    const { mark, outcome } = takeFrame(marks.filter(({ lane }) => lane === frame.lane)[0], frame);
    marks = [...marks.filter(({ lane }) => lane !== frame.lane), mark];
    if (outcome === "fresh") say(`${Math.round(timers.now())} ${frame.lane} ${hex(frame.body)}`);
    timers.after(answerMs, () => tell(encodeFrame(acknowledgementOf(mark))));
  });
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++)
    text += (0x100 + (bytes[at] ?? 0)).toString(16).slice(1);
  return text;
}
