/**
 * Blood pressures wait until their series is over, and go with its mean; one that stayed alone says so.
 *
 * @source catalogue MD-01 to MD-03; docs/decisions/0006
 */
import type { Reading } from "#wire/messages.ts";
import { Hours } from "#wire/units.ts";

import { readingsDraft } from "../draft.ts";
import type { FlowRule, Gathered } from "../gathering.ts";
import {
  type BloodPressure,
  bloodPressureReadings,
  isArtefact,
  parseBloodPressure,
} from "../sensors/blood-pressure.ts";
import { groupSeries, meanOfSeries, seriesRule } from "../sensors/pressure-series.ts";
import type { TimedPressure } from "../sensors/pressure-series.ts";
import { marked, readKept, type ReadMeasure } from "./kept-measure.ts";

type Series = readonly TimedPressure[];

/** When a series goes: when another measure would belong to another one. */
export const pressureRule: FlowRule = {
  count: Infinity,
  age: Hours(1),
  quiet: seriesRule.pause,
  isWhole: (gathered) => good(lastSeries(gathered)) >= seriesRule.most,
  close: (device, gathered) => {
    const kept = keptPressures(gathered);
    const doubtful = new Set(kept.filter(({ corrected }) => corrected).map(({ t }) => t));
    const readings = groupSeries(kept)
      .flatMap((series) => [...measuresOf(series), ...meansOf(series)])
      .map((reading) => marked(reading, doubtful.has(reading.t) && "clock_corrected"));
    return { drafts: readings.length === 0 ? [] : [readingsDraft({ device, readings })] };
  },
};

/** The last series among measures that wait. */
export function lastSeries(gathered: readonly Gathered[]): Series {
  return groupSeries(keptPressures(gathered)).at(-1) ?? [];
}

function good(series: Series): number {
  return series.filter(({ measure }) => !isArtefact(measure)).length;
}

function keptPressures(gathered: readonly Gathered[]): readonly ReadMeasure<BloodPressure>[] {
  return readKept(gathered, { isContext: false, parse: parseBloodPressure });
}

function measuresOf(series: Series): Reading[] {
  const isSingle = meanOfSeries(series)?.single === true;
  return series.flatMap(({ t, measure }) =>
    bloodPressureReadings(measure, t).map((reading) =>
      marked(reading, isSingle && !isArtefact(measure) && "single"),
    ),
  );
}

/** A mean has a window; two measures of one instant would give it none, and one needs no mean. */
function meansOf(series: Series): Reading[] {
  const mean = meanOfSeries(series);
  const [first] = series;
  if (mean === undefined || first === undefined || mean.count < 2 || mean.t === first.t) return [];
  const when = { t: mean.t, window: mean.t - first.t };
  return [
    { metric: "systolic", value: mean.systolic, ...when },
    { metric: "diastolic", value: mean.diastolic, ...when },
  ];
}
