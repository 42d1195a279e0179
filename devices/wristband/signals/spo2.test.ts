import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Report } from "./report.ts";
import { createSaturation, saturationSettings } from "./spo2.ts";

function hourOf(percent: (second: number) => number, settings = saturationSettings): Report[] {
  const saturation = createSaturation(settings);
  return Array.from({ length: 3600 }, (_, second) =>
    saturation.push({ t: (second + 1) * 1000, value: percent(second), quality: 95 }),
  ).flat();
}

function ofWindow(reports: readonly Report[], window: number): Report[] {
  return reports.filter((report) => report.kind === "spo2" && report.window === window);
}

describe("saturation", () => {
  test("WB-30, WB-32: an hour is sixty minutes and twelve means of five", () => {
    const reports = hourOf((second) => 94 + (second % 3));
    expect(ofWindow(reports, 60_000)).toHaveLength(60);
    const means = ofWindow(reports, 300_000);
    expect(means.map(({ t }) => t)).toEqual(
      Array.from({ length: 12 }, (_, n) => (n + 1) * 300_000),
    );
    for (const mean of means) expect(mean).toMatchObject({ value: 95, quality: 95 });
    expect(reports).toHaveLength(72);
  });

  test("WB-31: a minute below the patient's threshold is an emergency, at or above it is none", () => {
    const emergencies = (percent: number, hypoxaemia: number): Report[] =>
      hourOf(() => percent, { ...saturationSettings, hypoxaemia }).filter(
        ({ kind }) => kind === "respiratory",
      );
    fc.assert(
      fc.property(
        fc.integer({ min: 70, max: 100 }),
        fc.integer({ min: 80, max: 92 }),
        (percent, threshold) => {
          const expected = percent < threshold ? 1 : 0;
          expect(emergencies(percent, threshold)).toHaveLength(expected);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("F04: one episode is one emergency, though the minutes sway about the threshold", () => {
    const swaying = (second: number): number => (Math.floor(second / 60) % 2 === 0 ? 84 : 86);
    expect(hourOf(swaying).filter(({ kind }) => kind === "respiratory")).toHaveLength(1);
    const twice = (second: number): number => (second < 600 || second > 1800 ? 80 : 95);
    expect(hourOf(twice).filter(({ kind }) => kind === "respiratory")).toHaveLength(2);
  });

  test("a minute that cannot be read is a gap, and no emergency", () => {
    const reports = hourOf((second) => (second < 60 ? Number.NaN : 96));
    expect(reports[0]).toMatchObject({ kind: "gap", of: "spo2", t: 60_000 });
    expect(reports.some(({ kind }) => kind === "respiratory")).toBe(false);
    expect(ofWindow(reports, 300_000)).toHaveLength(12);
  });
});
