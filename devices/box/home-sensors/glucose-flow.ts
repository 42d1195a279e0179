/**
 * A glucose value waits for what the person tells the meter about it, and goes with the tag of the meal.
 *
 * @source catalogue MD-04; docs/decisions/0006
 */
import type { Flag } from "#wire/messages.ts";
import { Minutes } from "#wire/units.ts";

import { readingsDraft } from "../draft.ts";
import type { FlowRule, Gathered } from "../gathering.ts";
import { parseGlucoseContext } from "../sensors/glucose-context.ts";
import { glucoseReadings, parseGlucose } from "../sensors/glucose.ts";
import { type MealTag, tagMeasures } from "../sensors/meal-tag.ts";
import { marked, readKept } from "./kept-measure.ts";

const flagOf: Readonly<Record<MealTag, Flag | undefined>> = {
  pre: "pre_meal",
  post: "post_meal",
  symptom: "symptom",
  none: undefined,
};

/** When values go: when all that was announced has come, or a minute later. */
export const glucoseRule: FlowRule = {
  count: Infinity,
  age: Minutes(1),
  isWhole: (gathered) => !isAwaited(gathered),
  close: (device, gathered) => {
    const { measures, contexts } = readGlucose(gathered);
    const tags = tagMeasures(
      measures.map(({ measure }) => measure),
      contexts,
    );
    const readings = measures.flatMap(({ measure, t, corrected }, index) =>
      glucoseReadings(measure, t).map((reading) =>
        marked(reading, flagOf[tags[index]?.tag ?? "none"], corrected && "clock_corrected"),
      ),
    );
    return { drafts: readings.length === 0 ? [] : [readingsDraft({ device, readings })] };
  },
};

/** Whether a value waits whose context was announced and has not come. */
function isAwaited(gathered: readonly Gathered[]): boolean {
  const { measures, contexts } = readGlucose(gathered);
  const told = new Set(contexts.map(({ sequence }) => sequence));
  return measures.some(({ measure }) => measure.contextFollows && !told.has(measure.sequence));
}

function readGlucose(gathered: readonly Gathered[]) {
  return {
    measures: readKept(gathered, { isContext: false, parse: parseGlucose }),
    contexts: readKept(gathered, { isContext: true, parse: parseGlucoseContext }).map(
      ({ measure }) => measure,
    ),
  };
}
