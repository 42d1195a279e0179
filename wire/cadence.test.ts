import { describe, expect, test } from "bun:test";

import { cadence, profiles } from "./cadence.ts";
import { metrics } from "./metrics.ts";

describe("the plan", () => {
  test("5 means of 2 min, 10 of 5 min and 12 counts of 30 min are sent together", () => {
    const minutes = (ms: number): number => ms / 60_000;
    expect(minutes(cadence.heartRate.batch)).toBe(10);
    expect(minutes(cadence.spo2.batch)).toBe(50);
    expect(minutes(cadence.steps.batch)).toBe(6 * 60);
  });

  test("100,000 homes at the seed cadence send 1,222 points in 205 messages a second", () => {
    const { heartRate, spo2, steps } = profiles.seed;
    const rhythms = [heartRate, spo2, steps];
    const perSecond = (period: number): number => 100_000 / (period / 1000);
    const points = rhythms.reduce((sum, rhythm) => sum + perSecond(rhythm.window), 0);
    const messages = rhythms.reduce((sum, rhythm) => sum + perSecond(rhythm.batch), 0);
    expect(Math.round(points)).toBe(1222);
    expect(Math.round(messages)).toBe(205);
  });

  test("100,000 homes at the dense cadence send 10,000 packs of heart rate a second", () => {
    expect(100_000 / (profiles.dense.heartRate.batch / 1000)).toBe(10_000);
  });
});

describe("metrics", () => {
  test("each is kept in a unit that it may arrive in unchanged", () => {
    for (const rule of Object.values(metrics)) {
      expect(rule.accepted[rule.unit]).toEqual({ factor: 1, offset: 0 });
      expect(rule.low).toBeLessThan(rule.high);
    }
  });
});
