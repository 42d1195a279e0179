/**
 * The air between a wristband and its box: it loses, doubles, delays and damages frames, and ends
 * where it is too far.
 *
 * @source catalogue WB-05; spec/clinical.md F12
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { type Duration, Millis, Seconds } from "#wire/units.ts";

/** What becomes of frames; shares from 0 to 1. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  /** Frames that are overtaken by those after them. */
  readonly swap: number;
  /** Frames of which one to three bits are flipped. */
  readonly damage: number;
}

/** Nothing happens to a frame. */
export const calmAir: Weather = { loss: 0, duplication: 0, swap: 0, damage: 0 };

/** One end of the air: the wristband's, or the box's. */
export interface RadioEnd {
  /** Whether the other end is connected. */
  readonly up: boolean;
  /** Sends one frame; into the void when the link is down. */
  send(bytes: Uint8Array): void;
  /** What is called with each frame that comes; at most one. */
  onFrame(take: (bytes: Uint8Array) => void): void;
  /** What is called when the link comes up or goes down; at most one. */
  onLink(changed: (up: boolean) => void): void;
}

/** The air, in the tester's hand. */
export interface Radio {
  readonly band: RadioEnd;
  readonly box: RadioEnd;
  /** Puts the wristband so far from the box, metres. */
  move(metres: number): void;
  setWeather(weather: Weather): void;
}

/** What the air is made of. */
export interface RadioSetup {
  readonly clock: Clock;
  readonly random: Random;
  readonly weather?: Weather;
  /** Beyond this many metres there is no link. */
  readonly reach?: number;
}

const usualReach = 10;
/** How long a frame is on its way: a connection interval or two; and one that is overtaken. */
const latency = { low: Millis(8), high: Millis(60) };
const detour = { low: Millis(100), high: Seconds(3) };
/** From in reach again to connected again. */
const reconnectAfter = Seconds(2);

/** The share of frames lost at a distance: as the weather has it near by, all of them at the edge. */
export function lossAt(weather: Weather, shareOfReach: number): number {
  const beyondHalf = Math.min(1, Math.max(0, shareOfReach - 0.5) * 2);
  return weather.loss + (1 - weather.loss) * beyondHalf;
}

/** An air in which both ends are near each other and connected. */
export function createRadio(setup: RadioSetup): Radio {
  return new Air(setup);
}

class Air implements Radio {
  readonly band: RadioEnd;
  readonly box: RadioEnd;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #reach: number;
  readonly #ends: readonly [End, End];
  #weather: Weather;
  #metres = 1;
  #up = true;
  /** Which link it is: what was on its way over an earlier one is gone. */
  #link = 1;

  constructor({ clock, random, weather = calmAir, reach = usualReach }: RadioSetup) {
    this.#clock = clock;
    this.#random = random;
    this.#weather = weather;
    this.#reach = reach;
    const end = (other: () => End): End =>
      new End({ up: () => this.#up, fly: (bytes) => this.#fly(bytes, other) });
    this.#ends = [end(() => this.#ends[1]), end(() => this.#ends[0])];
    [this.band, this.box] = this.#ends;
  }

  setWeather(weather: Weather): void {
    this.#weather = weather;
  }

  move(metres: number): void {
    this.#metres = metres;
    if (metres > this.#reach) this.#change(false);
    else if (!this.#up) this.#reconnect();
  }

  #reconnect(): void {
    this.#clock.after(reconnectAfter, "radio reconnects", () => {
      if (this.#metres <= this.#reach) this.#change(true);
    });
  }

  #change(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#link += 1;
    for (const end of this.#ends) end.changed(up);
  }

  #fly(bytes: Uint8Array, to: () => End): void {
    if (!this.#up || this.#happens(lossAt(this.#weather, this.#metres / this.#reach))) return;
    this.#arrive(bytes, to);
    if (this.#happens(this.#weather.duplication)) this.#arrive(bytes, to);
  }

  #arrive(bytes: Uint8Array, to: () => End): void {
    const link = this.#link;
    const arriving = this.#happens(this.#weather.damage) ? this.#damage(bytes) : bytes.slice();
    this.#clock.after(this.#delay(), "frame on the air", () => {
      if (this.#link === link) to().arrive(arriving);
    });
  }

  #delay(): Duration {
    const range = this.#happens(this.#weather.swap) ? detour : latency;
    return Millis(this.#random.integer(range));
  }

  #damage(bytes: Uint8Array): Uint8Array {
    const damaged = bytes.slice();
    for (let flips = this.#random.integer({ low: 1, high: 3 }); flips > 0; flips -= 1) {
      const bit = this.#random.integer({ low: 0, high: bytes.length * 8 - 1 });
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    return damaged;
  }

  #happens(share: number): boolean {
    return this.#random.next() < share;
  }
}

/** What an end needs of the air. */
interface EndSetup {
  readonly up: () => boolean;
  readonly fly: (bytes: Uint8Array) => void;
}

class End implements RadioEnd {
  readonly #setup: EndSetup;
  #take: (bytes: Uint8Array) => void = () => {};
  #changed: (up: boolean) => void = () => {};

  constructor(setup: EndSetup) {
    this.#setup = setup;
  }

  get up(): boolean {
    return this.#setup.up();
  }

  send(bytes: Uint8Array): void {
    this.#setup.fly(bytes);
  }

  onFrame(take: (bytes: Uint8Array) => void): void {
    this.#take = take;
  }

  onLink(changed: (up: boolean) => void): void {
    this.#changed = changed;
  }

  arrive(bytes: Uint8Array): void {
    this.#take(bytes);
  }

  changed(up: boolean): void {
    this.#changed(up);
  }
}
