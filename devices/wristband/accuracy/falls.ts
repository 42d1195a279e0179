/**
 * How many falls are told, and how many daily activities are not, by people whom the judge has never seen.
 */
import type { FallJudge } from "../signals/fall-judge.ts";
import { type FallSettings, fallSettings } from "../signals/fall.ts";
import { type Example, examplesOf, type FallTrial, fitFalls } from "./fall-fit.ts";
import {
  type Detail,
  type Figure,
  figure,
  groupBy,
  measured,
  type Measurement,
  share,
} from "./figures.ts";
import { held, replayFalls } from "./replay.ts";

/** Groups of subjects: each is judged by weights fitted to the others. */
const folds = 5;

/** Subjects of WEDA-FALL that the shipped weights were fitted to. */
const fittedTo = new Set(
  [1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 21, 23, 25, 26, 28, 29, 31].map(
    (number) => `U${String(number).padStart(2, "0")}`,
  ),
);

/** The trial in a file of WEDA-FALL, or undefined when the path is no trial's. */
export function fallTrialOf(
  path: string,
): Pick<FallTrial, "subject" | "activity" | "fell"> | undefined {
  const [, activity, subject] = /(?:^|\/)([DF]\d\d)\/(U\d\d)_R\d\d_accel\.csv$/.exec(path) ?? [];
  if (activity === undefined || subject === undefined) return undefined;
  return { activity, subject, fell: activity.startsWith("F") };
}

/** WEDA-FALL numbers its young people up to 14, its people of 77–95 years from 21. */
function isElder({ subject }: FallTrial): boolean {
  return Number(subject.slice(1)) > 20;
}

/** A trial and whether a fall was told. */
interface Verdict {
  readonly trial: FallTrial;
  readonly told: boolean;
}

/** Everything measured on trials of falls and daily activities. */
export function measureFalls(trials: readonly FallTrial[]): Measurement {
  const apart = judgeApart(trials);
  const unseen = trials.filter(({ subject }) => !fittedTo.has(subject));
  const shipped = (unseen.length > 0 ? unseen : trials).map((trial) => ({
    trial,
    told: tells(trial, fallSettings),
  }));
  const seen = unseen.length > 0 ? "subjects never seen" : "subjects it was fitted to";
  return {
    rows: [
      ...rowsOf(apart, { id: "", of: "weights fitted to other subjects" }),
      ...rowsOf(shipped, { id: "-shipped", of: `the shipped weights, ${seen}` }),
    ],
    details: [
      ...detailsOf(apart, ({ subject }) => subject),
      ...detailsOf(apart, ({ activity }) => activity),
    ],
    caveats: [
      "Falls are acted by healthy young people onto mats: real falls of frail people are told less often " +
        "(published detectors lose 20 to 40 points on them).",
      "Trials last seconds and hold one impact each: specificity per trial is no number of false alarms per day.",
      "Recordings end seconds after the impact and are continued in their last posture, so that moving about during " +
        "the time to cancel dismisses next to nothing here.",
      "The features were chosen with all subjects in view; the weights that judge a subject were not.",
    ],
  };
}

/** Weights fitted to every subject: what the firmware ships. */
export function fitAll(trials: readonly FallTrial[]): FallJudge {
  return fitFalls(trials.flatMap(lesson));
}

/** Each subject judged by weights that were fitted to other subjects. */
function judgeApart(trials: readonly FallTrial[]): Verdict[] {
  const lessons = new Map(trials.map((trial) => [trial, lesson(trial)]));
  const fold = foldsOf(trials);
  return Array.from({ length: folds }, (_, number) => number).flatMap((number) => {
    const others = trials.filter(({ subject }) => fold.get(subject) !== number);
    const settings = {
      ...fallSettings,
      judge: fitFalls(others.flatMap((trial) => lessons.get(trial) ?? [])),
    };
    return trials
      .filter(({ subject }) => fold.get(subject) === number)
      .map((trial) => ({ trial, told: tells(trial, settings) }));
  });
}

function lesson(trial: FallTrial): Example[] {
  return examplesOf(trial, [...trial.samples, ...held(trial.samples, 4000)]);
}

/** Young and old are dealt out alike. */
function foldsOf(trials: readonly FallTrial[]): Map<string, number> {
  const subjects = (elders: boolean): string[] =>
    [...new Set(trials.filter((t) => isElder(t) === elders).map((t) => t.subject))].toSorted();
  const deal = (names: string[]): [string, number][] => names.map((name, i) => [name, i % folds]);
  return new Map([...deal(subjects(false)), ...deal(subjects(true))]);
}

function tells(trial: FallTrial, settings: FallSettings): boolean {
  return replayFalls(trial.samples, settings).some(({ kind }) => kind === "fall");
}

function rowsOf(verdicts: readonly Verdict[], about: { id: string; of: string }): Figure[] {
  const falls = verdicts.filter(({ trial }) => trial.fell);
  const daily = verdicts.filter(({ trial }) => !trial.fell);
  const elders = daily.filter(({ trial }) => isElder(trial));
  const row = (
    name: string,
    group: readonly Verdict[],
    told: boolean,
  ): Omit<Figure, "target" | "met"> => ({
    id: name + about.id,
    value: share(group, (verdict) => verdict.told === told),
    unit: "share",
    of: `WEDA-FALL, ${group.length} trials, ${about.of}`,
  });
  return measured([
    figure(row("fall-sensitivity", falls, true), { atLeast: 0.93 }),
    figure(row("fall-specificity", daily, false), { atLeast: 0.95 }),
    figure(row("fall-specificity-77-95", elders, false), { atLeast: 0.98 }),
  ]);
}

function detailsOf(verdicts: readonly Verdict[], name: (trial: FallTrial) => string): Detail[] {
  return groupBy(verdicts, ({ trial }) => name(trial)).map(([group, of]) => ({
    dataSet: "weda-fall",
    group,
    figures: {
      falls: of.filter(({ trial }) => trial.fell).length,
      missed: of.filter(({ trial, told }) => trial.fell && !told).length,
      daily: of.filter(({ trial }) => !trial.fell).length,
      falseAlarms: of.filter(({ trial, told }) => !trial.fell && told).length,
    },
  }));
}
