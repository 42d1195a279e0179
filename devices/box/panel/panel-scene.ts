/** A person before the emulated panel: an eye for its light, an ear for its buzzer. */
import type { Uno } from "#devices/devkit/emulator/uno.ts";

import { pins } from "./arduino.ts";
import type { Buzz, Light } from "./port.ts";
import { blinks, tunes } from "./signs.ts";

interface Edge {
  readonly isHigh: boolean;
  readonly t: number;
}

/** Every change of a pin, for who looks at it later. */
function recordEdges(uno: Uno, pin: number): Edge[] {
  const edges: Edge[] = [];
  uno.watch(pin, (isHigh, t) => edges.push({ isHigh, t }));
  return edges;
}

/** Longer without a change than the slowest light blinks: it stands still. */
const stillMs = 1.3 * Math.max(...Object.values(blinks));

/** Tells what the light says since `since`, once that is sure. */
export function createEye(uno: Uno): (since: number) => Light | undefined {
  const edges = recordEdges(uno, pins.light);
  return (since) => {
    const last = edges.at(-1);
    if (uno.now() - Math.max(since, last?.t ?? 0) > stillMs) {
      return last?.isHigh === true ? "well" : "off";
    }
    // Twice the same: once may be a host that was held up.
    const [first, second, third] = edges.filter(({ t }) => t >= since).slice(-3);
    if (first === undefined || second === undefined || third === undefined) return undefined;
    const state = blinking(second.t - first.t);
    return state === blinking(third.t - second.t) ? state : undefined;
  };
}

const blinking = (ms: number): Light | undefined =>
  (["fault", "pairing", "emergency"] as const).find((state) => near(ms, blinks[state], 0.3));

/** More than between the two sets of an emergency. */
const silentMs = 500;

/** Tells what was heard since `since`, once it has been silent for a while. */
export function createEar(uno: Uno): (since: number) => readonly Buzz[] | undefined {
  const edges = recordEdges(uno, pins.buzzer);
  return (since) => {
    if (uno.now() - Math.max(since, edges.at(-1)?.t ?? 0) < silentMs) return undefined;
    const heard = notesOf(edges.filter(({ t }) => t >= since));
    return heard.length === 0 ? [] : [known(heard)];
  };
}

/** Hz of what `tunes` are made of. */
const pitches: Readonly<Record<string, number>> = { a4: 440, a5: 880 };

function known(heard: readonly string[]): Buzz {
  const patterns = ["accepted", "refused", "warning", "emergency"] as const;
  const found = patterns.find((pattern) => {
    const notes = tunes[pattern].song.flatMap(([note]) => note ?? []);
    return notes.join(" ") === heard.join(" ");
  });
  if (found === undefined) throw new Error(`nobody knows this tune: ${heard.join(" ")}`);
  return found;
}

/** Names of the notes: ten half waves or more, each as long as the one before it. */
function notesOf(edges: readonly Edge[]): readonly string[] {
  const notes: { halves: number; ms: number }[] = [];
  let before = 0;
  for (const [index, { t }] of edges.entries()) {
    const half = t - (edges[index - 1]?.t ?? t);
    const note = notes.at(-1);
    if (note !== undefined && near(half, before, 0.15)) {
      note.halves += 1;
      note.ms += half;
    } else {
      notes.push({ halves: 0, ms: 0 });
    }
    before = half;
  }
  return notes
    .filter(({ halves }) => halves >= 10)
    .map((note) => nameOf(500 / (note.ms / note.halves)));
}

function nameOf(hertz: number): string {
  const [name] = Object.entries(pitches).find(([, pitch]) => near(hertz, pitch, 0.05)) ?? [];
  return name ?? `${Math.round(hertz)} Hz`;
}

function near(value: number, aim: number, share: number): boolean {
  return Math.abs(value - aim) <= aim * share;
}
