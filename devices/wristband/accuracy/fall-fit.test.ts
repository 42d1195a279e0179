import { expect, test } from "bun:test";

import { featureCount } from "../signals/fall-features.ts";
import { oddsOf } from "../signals/fall-judge.ts";
import { fallSettings } from "../signals/fall.ts";
import { type Example, fitFalls } from "./fall-fit.ts";

/** Examples in which one feature tells nearly everything, and the others nothing. */
function examples(): Example[] {
  let seed = 5;
  const noise = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
  return Array.from({ length: 300 }, (_, n) => {
    const fell = n % 3 === 0;
    const features = Array.from({ length: featureCount }, () => noise());
    features[2] = (features[2] ?? 0) + (fell ? 3 : 2.2);
    return { fell, features };
  });
}

test("a fit finds the feature that tells a fall, and the same examples give the same judge", () => {
  const judge = fitFalls(examples());
  expect(fitFalls(examples())).toEqual(judge);
  const [strongest] = judge.weights
    .map((weight, feature) => ({ feature, weight: Math.abs(weight) }))
    .toSorted((a, b) => b.weight - a.weight);
  expect(strongest?.feature).toBe(2);
  const right = examples().filter(({ fell, features }) => oddsOf(judge, features) > 0 === fell);
  expect(right.length).toBeGreaterThan(270);
});

test("what nobody has measured counts as the edge of what was", () => {
  const judge = fitFalls(examples());
  const features = examples()[0]?.features ?? [];
  const far = features.with(2, 1e9);
  const edge = features.with(2, judge.high[2] ?? 0);
  expect(oddsOf(judge, far)).toBe(oddsOf(judge, edge));
});

test("the shipped judge has a weight and two edges for each feature", () => {
  const { weights, low, high } = fallSettings.judge;
  expect([weights.length, low.length, high.length]).toEqual([
    featureCount,
    featureCount,
    featureCount,
  ]);
  for (let i = 0; i < featureCount; i++) expect(low[i]!).toBeLessThan(high[i]!);
});
