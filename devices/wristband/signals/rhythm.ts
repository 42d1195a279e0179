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
  /** The shortest lag at which the correlation peaks at `least` or higher; 0 when there is none. */
  shortest(least: number): number;
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
  /** Squares of the correlations, with their signs: they peak where those do, and cost no root. */
  const likeness = new Float32Array(lags);
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
  /** The same for a single one, which is not worth the call. */
  const addOne = (): void => {
    const value = values[newest] ?? 0;
    let place = back(newest, from);
    for (let index = 0; index < lags; index++) {
      products[index] = (products[index] ?? 0) * keep + value * (values[place] ?? 0);
      place = place > 0 ? place - 1 : size - 1;
    }
    waiting = 0;
  };
  const survey = (): void => {
    if (waiting === 0) return;
    if (waiting === 1) addOne();
    else add();
    let place = back(newest, from);
    for (let index = 0; index < lags; index++) {
      const scale = energy * (energies[place] ?? 0);
      const product = products[index] ?? 0;
      likeness[index] = scale > tiny ? (product * Math.abs(product)) / scale : 0;
      place = place > 0 ? place - 1 : size - 1;
    }
  };
  /** The first place from `index` on that peaks above `least`; -1 when there is none. */
  const peakFrom = (start: number, least: number): number => {
    for (let index = start; index < lags - 1; index++) {
      const here = likeness[index] ?? 0;
      if (here <= least || here < (likeness[index - 1] ?? 0)) continue;
      if (here > (likeness[index + 1] ?? 0)) return index;
    }
    return -1;
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
    correlation: (lag) => {
      survey();
      return rooted(likeness[lag - from] ?? 0);
    },
    peaks: (lag) => {
      survey();
      const here = likeness[lag - from] ?? 0;
      if (here <= 0 || here < (likeness[lag - from - 1] ?? 0)) return false;
      return here > (likeness[lag - from + 1] ?? 0);
    },
    strength: () => {
      survey();
      let best = 0;
      for (let at = peakFrom(1, 0); at > 0; at = peakFrom(at + 1, best)) best = likeness[at] ?? 0;
      return rooted(best);
    },
    shortest: (least) => {
      survey();
      const place = peakFrom(1, least * least * belowLeast);
      return place < 0 ? 0 : place + from;
    },
    restart: () => {
      energy = waiting = 0;
      flood(products, 0);
      flood(likeness, 0);
      flood(values, 0);
      flood(energies, 0);
    },
  };
}

/** Below this product of energies there is no signal to correlate. */
const tiny = 1e-6;

/** What rounding takes from a square. */
const belowLeast = 1 - 1e-6;

/** The correlation that a signed square is of; rounding may pass one by a hair. */
function rooted(square: number): number {
  const root = Math.sqrt(Math.min(1, Math.abs(square)));
  return square < 0 ? -root : root;
}
