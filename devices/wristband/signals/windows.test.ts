import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createCounts, createMeans, type Measure } from "./windows.ts";

const plan = {
  of: "heart-rate",
  windowMs: 120_000,
  everyMs: 2000,
  leastQuality: 50,
  enough: 0.25,
} as const;

describe("means", () => {
  test("WB-13: are the arithmetic mean of the values that count", () => {
    const measure = fc.record({
      value: fc.integer({ min: 30, max: 220 }),
      quality: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(measure, { minLength: 60, maxLength: 60 }), (measures) => {
        const means = createMeans(plan);
        const reports = measures.flatMap((each, n) => means.push({ t: (n + 1) * 2000, ...each }));
        const valid = measures.filter(({ quality }) => quality >= 50).map(({ value }) => value);
        expect(reports).toHaveLength(1);
        const [report] = reports;
        if (valid.length < 15) expect(report).toMatchObject({ kind: "gap", of: "heart-rate" });
        else {
          const mean = valid.reduce((sum, value) => sum + value, 0) / valid.length;
          expect(report).toMatchObject({ kind: "heart-rate", value: Math.round(mean * 10) / 10 });
        }
      }),
    );
  });

  test("WB-25: an hour without loss is thirty, end to end", () => {
    const means = createMeans(plan);
    const reports = Array.from({ length: 1800 }, (_, n) =>
      means.push({ t: 5000 + n * 2000, value: 70, quality: 100 }),
    ).flat();
    expect(reports.map(({ t }) => t)).toEqual(
      Array.from({ length: 30 }, (_, n) => 3000 + (n + 1) * 120_000),
    );
    for (const report of reports) expect(report).toMatchObject({ value: 70, quality: 100 });
  });

  test("WB-21: time off the wrist is a gap with its reason, never a value", () => {
    const means = createMeans(plan);
    const off: Omit<Measure, "t"> = { value: 0, quality: 0, flaw: "off_wrist" };
    const reports = Array.from({ length: 60 }, (_, n) => means.push({ t: (n + 1) * 2000, ...off }));
    expect(reports.flat()).toEqual([
      { kind: "gap", of: "heart-rate", t: 120_000, window: 120_000, why: "off_wrist" },
    ]);
  });

  test("windows tile time: a silence of any length leaves one reading, one gap, no hole", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (seconds) => {
        const means = createMeans({ ...plan, enough: 0 });
        const first = means.push({ t: 2000, value: 60, quality: 100 });
        const then = means.push({ t: 2000 + seconds * 1000, value: 90, quality: 100 });
        const covered = [...first, ...then].reduce((sum, { window }) => sum + window, 0);
        const behind = 2000 + seconds * 1000 - covered;
        expect(covered % plan.windowMs).toBe(0);
        expect(behind).toBeGreaterThanOrEqual(0);
        expect(behind).toBeLessThan(plan.windowMs);
      }),
    );
  });
});

describe("counts", () => {
  test("WB-29: a day is 48 counts whose sum is the day's", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1440, maxLength: 1440 }),
        (minutes) => {
          const counts = createCounts("steps", 30 * 60_000);
          counts.push(0, 0);
          const readings = minutes.flatMap((steps, n) => counts.push((n + 1) * 60_000, steps));
          expect(readings).toHaveLength(48);
          const total = minutes.reduce((sum, steps) => sum + steps, 0);
          expect(readings.reduce((sum, { value }) => sum + value, 0)).toBe(total);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("what an unfinished window holds can be asked for, once", () => {
    const counts = createCounts("steps", 30 * 60_000);
    counts.push(1000, 0);
    counts.push(61_000, 12);
    expect(counts.rest(61_000)).toMatchObject({ value: 12, t: 61_000, window: 60_000 });
    expect(counts.rest(61_000)).toMatchObject({ value: 0 });
  });
});
