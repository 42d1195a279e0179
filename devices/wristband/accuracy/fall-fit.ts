/**
 * Fits the weights of the fall detector to labelled trials: a logistic regression on the features of their impacts.
 */
import { featureCount } from "../signals/fall-features.ts";
import { createImpacts } from "../signals/fall-impact.ts";
import type { FallJudge } from "../signals/fall-judge.ts";
import { fallSettings } from "../signals/fall.ts";
import type { AccelerationSample } from "../signals/sample.ts";

/** One recorded trial. */
export interface FallTrial {
  readonly subject: string;
  /** The activity's code: F… a fall, D… a daily activity. */
  readonly activity: string;
  readonly fell: boolean;
  readonly samples: readonly AccelerationSample[];
}

/** The features of one impact, and whether it was a fall's. */
export interface Example {
  readonly fell: boolean;
  readonly features: readonly number[];
}

/**
 * What a trial teaches: the strongest impact of a fall is one, any impact of a daily activity is none, and the lesser
 * impacts of a fall are not judged.
 */
export function examplesOf(trial: FallTrial, samples: Iterable<AccelerationSample>): Example[] {
  const impacts: { mg: number; features: readonly number[] }[] = [];
  const watch = createImpacts(fallSettings.triggerMg, {
    moved: () => {},
    impact: ({ mg, features }) => impacts.push({ mg, features: Array.from(features) }),
  });
  for (const sample of samples) watch.push(sample);
  const strongest = Math.max(...impacts.map(({ mg }) => mg));
  return impacts
    .filter(({ mg }) => !trial.fell || mg === strongest)
    .map(({ features }) => ({ fell: trial.fell, features }));
}

/** How much large weights are held against a fit. */
const ridge = 1;
/** The two kinds of example weigh the same, but for this: a false alarm is worse than a fall unseen by as much. */
const falseAlarm = 1.3;
const rounds = 30;

/** The judge that tells the examples apart best; the same examples give the same judge. */
export function fitFalls(examples: readonly Example[]): FallJudge {
  const scale = standardise(examples.map(({ features }) => features));
  const rows = examples.map(({ features }) => [1, ...scale.map((s, i) => s.apply(features[i]))]);
  const share = examples.filter(({ fell }) => fell).length / examples.length;
  let weights: readonly number[] = rows[0]?.map(() => 0) ?? [];
  for (let round = 0; round < rounds; round++) {
    const { slope, curve } = derivatives(weights, { rows, examples, share });
    const step = solve(curve, slope);
    weights = weights.map((weight, i) => weight + (step[i] ?? 0));
  }
  const [offset = 0, ...scaled] = weights;
  const unscaled = scaled.map((weight, i) => weight / (scale[i]?.deviation ?? 1));
  const bias = unscaled.reduce((sum, w, i) => sum - w * (scale[i]?.mean ?? 0), offset);
  return {
    bias: short(bias),
    weights: unscaled.map(short),
    low: scale.map((s) => short(s.low)),
    high: scale.map((s) => short(s.high)),
  };
}

/** Four digits: more would only look exact. */
function short(value: number): number {
  return Number(value.toPrecision(4));
}

interface Scale {
  readonly mean: number;
  readonly deviation: number;
  /** What all but the most extreme examples lie between. */
  readonly low: number;
  readonly high: number;
  apply(value: number | undefined): number;
}

/** The share of examples on each side that counts as extreme. */
const extreme = 0.01;

function standardise(features: readonly (readonly number[])[]): Scale[] {
  return Array.from({ length: featureCount }, (_, column) => {
    const values = features.map((row) => row[column] ?? 0).toSorted((a, b) => a - b);
    const low = values[Math.floor(extreme * values.length)] ?? 0;
    const high = values[Math.ceil((1 - extreme) * values.length) - 1] ?? low;
    const clip = (value: number): number => Math.min(Math.max(value, low), high);
    const mean = values.reduce((sum, value) => sum + clip(value), 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (clip(value) - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / values.length) || 1;
    const apply = (value = mean): number => (clip(value) - mean) / deviation;
    return { mean, deviation, low, high, apply };
  });
}

interface Lesson {
  readonly rows: readonly (readonly number[])[];
  readonly examples: readonly Example[];
  readonly share: number;
}

/** Slope and curvature of the penalised log-likelihood. */
function derivatives(
  weights: readonly number[],
  { rows, examples, share }: Lesson,
): { slope: number[]; curve: number[][] } {
  const penalty = (i: number): number => (i === 0 ? 0 : ridge);
  const slope = weights.map((weight, i) => -penalty(i) * weight);
  const curve = weights.map((_, i) => weights.map((__, j) => (i === j ? penalty(i) + 1e-9 : 0)));
  rows.forEach((row, n) => {
    const fell = examples[n]?.fell ?? false;
    const weighs = fell ? 0.5 / share : (0.5 * falseAlarm) / (1 - share);
    const likely = 1 / (1 + Math.exp(-dot(weights, row)));
    row.forEach((value, i) => {
      slope[i] = (slope[i] ?? 0) + weighs * ((fell ? 1 : 0) - likely) * value;
      const line = curve[i] ?? [];
      row.forEach((other, j) => {
        line[j] = (line[j] ?? 0) + weighs * likely * (1 - likely) * value * other;
      });
    });
  });
  return { slope, curve };
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
}

/** The solution of a symmetric, positive system, by elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  rows.forEach((pivot, p) => {
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = (row[p] ?? 0) / (pivot[p] ?? 1);
      for (let i = p; i < row.length; i++) row[i] = (row[i] ?? 0) - factor * (pivot[i] ?? 0);
    }
  });
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}
