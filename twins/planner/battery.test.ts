import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { after, start } from "#twins/specimens.ts";
import { Instant } from "#wire/units.ts";

import { type BatteryTrend, decodeTrend, encodeTrend, flatAt, seeLevel } from "./battery-trend.ts";

const hour = 3_600_000;

/** The trend after levels that were seen at these hours. */
function seen(...levels: readonly (readonly [hours: number, level: number])[]): BatteryTrend {
  return levels.reduce<BatteryTrend | undefined>(
    (trend, [hours, level]) => seeLevel(trend, { at: after(hours * hour), level }),
    undefined,
  )!;
}

test("an even discharge tells when the battery will be flat, at five percent", () => {
  const due = flatAt(seen([0, 90], [10, 80], [20, 70]))!;
  expect((due - start) / hour).toBeCloseTo(85, 5);
});

test("nothing is said before six hours and three points, and of one that is flat at once", () => {
  expect(flatAt(seen([0, 90], [5, 60]))).toBeUndefined();
  expect(flatAt(seen([0, 90], [20, 88]))).toBeUndefined();
  expect(flatAt(seen([0, 90], [20, 87]))).toBeDefined();
  expect(flatAt(seen([0, 4]))).toBe(start);
});

test("a charge begins a new line, jitter and older words do not", () => {
  const charged = seen([0, 50], [10, 40], [11, 90]);
  expect(charged).toMatchObject({ from: 90, since: after(11 * hour) });
  expect(seen([0, 50], [10, 40], [11, 42]).since).toBe(start);
  const trend = seen([0, 50], [10, 40]);
  expect(seeLevel(trend, { at: after(5 * hour), level: 30 })).toBe(trend);
});

test("for any even discharge the line meets its end, and what is kept is what was known", () => {
  const discharge = fc.record({
    from: fc.integer({ min: 30, max: 100 }),
    perDay: fc.integer({ min: 4, max: 40 }),
    days: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(discharge, ({ from, perDay, days }) => {
      let trend: BatteryTrend | undefined;
      for (let at = 0; at <= days * 24; at++) {
        const level = from - (perDay * at) / 24;
        if (level <= 6) break;
        trend = seeLevel(trend, { at: Instant(start + at * hour), level });
      }
      const held = decodeTrend(encodeTrend(trend!));
      expect(held).toEqual(trend);
      const due = flatAt(held!);
      if (due === undefined) return;
      const exact = start + ((from - 5) / perDay) * 24 * hour;
      expect(Math.abs(due - exact)).toBeLessThan(1000);
    }),
  );
  expect(decodeTrend("nonsense")).toBeUndefined();
  expect(decodeTrend("")).toBeUndefined();
});
