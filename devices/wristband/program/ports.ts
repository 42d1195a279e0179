/**
 * What a wristband's program is given: the watch, or a simulated one. Sensors are not here: they feed a
 * layer (`layer.ts`), which the program is given in its settings.
 *
 * Times are ms since the wristband started. Whatever is given calls back at any moment; the program does
 * nothing then but remember it, and does the work in its next step.
 */
import type { RadioEnd } from "#devices/link/radio.ts";

import type { Picture } from "./picture.ts";

/** The time, and the only way to be called again. */
export interface BandClock {
  /** ms since the start, never going back; fractions are allowed. */
  now(): number;
  /** Calls the program's `step` at this time, or at once when it is past; only the latest call counts. */
  wake(at: number): void;
}

/** Where its power comes from, as it is now. */
export interface BandPower {
  /** Percent, 0–100. */
  readonly level: number;
  /** The USB cable gives power. */
  readonly plugged: boolean;
}

/** What it tells the wearer without being looked at. */
export type Buzz = "ask" | "alarm" | "found" | "short" | "none";

/** A little memory that survives restarts; what was written is there in full, or not at all. */
export interface BandStore {
  read(name: string): Uint8Array | undefined;
  /** At most 128 bytes under a name of at most 16 characters. */
  write(name: string, bytes: Uint8Array): void;
}

/** Why an image may not be staged now. */
export type StagingRefusal = "unconfirmed" | "too_large";

/** Where a new image waits for the next start. No call takes longer than one sector's erasure, some 90 ms. */
export interface BandStaging {
  /** Whether an image of so many bytes may come now. */
  judge(bytes: number): StagingRefusal | undefined;
  /** Makes a little more room for it; true when there is enough. */
  clear(bytes: number): boolean;
  /** Writes a piece; the same piece may be written again. `torn`: something else is there, all must be cleared. */
  write(offset: number, bytes: Uint8Array): "staged" | "torn";
  /** The next start is to try what was staged. */
  request(how: "test" | "permanent"): void;
  /** Whether what runs is there to stay. */
  confirmed(): boolean;
  /** What runs has proved itself. */
  confirm(): void;
}

/** Everything a wristband is made of, besides its sensors. */
export interface BandPorts {
  readonly clock: BandClock;
  /** The link to its box, bonded and encrypted: frames of `wire/frames`. */
  readonly radio: RadioEnd;
  /** Says to whoever listens whether it may be bonded now. */
  advertise(state: { readonly pairing: boolean }): void;
  power(): BandPower;
  /** Called with a picture that differs from the last one. */
  draw(picture: Picture): void;
  /** Begins a buzz, which ends by itself or by `none`. */
  buzz(kind: Buzz): void;
  readonly store: BandStore;
  readonly staging: BandStaging;
  /** 32 random bits, unsigned. */
  random(): number;
  /** Starts again, as after a cut of power. */
  restart(): void;
  /** Waits for its cable to be flashed, and measures no more. */
  recover(): void;
}
