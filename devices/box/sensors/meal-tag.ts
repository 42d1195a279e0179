/**
 * What a glucose value has to do with a meal: before, after, neither, or because of a symptom.
 *
 * @source catalogue MD-04
 */
import type { GlucoseContext, Meal } from "./glucose-context.ts";
import type { Glucose } from "./glucose.ts";

/** The tag of a value. */
export type MealTag = "pre" | "post" | "none" | "symptom";

/** A value with its tag. */
export interface TaggedGlucose {
  readonly measure: Glucose;
  readonly tag: MealTag;
}

/**
 * The tag that a context gives; `none` without one. A person who says how unwell they are has measured
 * because of it, whatever the meal.
 */
export function mealTag(context: GlucoseContext | undefined): MealTag {
  if (context?.health === "minor_issue" || context?.health === "major_issue") return "symptom";
  return context?.meal === undefined ? "none" : tagOfMeal[context.meal];
}

const tagOfMeal: Readonly<Record<Meal, MealTag>> = {
  before: "pre",
  fasting: "pre",
  after: "post",
  casual: "none",
  bedtime: "none",
};

/** Each measure with the tag of the context that has its number; the last context holds. */
export function tagMeasures(
  measures: readonly Glucose[],
  contexts: readonly GlucoseContext[],
): readonly TaggedGlucose[] {
  const bySequence = new Map(contexts.map((context) => [context.sequence, context]));
  return measures.map((measure) => ({ measure, tag: mealTag(bySequence.get(measure.sequence)) }));
}
