import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { metrics } from "#wire/metrics.ts";
import { Hours, Minutes } from "#wire/units.ts";

import { createRecordedBody, parseRecording, readRecordings } from "./recordings.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const folder = resolve(
  process.env["VIGIE_DATA"] ?? resolve(import.meta.dir, "../../shared/data"),
  "bidmc",
);
const absent = !existsSync(folder);
const why = absent ? ` (skipped: no recordings in ${folder}; set VIGIE_DATA)` : "";

const ramp = parseRecording(
  "ramp",
  [
    "Time [s], HR, PULSE, RESP, SpO2",
    ...range(480).map((s) => `${s},${60 + s / 10},60,12,97`),
  ].join("\n"),
);

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe("a recording", () => {
  test("is played forwards and backwards: one second after another never jumps", () => {
    const body = createRecordedBody(ramp, 1);
    const values = range(2000).map(
      (second) =>
        body.heartRate({ from: noon + second * 1000, to: noon + (second + 1) * 1000 })?.value ?? 0,
    );
    const jumps = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? 0)));
    expect(Math.max(...jumps)).toBeLessThan(0.25);
    expect(Math.min(...values)).toBe(60);
    expect(Math.max(...values)).toBe(107.9);
  });

  test("gives the mean of the usable seconds, their share as quality, and nothing below half", () => {
    const text = (missing: number): string =>
      ["Time [s],HR,SpO2", ...range(60).map((s) => `${s},${s < missing ? "NaN" : "80"},0`)].join(
        "\n",
      );
    const minute = { from: noon, to: noon + Minutes(1) };
    const mostly = createRecordedBody(parseRecording("mostly", text(15)), 1);
    expect(mostly.heartRate(minute)).toEqual({ value: 80, quality: expect.any(Number) });
    expect(mostly.spo2(minute)).toBeUndefined();
    const hardly = createRecordedBody(parseRecording("hardly", text(45)), 1);
    const quarter = { from: noon, to: noon + Minutes(2) };
    expect(hardly.heartRate(quarter)).toBeUndefined();
  });

  test("without a heart rate or saturation column is refused by name", () => {
    expect(() => parseRecording("pulse", "Time [s],PULSE\n0,60")).toThrow("pulse has no column HR");
  });
});

describe.skipIf(absent)(`the BIDMC patients${why}`, () => {
  test("are all read, and a day of each shows only values that the doors accept", async () => {
    const recordings = await readRecordings(folder);
    expect(recordings.length).toBeGreaterThan(40);
    for (const recording of recordings) {
      expect(recording.heartRate.length).toBeGreaterThan(470);
      const body = createRecordedBody(recording, 7);
      for (let t = noon; t < noon + Hours(1); t += Minutes(5)) {
        const window = { from: t, to: t + Minutes(5) };
        const heart = body.heartRate(window)?.value ?? 80;
        const oxygen = body.spo2(window)?.value ?? 95;
        expect(heart).toBeWithin(metrics["heart-rate"].low, metrics["heart-rate"].high + 1);
        expect(oxygen).toBeWithin(metrics.spo2.low, metrics.spo2.high + 0.1);
      }
    }
  });

  test("keep their mean: an hour of playing differs from the eight minutes by less than 0.3", async () => {
    for (const recording of await readRecordings(folder)) {
      const usable = recording.heartRate.filter((value) => !Number.isNaN(value));
      const recorded = usable.reduce((sum, value) => sum + value, 0) / usable.length;
      const whole = 2 * recording.heartRate.length * 1000;
      const played = createRecordedBody(recording, 7).heartRate({ from: noon, to: noon + whole });
      expect(Math.abs((played?.value ?? 0) - recorded)).toBeLessThan(0.3);
    }
  });
});
