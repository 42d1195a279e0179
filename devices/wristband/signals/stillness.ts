/**
 * Whether the wrist is still: what a pulse needs to be believed.
 */
import { type AccelerationSample, magnitude } from "./sample.ts";

export interface StillnessSettings {
  /** A second in which the magnitude spans less is quiet, mg. */
  readonly quietMg: number;
  /** Still after this long quiet. */
  readonly afterMs: number;
}

/** Ours: a resting arm stays within 0.1 g; a walk swings by more. */
export const stillnessSettings: StillnessSettings = { quietMg: 100, afterMs: 5000 };

export interface Stillness {
  push(sample: AccelerationSample): void;
  still(): boolean;
}

/** A watch over the wrist's movement; any rate, a handful of numbers. */
export function createStillness(settings: StillnessSettings = stillnessSettings): Stillness {
  let low = 0;
  let high = 0;
  let ends = unset;
  let quietSince = unset;
  return {
    push: (sample) => {
      const mg = magnitude(sample);
      if (!(mg >= 0)) return;
      if (ends === unset || sample.t >= ends) {
        if (high - low >= settings.quietMg || quietSince === unset) quietSince = sample.t;
        ends = sample.t + 1000;
        low = high = mg;
      }
      if (mg < low) low = mg;
      if (mg > high) high = mg;
      if (high - low >= settings.quietMg) quietSince = ends;
    },
    still: () => quietSince !== unset && ends - quietSince >= settings.afterMs,
  };
}

const unset = -1;
