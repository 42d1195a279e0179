/** The scene that the program's tests play: a wristband, the air, and a box that writes down what it hears. */
import { type Courier, openCourier } from "#devices/link/courier.ts";
import { createInbox } from "#devices/link/inbox.ts";
import { createRadio, type Radio, type Weather } from "#devices/link/radio.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { type DownBody, encodeDown } from "#wire/bodies/down.ts";
import type { BandReading, UpBody } from "#wire/bodies/up-body.ts";
import { decodeUp } from "#wire/bodies/up.ts";
import { profiles } from "#wire/cadence.ts";
import type { Lane } from "#wire/frames/frame.ts";
import { FrameSender } from "#wire/frames/sender.ts";
import { Instant, Millis } from "#wire/units.ts";

import type { Layer } from "./layer.ts";
import type { Picture } from "./picture.ts";
import type { BandPower, BandStaging, BandStore, Buzz } from "./ports.ts";
import { bandNumbers, type BandSettings } from "./settings.ts";
import { createWristband, type Wristband } from "./wristband.ts";

/** A body that the box has: in which lane it came, and when. */
export interface HeardBody {
  readonly lane: Lane;
  /** ms after the scene's start. */
  readonly at: number;
  readonly body: UpBody;
}

/** What a test changes. */
export interface SceneOptions {
  readonly seed?: number;
  readonly weather?: Weather;
  readonly settings?: Partial<BandSettings>;
  readonly store?: BandStore;
  readonly staging?: BandStaging;
  /** The box says what time it is whenever the link comes up; so it does unless told otherwise. */
  readonly tellsTime?: boolean;
}

/** What a wristband was seen to do. */
export interface Seen {
  readonly pictures: Picture[];
  readonly buzzes: Buzz[];
  readonly pairing: boolean[];
  restarts: number;
  recoveries: number;
}

/** The scene's start, ms UTC. */
export const sceneStart = 1_790_000_000_000;

/** A scene around a layer. */
export class BandScene {
  readonly clock: VirtualClock = createVirtualClock({ start: Instant(sceneStart) });
  readonly heard: HeardBody[] = [];
  readonly seen: Seen = { pictures: [], buzzes: [], pairing: [], restarts: 0, recoveries: 0 };
  readonly radio: Radio;
  readonly band: Wristband;
  power: BandPower = { level: 80, plugged: false };
  readonly #box: Courier;

  constructor(layer: Layer, options: SceneOptions = {}) {
    const random = createSeededRandom(options.seed ?? 1);
    const { clock, seen } = this;
    const { weather } = options;
    this.radio = createRadio({ clock, random: random.fork("air"), ...(weather && { weather }) });
    const tellTime = (): void => {
      if (options.tellsTime !== false) this.tell({ kind: "time", now: clock.now() });
    };
    this.#box = openCourier({
      ...{ clock, end: this.radio.box, sender: new FrameSender(7) },
      inbox: createInbox(({ lane, body }) => this.#hear(lane, body)),
      linked: (up) => {
        if (up) tellTime();
      },
    });
    let timer = clock.after(Millis(0), "wristband", () => {});
    this.band = createWristband(
      {
        clock: {
          now: () => clock.monotonic(),
          wake: (at) => {
            timer.cancel();
            const delay = Millis(Math.max(0, at - clock.monotonic()));
            timer = clock.after(delay, "wristband", () => this.band.step());
          },
        },
        radio: this.radio.band,
        advertise: ({ pairing }) => seen.pairing.push(pairing),
        power: () => this.power,
        draw: (picture) => seen.pictures.push(picture),
        buzz: (kind) => seen.buzzes.push(kind),
        store: options.store ?? createMemoryStore(),
        staging: options.staging ?? idleStaging,
        random: () => random.integer({ low: 0, high: 0xff_ff_ff_ff }),
        restart: () => (seen.restarts += 1),
        recover: () => (seen.recoveries += 1),
      },
      {
        ...{ ...bandNumbers, serial: "B-DEMO1", firmware: "1.5.0", layer },
        ...{ profile: "seed", profiles, ...options.settings },
      },
    );
    tellTime();
  }

  /** The box says something. */
  tell(body: DownBody): void {
    this.#box.offer(body.kind === "time" ? "emergency" : "routine", encodeDown(body));
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance({ by: Millis(ms) });
  }

  /** The call button, or another one, for so long. */
  async press(ms: number, button: "call" | "pair" = "call"): Promise<void> {
    this.band.press(button, true);
    await this.pass(ms);
    this.band.press(button, false);
    await this.pass(20);
  }

  /** The cable goes in or out. */
  async plug(plugged: boolean): Promise<void> {
    this.power = { ...this.power, plugged };
    this.band.powerChanged();
    await this.pass(20);
  }

  /** Bodies of one kind, in the order in which they came. */
  bodies<K extends UpBody["kind"]>(kind: K): readonly (UpBody & { readonly kind: K })[] {
    const isOf = (body: UpBody): body is UpBody & { readonly kind: K } => body.kind === kind;
    return this.heard.map(({ body }) => body).filter(isOf);
  }

  /** Readings of one metric, oldest first. */
  readings(metric: BandReading["metric"]): readonly BandReading[] {
    return this.bodies("readings")
      .flatMap(({ readings }) => readings)
      .filter((reading) => reading.metric === metric)
      .toSorted((a, b) => a.t - b.t);
  }

  /** The last value reported of a leaf. */
  reported(path: string): unknown {
    const leaves = this.bodies("reported").flatMap((body) => body.leaves);
    return leaves.findLast((leaf) => leaf.path === path)?.value;
  }

  /** The events by their kind. */
  events(): readonly string[] {
    return this.bodies("event").map(({ event }) => event);
  }

  #hear(lane: Lane, bytes: Uint8Array): void {
    const body = decodeUp(bytes);
    if (body.kind === "refused") throw new Error(`the box cannot read a body: ${body.fault}`);
    this.heard.push({ lane, at: this.clock.monotonic(), body });
  }
}

/** A store that survives the wristband that it is given to. */
export function createMemoryStore(): BandStore {
  const records = new Map<string, Uint8Array>();
  return {
    read: (name) => records.get(name),
    write: (name, bytes) => {
      if (bytes.length > 128 || name.length > 16) throw new Error("a record is small");
      records.set(name, bytes.slice());
    },
  };
}

/** Nothing to stage, and nothing on trial. */
const idleStaging: BandStaging = {
  judge: () => "unconfirmed",
  clear: () => true,
  write: () => "staged",
  request: () => {},
  confirmed: () => true,
  confirm: () => {},
};
