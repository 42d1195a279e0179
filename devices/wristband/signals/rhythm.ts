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
  readonly push: (value: number) => void;
  /** Mean square of the recent signal, in its unit squared. */
  readonly power: () => number;
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
  const lags = plan.lags.to + 1 - from + 1;
  /** Squares of the correlations, with their signs: they peak where those do, and cost no root. */
  const likeness = new Float32Array(lags);
  const sums = createSums(plan, likeness);
  const isPeak = (index: number, least: number): boolean => {
    const here = likeness[index] ?? 0;
    if (here <= least || here < (likeness[index - 1] ?? 0)) return false;
    return here > (likeness[index + 1] ?? 0);
  };
  return {
    push: sums.push,
    power: sums.power,
    correlation: (lag) => {
      sums.survey();
      return rooted(likeness[lag - from] ?? 0);
    },
    peaks: (lag) => {
      sums.survey();
      return isPeak(lag - from, 0);
    },
    strength: () => {
      sums.survey();
      let best = 0;
      for (let index = 1; index < lags - 1; index++) {
        if ((likeness[index] ?? 0) > best && isPeak(index, best)) best = likeness[index] ?? 0;
      }
      return rooted(best);
    },
    shortest: (least) => {
      sums.survey();
      const enough = least * least * belowLeast;
      for (let index = 1; index < lags - 1; index++) {
        if ((likeness[index] ?? 0) > enough && isPeak(index, enough)) return index + from;
      }
      return 0;
    },
    restart: () => {
      flood(likeness, 0);
      sums.restart();
    },
  };
}

interface Sums extends Pick<Rhythm, "push" | "power" | "restart"> {
  /** Brings the likeness up to date. */
  readonly survey: () => void;
}

/** Products and energies, from one lag below the plan's to one above. */
function createSums({ lags, memory }: RhythmPlan, likeness: Float32Array): Sums {
  const from = lags.from - 1;
  const keep = Math.exp(-1 / memory);
  const size = lags.to + 1 + blockMost;
  const products = new Float32Array(likeness.length);
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
    for (let index = 0; index < products.length; index++) {
      products[index] = (products[index] ?? 0) * weight + dot(recent, values, place);
      place = place > 0 ? place - 1 : size - 1;
    }
    waiting = 0;
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
    survey: () => {
      if (waiting === 0) return;
      add();
      let place = back(newest, from);
      for (let index = 0; index < products.length; index++) {
        const scale = energy * (energies[place] ?? 0);
        const product = products[index] ?? 0;
        likeness[index] = scale > tiny ? (product * Math.abs(product)) / scale : 0;
        place = place > 0 ? place - 1 : size - 1;
      }
    },
    restart: () => {
      energy = waiting = 0;
      flood(products, 0);
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
