/**
 * Steps counted against steps taken, walking and driving, by both rules.
 */
import type { AccelerationSample } from "../signals/sample.ts";
import { peakRule, type RhythmRule, rhythmRule, type StepSettings } from "../signals/steps.ts";
import { type Figure, figure, highest, mean, measured, type Measurement } from "./figures.ts";
import { replayFalls, replaySteps } from "./replay.ts";

/** A recording with the steps that were taken in it. */
export interface StepTrial {
  readonly name: string;
  readonly steps: number;
  readonly samples: readonly AccelerationSample[];
}

/**
 * The true steps, as the file's name tells them: `walk-1834`, `drive-a3-b136` (a: actual), `0_…_b31`, `100_2`,
 * `nosteps1`; undefined when it does not.
 */
export function stepsNamed(name: string): number | undefined {
  const actual = /-a(\d+)(?:-|$)/.exec(name)?.[1] ?? /^(\d+)(?:_|$)/.exec(name)?.[1];
  if (actual !== undefined) return Number(actual);
  if (/nosteps/.test(name)) return 0;
  const last = /-(?:walk|drive|mixed|work|static|stationary)(?:-.*)?-(\d+)$/.exec(name)?.[1];
  return last === undefined ? undefined : Number(last);
}

const halfHourMs = 30 * 60_000;

/** Everything measured on recordings of known steps. */
export function measureSteps(trials: readonly StepTrial[]): Measurement {
  const named = (pattern: RegExp): StepTrial[] => trials.filter(({ name }) => pattern.test(name));
  return {
    rows: measured([
      ...walkRows(named(/walk/)),
      ...driveRows(named(/drive/)),
      hundredRow(named(/^100(?:_|$)/)),
      fallRow(trials),
    ]),
    details: trials.map((trial) => ({
      dataSet: "bangle-steps",
      group: trial.name,
      figures: {
        taken: trial.steps,
        rhythm: count(trial, rhythmRule),
        peak: count(trial, peakRule),
      },
    })),
    caveats: [
      "One man (HughB) made all named walks and drives: no split by subject is possible. The settings lie on a wide " +
        "plateau instead, which the rows `-neighbours` show.",
      "Walks of a few steps are not recognised as walks: short ways within a home are counted low (mixed-390).",
    ],
  };
}

function walkRows(walks: readonly StepTrial[]): Figure[] {
  const worst = (rule: StepSettings): number =>
    highest(walks.map((trial) => errorPercent(trial, rule)));
  const about = { unit: "%", of: `Bangle.js, the worst of ${walks.length} named walks` };
  return [
    figure({ id: "steps-walk-error", value: worst(rhythmRule), ...about }, { atMost: 10 }),
    figure({
      id: "steps-walk-error-neighbours",
      value: highest(neighbours.map(worst)),
      ...about,
      of: `${about.of}, with any one setting a quarter off`,
    }),
    figure({ id: "steps-walk-error-peak-rule", value: worst(peakRule), ...about }),
  ];
}

function driveRows(drives: readonly StepTrial[]): Figure[] {
  const worst = (rule: StepSettings): number =>
    highest(drives.map((trial) => falseSteps(trial, rule)));
  const about = { unit: "per half hour", of: `Bangle.js, the worst of ${drives.length} drives` };
  return [
    figure({ id: "steps-driving-false", value: worst(rhythmRule), ...about }, { atMost: 60 }),
    figure({
      id: "steps-driving-false-neighbours",
      value: highest(neighbours.map(worst)),
      ...about,
      of: `${about.of}, with any one setting a quarter off`,
    }),
    figure({ id: "steps-driving-false-peak-rule", value: worst(peakRule), ...about }),
  ];
}

function hundredRow(hundreds: readonly StepTrial[]): Figure {
  return figure({
    id: "steps-hundred-error",
    value: mean(hundreds.map((trial) => errorPercent(trial, rhythmRule))),
    unit: "%",
    of: `Bangle.js, the mean of ${hundreds.length} walks of a hundred steps`,
  });
}

/** Nobody fell in these recordings. */
function fallRow(trials: readonly StepTrial[]): Figure {
  const hours = trials.reduce((sum, trial) => sum + duration(trial), 0) / 3_600_000;
  const falls = trials.flatMap(({ samples }) => replayFalls(samples)).filter(isFall);
  return figure({
    id: "fall-false-daily",
    value: trials.length > 0 ? falls.length : Number.NaN,
    unit: "false falls",
    of: `Bangle.js, ${hours.toFixed(1)} h of daily life at 12.4 Hz, a quarter of what falls need`,
  });
}

/** Each setting of the rule a quarter more and a fifth less, one at a time. */
const neighbours: readonly RhythmRule[] = [0.8, 1.25].flatMap((factor) =>
  (["swingMg", "memoryMs", "begins", "ends", "provesMs", "creditMs"] as const).map((setting) => ({
    ...rhythmRule,
    [setting]: rhythmRule[setting] * factor,
  })),
);

function isFall({ kind }: { kind: string }): boolean {
  return kind === "fall";
}

function count(trial: StepTrial, settings: StepSettings): number {
  return replaySteps(trial.samples, settings).reduce(
    (sum, report) => sum + (report.kind === "steps" ? report.value : 0),
    0,
  );
}

function errorPercent(trial: StepTrial, settings: StepSettings): number {
  return (100 * Math.abs(count(trial, settings) - trial.steps)) / trial.steps;
}

function falseSteps(trial: StepTrial, settings: StepSettings): number {
  const extra = Math.max(0, count(trial, settings) - trial.steps);
  return (extra * halfHourMs) / duration(trial);
}

function duration({ samples }: StepTrial): number {
  return (samples.at(-1)?.t ?? 0) - (samples[0]?.t ?? 0);
}
