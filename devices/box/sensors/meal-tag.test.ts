import { expect, test } from "bun:test";

import type { GlucoseContext } from "./glucose-context.ts";
import type { Glucose } from "./glucose.ts";
import { mealTag, tagMeasures } from "./meal-tag.ts";

const blank = { meal: undefined, health: undefined, carbohydrate: undefined };

test.each([
  ["before", "pre"],
  ["fasting", "pre"],
  ["after", "post"],
  ["casual", "none"],
  ["bedtime", "none"],
] as const)("MD-04: a measure %s a meal is %s", (meal, tag) => {
  expect(mealTag({ ...blank, sequence: 1, meal })).toBe(tag);
});

test("MD-04: whoever feels unwell has measured because of it", () => {
  expect(mealTag({ ...blank, sequence: 1, meal: "before", health: "major_issue" })).toBe("symptom");
  expect(mealTag({ ...blank, sequence: 1, health: "none" })).toBe("none");
  expect(mealTag(undefined)).toBe("none");
});

test("MD-04: every measure gets a tag, by the number that it shares with its context", () => {
  const measure = (sequence: number): Glucose => ({
    ...{ sequence, at: undefined, offsetMinutes: 0, value: 100, status: undefined },
    ...{ original: { value: 0.001, unit: "kg/L" }, contextFollows: true },
  });
  const contexts: GlucoseContext[] = [
    { ...blank, sequence: 2, meal: "before" },
    { ...blank, sequence: 2, meal: "after" },
    { ...blank, sequence: 9, meal: "before" },
  ];
  const tagged = tagMeasures([measure(1), measure(2)], contexts);
  expect(tagged.map(({ tag }) => tag)).toEqual(["none", "post"]);
});
