import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { Instant, Minutes } from "#wire/units.ts";

import type { BloodPressure } from "./blood-pressure.ts";
import {
  groupSeries,
  meanOfSeries,
  seriesRule,
  type TimedPressure,
  wantsRepeat,
} from "./pressure-series.ts";

const start = 1_700_000_000_000;

/** A measure so many minutes after the start. */
function at(minute: number, systolic: number, diastolic: number): TimedPressure {
  return timed(minute, { systolic, diastolic, moved: false });
}

/** One of which the cuff itself says that the arm moved. */
function artefact(minute: number, systolic: number, diastolic: number): TimedPressure {
  return timed(minute, { systolic, diastolic, moved: true });
}

function timed(
  minute: number,
  { systolic, diastolic, moved }: { systolic: number; diastolic: number; moved: boolean },
): TimedPressure {
  const rest = { mean: undefined, pulse: undefined, at: undefined, user: undefined };
  const calm = { loose: false, irregular: false, misplaced: false, pulseRange: "within" as const };
  const measure: BloodPressure = { systolic, diastolic, ...rest, status: { moved, ...calm } };
  return { t: Instant(start + Minutes(minute)), measure };
}

test("MD-02: a series of three gives the mean of its pressures", () => {
  const series = [at(0, 150, 90), at(2, 140, 84), at(4, 139, 83)];
  expect(meanOfSeries(series)).toEqual({
    ...{ t: Instant(start + Minutes(4)), systolic: 143, diastolic: 85.7 },
    ...{ count: 3, single: false },
  });
});

test("MD-02: a lone measure is kept, and called single", () => {
  expect(meanOfSeries([at(0, 150, 90)])).toMatchObject({ systolic: 150, count: 1, single: true });
});

test("the first is dropped by rule when two others remain", () => {
  const rule = { ...seriesRule, dropFirst: true };
  const [first, second, third] = [at(0, 160, 95), at(2, 140, 84), at(4, 138, 82)];
  expect(meanOfSeries([first, second, third], rule)).toMatchObject({ systolic: 139, count: 2 });
  expect(meanOfSeries([first, second], rule)).toMatchObject({ systolic: 150, count: 2 });
});

test("MD-03: an artefact stays out of the mean and is repeated once", () => {
  const series = [at(0, 140, 80), artefact(2, 220, 140)];
  expect(meanOfSeries(series)).toMatchObject({ systolic: 140, count: 1, single: true });
  expect(wantsRepeat(series)).toBe(true);
  expect(wantsRepeat([...series, at(4, 142, 82)])).toBe(false);
  expect(wantsRepeat([...series, artefact(4, 230, 120)])).toBe(false);
  expect(wantsRepeat([])).toBe(false);
  expect(meanOfSeries([artefact(0, 220, 140)])).toBeUndefined();
});

test("a pause, or three good measures, end a series", () => {
  const minutes = [0, 2, 4, 6, 30, 41];
  const groups = groupSeries(minutes.map((minute) => at(minute, 120, 80)));
  expect(groups.map(({ length }) => length)).toEqual([3, 1, 1, 1]);
  const repeated = [at(0, 120, 80), artefact(2, 200, 80), at(4, 120, 80), at(6, 120, 80)];
  expect(groupSeries(repeated)).toHaveLength(1);
});

test("every measure is in exactly one series, whatever their order", () => {
  const measures = fc.array(
    fc
      .tuple(fc.nat(500), fc.integer({ min: 90, max: 200 }), fc.boolean())
      .map(([minute, systolic, moved]) => timed(minute, { systolic, diastolic: 60, moved })),
  );
  const law = fc.property(measures, (all) => {
    const groups = groupSeries(all);
    expect(new Set(groups.flat())).toEqual(new Set(all));
    expect(groups.flat()).toHaveLength(all.length);
    for (const group of groups) {
      const mean = meanOfSeries(group);
      if (mean === undefined) continue;
      expect(mean.systolic).toBeGreaterThanOrEqual(90);
      expect(mean.systolic).toBeLessThanOrEqual(200);
      expect(mean.count).toBeLessThanOrEqual(seriesRule.most);
    }
  });
  fc.assert(law);
});
