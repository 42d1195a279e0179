/**
 * How much a signal repeats itself, and after how long: a running autocorrelation that forgets.
 *
 * Both a walk and a pulse are known by their rhythm. For each lag the sum of products fades with the same time constant
 * as the energy, so that by Cauchy and Schwarz every correlation lies within −1…1. Work per sample: one multiplication
 * per lag; no window is ever gone through again.
 */
import { createRing, flood } from "./ring.ts";

export interface RhythmPlan {
  /** Lags looked at, in samples, both included. */
  readonly lags: { readonly from: number; readonly to: number };
  /** Samples after which the past weighs 1/e. */
  readonly memory: number;
}

export interface Rhythm {
  push(value: number): void;
  /** Mean square of the recent signal, in its unit squared. */
  power(): number;
  /** −1…1: how much the signal resembles itself `lag` samples earlier. */
  correlation(lag: number): number;
  /** Whether the correlation has a peak above 0 at this lag. */
  peaks(lag: number): boolean;
  /** The highest peak of the correlation, 0 when there is none. */
  strength(): number;
  /** The signal begins again: nothing is remembered. */
  restart(): void;
}

/** Fixed memory: three arrays of as many numbers as there are lags, and two rings as long as the longest. */
export function createRhythm(plan: RhythmPlan): Rhythm {
  const from = plan.lags.from - 1;
  const to = plan.lags.to + 1;
  const keep = Math.exp(-1 / plan.memory);
  const products = new Float32Array(to - from + 1);
  const values = createRing(new Float32Array(to + 1));
  const energies = createRing(new Float32Array(to + 1));
  let energy = 0;

  const correlation = (lag: number): number => {
    const scale = energy * energies.at(lag);
    return scale > tiny ? clamp((products[lag - from] ?? 0) / Math.sqrt(scale)) : 0;
  };
  const peaks = (lag: number): boolean => {
    const here = correlation(lag);
    return here > 0 && here >= correlation(lag - 1) && here > correlation(lag + 1);
  };
  return {
    push: (value) => {
      energy = energy * keep + value * value;
      values.push(value);
      energies.push(energy);
      for (let lag = from; lag <= to; lag++) {
        products[lag - from] = (products[lag - from] ?? 0) * keep + value * values.at(lag);
      }
    },
    power: () => energy * (1 - keep),
    correlation,
    peaks,
    strength: () => {
      let best = 0;
      let before = correlation(from);
      let here = correlation(from + 1);
      for (let lag = from + 2; lag <= to; lag++) {
        const after = correlation(lag);
        if (here > best && here >= before && here > after) best = here;
        before = here;
        here = after;
      }
      return best;
    },
    restart: () => {
      energy = 0;
      flood(products, 0);
      values.flood(0);
      energies.flood(0);
    },
  };
}

/** Below this product of energies there is no signal to correlate. */
const tiny = 1e-6;

/** Rounding may pass one by a hair. */
function clamp(value: number): number {
  return value > 1 ? 1 : value < -1 ? -1 : value;
}
