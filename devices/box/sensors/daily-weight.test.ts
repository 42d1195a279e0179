import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { Instant, Minutes } from "#wire/units.ts";

import { dailyWeights, mostStable, type Weighing } from "./daily-weight.ts";

const midnight = Date.UTC(2024, 2, 1);

/** A weighing at so many minutes after midnight UTC. */
function at(minute: number, value: number): Weighing {
  return { t: Instant(midnight + minute * Minutes(1)), value };
}

test("MD-05: the weighings that agree best are the day's, not the first and not the last", () => {
  const weighings = [
    ...[at(420, 71.9), at(423, 71.2)],
    ...[at(600, 70.1), at(602, 70.2), at(604, 70.15)],
    ...[at(1200, 73), at(1203, 71)],
  ];
  expect(mostStable(weighings)).toEqual(at(604, 70.15));
});

test("lone weighings only count when there is no better, the morning's first", () => {
  expect(mostStable([at(1200, 73), at(420, 71)])).toEqual(at(420, 71));
  expect(mostStable([at(420, 71), at(1200, 73), at(1202, 73.1)])?.value).toBe(73);
  expect(mostStable([])).toBeUndefined();
});

test("a day is that of the patient's zone", () => {
  // 23:30 UTC on the 29th of February is the first of March in Paris.
  const late = at(-30, 70);
  const utc = dailyWeights([late, at(420, 71)], () => 0);
  expect(utc).toEqual([late, at(420, 71)]);
  expect(dailyWeights([late, at(420, 71)], () => 60)).toEqual([late]);
});

test("one weighing a day is kept, one of those that were made, whatever their order", () => {
  const weighings = fc.array(
    fc
      .tuple(fc.nat(3 * 1440 - 1), fc.integer({ min: 600, max: 900 }))
      .map(([minute, tenths]) => at(minute, tenths / 10)),
  );
  const law = fc.property(weighings, (all) => {
    const kept = dailyWeights(all, () => 0);
    const days = new Set(all.map(({ t }) => Math.floor((t - midnight) / Minutes(1440))));
    expect(kept).toHaveLength(days.size);
    for (const one of kept) expect(all).toContainEqual(one);
    expect(dailyWeights(all.toReversed(), () => 0).map(({ value }) => value)).toHaveLength(
      kept.length,
    );
  });
  fc.assert(law);
});
