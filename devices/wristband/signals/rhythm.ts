/**
 * How much a signal repeats itself, and after how long: a running autocorrelation that forgets.
 *
 * Both a walk and a pulse are known by their rhythm. For each lag the sum of products fades with the same time constant
 * as the energy, so that by Cauchy and Schwarz every correlation lies within −1…1. No window is ever gone through
 * again. A sample is only kept; the products of all that came are added when somebody asks, a block at once, since
 * a watch adds up a block in one go.
 */
import { dot } from "./dot.ts";
import { flood } from "./ring.ts";

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

/** Samples that wait at most for their products to be added. */
const blockMost = 64;

/** Fixed memory: two arrays of as many numbers as there are lags, and three of {@link blockMost} and some. */
export function createRhythm(plan: RhythmPlan): Rhythm {
  const from = plan.lags.from - 1;
  const to = plan.lags.to + 1;
  const keep = Math.exp(-1 / plan.memory);
  const lags = to - from + 1;
  const products = new Float32Array(lags);
  const correlations = new Float32Array(lags);
  const size = to + blockMost;
  const values = new Float32Array(size);
  const energies = new Float32Array(size);
  const block = new Float32Array(blockMost);
  let energy = 0;
  /** The newest sample's place, and how many up to it wait. */
  let newest = 0;
  let waiting = 0;

  const back = (place: number, steps: number): number =>
    place < steps ? place - steps + size : place - steps;
  /** What waits, weighted by its age, times what came a lag earlier. */
  const add = (): void => {
    const recent = block.subarray(0, waiting);
    let weight = 1;
    let place = newest;
    for (let index = waiting - 1; index >= 0; index--) {
      recent[index] = weight * (values[place] ?? 0);
      weight *= keep;
      place = place > 0 ? place - 1 : size - 1;
    }
    place = back(newest, waiting - 1 + from);
    for (let index = 0; index < lags; index++) {
      products[index] = (products[index] ?? 0) * weight + dot(recent, values, place);
      place = place > 0 ? place - 1 : size - 1;
    }
    waiting = 0;
  };
  const survey = (): void => {
    if (waiting === 0) return;
    add();
    let place = back(newest, from);
    for (let index = 0; index < lags; index++) {
      const scale = energy * (energies[place] ?? 0);
      correlations[index] = scale > tiny ? (products[index] ?? 0) / Math.sqrt(scale) : 0;
      place = place > 0 ? place - 1 : size - 1;
    }
  };
  const correlation = (lag: number): number => {
    survey();
    return clamp(correlations[lag - from] ?? 0);
  };
  const peaks = (lag: number): boolean => {
    const here = correlation(lag);
    return here > 0 && here >= correlation(lag - 1) && here > correlation(lag + 1);
  };
  return {
    push: (value) => {
      if (waiting === blockMost) add();
      newest = newest + 1 < size ? newest + 1 : 0;
      waiting += 1;
      energy = energy * keep + value * value;
      values[newest] = value;
      energies[newest] = energy;
    },
    power: () => energy * (1 - keep),
    correlation,
    peaks,
    strength: () => {
      survey();
      let best = 0;
      let before = 0;
      let here = correlations[0] ?? 0;
      for (let index = 1; index < lags; index++) {
        const after = correlations[index] ?? 0;
        if (here > best && here >= before && here > after && index > 1) best = here;
        before = here;
        here = after;
      }
      return clamp(best);
    },
    restart: () => {
      energy = waiting = 0;
      flood(products, 0);
      flood(correlations, 0);
      flood(values, 0);
      flood(energies, 0);
    },
  };
}

/** Below this product of energies there is no signal to correlate. */
const tiny = 1e-6;

/** Rounding may pass one by a hair. */
function clamp(value: number): number {
  return value > 1 ? 1 : value < -1 ? -1 : value;
}
