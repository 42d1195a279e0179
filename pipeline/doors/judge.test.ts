import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Epoch, Serial } from "#wire/identity.ts";
import type { Reading, ReadingsPack } from "#wire/messages.ts";
import { type Metric, metrics } from "#wire/metrics.ts";
import { Hours, Instant, Minutes } from "#wire/units.ts";

import { judgeReadings, judgeTime } from "./judge.ts";

const now = Instant(1_760_000_000_000);
const reading = (metric: Metric, value: number, rest: Partial<Reading> = {}): Reading => ({
  metric,
  value,
  t: now,
  window: 0,
  ...rest,
});
const pack = (...readings: Reading[]): ReadingsPack => ({
  device: "B-1" as Serial,
  epoch: "e1" as Epoch,
  seq: 1,
  readings,
  rejected: [],
});
const reasons = (...readings: Reading[]): string[] =>
  judgeReadings(pack(...readings), now).rejected.map(({ reason }) => reason);

describe("a door judges readings", () => {
  test("CF-21, MD-34: the bounds themselves are plausible, a step beyond is not", () => {
    for (const [name, { low, high }] of Object.entries(metrics)) {
      const metric = name as Metric;
      const inside = metric === "steps" ? { window: Minutes(30) } : {};
      expect(reasons(reading(metric, low, inside), reading(metric, high, inside))).toEqual([]);
      expect(reasons(reading(metric, low - 1, inside))).toEqual(["out_of_range"]);
      expect(reasons(reading(metric, high + 1, inside))).toEqual(["out_of_range"]);
    }
    expect(reasons(reading("spo2", 49), reading("spo2", 101))).toHaveLength(2);
    expect(reasons(reading("heart-rate", 29), reading("heart-rate", 221))).toHaveLength(2);
  });

  test("F03: spikes and negatives are put aside", () => {
    for (const value of [0, 500, -7, 1e9]) {
      expect(reasons(reading("heart-rate", value))).toEqual(["out_of_range"]);
    }
  });

  test("a count of steps is judged by how long was counted", () => {
    expect(reasons(reading("steps", 300, { window: Minutes(1) }))).toEqual([]);
    expect(reasons(reading("steps", 301, { window: Minutes(1) }))).toEqual(["out_of_range"]);
  });

  test("F28: a pressure without pulse, or upside down, is put aside as a pair", () => {
    expect(reasons(reading("systolic", 120), reading("diastolic", 80))).toEqual([]);
    expect(reasons(reading("systolic", 90), reading("diastolic", 80))).toEqual([
      "bp_order",
      "bp_order",
    ]);
    expect(reasons(reading("diastolic", 80), reading("systolic", 75))).toHaveLength(2);
    const before = { t: Instant(now - 60_000) };
    expect(reasons(reading("systolic", 75, before), reading("diastolic", 80))).toEqual([]);
  });

  test("F28: a value whose unit was mislabelled is out of range, never converted", () => {
    expect(reasons(reading("glucose", 5.5))).toEqual(["out_of_range"]);
    expect(reasons(reading("temperature", 98.6))).toEqual(["out_of_range"]);
  });

  test("F30: 71 h late is kept, 73 h late, 1970 and the year 3000 are put aside", () => {
    const at = (t: number): string[] => reasons(reading("heart-rate", 70, { t: Instant(t) }));
    expect(at(now - Hours(71))).toEqual([]);
    expect(at(now - Hours(73))).toEqual(["too_late"]);
    expect(at(0)).toEqual(["too_late"]);
    expect(at(32_503_680_000_000)).toEqual(["clock_ahead"]);
    expect(judgeTime(Instant(now + Minutes(2)), now)).toBeUndefined();
    expect(judgeTime(Instant(now + Minutes(2) + 1), now)).toBe("clock_ahead");
  });

  test("F08: a reading without a time base is never guessed at", () => {
    expect(reasons(reading("heart-rate", 70, { flags: ["clock_lost"] }))).toEqual(["clock_lost"]);
  });

  test("one reading told twice in a pack counts once, the first", () => {
    const twice = pack(
      reading("spo2", 97),
      reading("spo2", 96),
      reading("spo2", 96, { window: 1 }),
    );
    expect(judgeReadings(twice, now)).toMatchObject({ duplicates: 1, kept: [{ value: 97 }, {}] });
  });

  test("every reading is kept, put aside, or a duplicate", () => {
    const any = fc.record({
      metric: fc.constantFrom<Metric>("heart-rate", "systolic", "diastolic", "steps"),
      value: fc.integer({ min: -10, max: 300 }),
      t: fc.constantFrom(now, Instant(0), Instant(now - 1)),
      window: fc.constantFrom(0, 60_000),
    });
    fc.assert(
      fc.property(fc.array(any), (readings) => {
        const { kept, rejected, duplicates } = judgeReadings(pack(...readings), now);
        expect(kept.length + rejected.length + duplicates).toBe(readings.length);
        const again = judgeReadings(pack(...kept), now);
        expect(again).toMatchObject({ kept, duplicates: 0 });
      }),
    );
  });
});
