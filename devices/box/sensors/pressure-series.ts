import { type Duration, type Instant, Minutes } from "#wire/units.ts";

/**
 * Blood pressures that belong together: two or three inflations a minute or two apart, of which the
 * mean counts.
 *
 * @source catalogue MD-02, MD-03; spec/clinical.md §2.7 (the first of a series may be dropped)
 */
import type { BloodPressure } from "./blood-pressure.ts";
import { isArtefact } from "./blood-pressure.ts";

/** A measure, and when it was made. */
export interface TimedPressure {
  readonly t: Instant;
  readonly measure: BloodPressure;
}

/** What makes a series, and its mean. */
export interface SeriesRule {
  /** The longest pause between two measures of one series. */
  readonly pause: Duration;
  /** Measures after which a new series begins; repeats of an artefact are not counted. */
  readonly most: number;
  /** Whether the first is dropped when at least two others remain: it is often the highest. */
  readonly dropFirst: boolean;
}

/** Two or three measures; S0 "cadence". The pause is ours. */
export const seriesRule: SeriesRule = { pause: Minutes(10), most: 3, dropFirst: false };

/** What a series comes to; pressures in mmHg, to one decimal. */
export interface SeriesMean {
  /** When its last measure was made. */
  readonly t: Instant;
  readonly systolic: number;
  readonly diastolic: number;
  /** Measures in the mean. */
  readonly count: number;
  /** Whether only one was made, or was good. */
  readonly single: boolean;
}

/** The series that measures make. Those of one series are at most a pause apart. */
export function groupSeries(
  measures: readonly TimedPressure[],
  rule: SeriesRule = seriesRule,
): readonly (readonly TimedPressure[])[] {
  const groups: TimedPressure[][] = [];
  for (const measure of measures.toSorted((a, b) => a.t - b.t)) {
    const open = groups.at(-1);
    const last = open?.at(-1);
    const continues = last !== undefined && measure.t - last.t <= rule.pause;
    if (open !== undefined && continues && sound(open).length < rule.most) open.push(measure);
    else groups.push([measure]);
  }
  return groups;
}

/** The mean of a series; undefined when every one of its measures is an artefact. */
export function meanOfSeries(
  series: readonly TimedPressure[],
  rule: SeriesRule = seriesRule,
): SeriesMean | undefined {
  const good = sound(series);
  const counted = rule.dropFirst && good.length > 2 ? good.slice(1) : good;
  const last = series.at(-1);
  if (counted.length === 0 || last === undefined) return undefined;
  const mean = (of: (measure: BloodPressure) => number): number =>
    tenths(counted.reduce((sum, { measure }) => sum + of(measure), 0) / counted.length);
  return {
    t: last.t,
    systolic: mean(({ systolic }) => systolic),
    diastolic: mean(({ diastolic }) => diastolic),
    count: counted.length,
    single: good.length === 1,
  };
}

/** Whether the box is to ask for one more measure: the last was an artefact, and the first such. */
export function wantsRepeat(series: readonly TimedPressure[]): boolean {
  const last = series.at(-1);
  const artefacts = series.length - sound(series).length;
  return last !== undefined && isArtefact(last.measure) && artefacts === 1;
}

function sound(series: readonly TimedPressure[]): readonly TimedPressure[] {
  return series.filter(({ measure }) => !isArtefact(measure));
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
