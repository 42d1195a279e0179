import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { metrics } from "#wire/metrics.ts";
import { Hours, Minutes } from "#wire/units.ts";

import type { Body } from "./physiology/body.ts";
import { parseRecorded, readRecordings, recordedResident } from "./recordings.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const folder = resolve(process.env["VIGIE_DATA"] ?? resolve(import.meta.dir, "../../shared/data"));
const absent = !existsSync(folder);
const why = absent ? ` (skipped: no recordings in ${folder}; set VIGIE_DATA)` : "";

/** The body of a monitor's text. */
function monitored(text: string): Body {
  return recordedResident(parseRecorded("monitor", text)!, 1).body;
}

const ramp = monitored(
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
    const values = range(2000).map(
      (second) =>
        ramp.heartRate({ from: noon + second * 1000, to: noon + (second + 1) * 1000 })?.value ?? 0,
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
    const mostly = monitored(text(15));
    expect(mostly.heartRate(minute)).toEqual({ value: 80, quality: expect.any(Number) });
    expect(mostly.spo2(minute)).toBeUndefined();
    const hardly = monitored(text(45));
    const quarter = { from: noon, to: noon + Minutes(2) };
    expect(hardly.heartRate(quarter)).toBeUndefined();
  });

  test("that says nothing known is none", () => {
    expect(parseRecorded("pulse", "Time [s],PULSE\n0,60\n1,60")).toBeUndefined();
  });
});

describe.skipIf(absent)(`the recorded people${why}`, () => {
  test("of monitors: a day of each shows only values that the doors accept, and keeps its mean", async () => {
    const recordings = await readRecordings(folder, { most: 100, fidelity: "means" });
    expect(recordings.length).toBeGreaterThan(40);
    for (const recording of recordings) {
      const { body, fidelity } = recordedResident(recording, 7);
      expect(fidelity).toBe("means");
      for (let t = noon; t < noon + Hours(1); t += Minutes(5)) {
        const window = { from: t, to: t + Minutes(5) };
        const heart = body.heartRate(window)?.value ?? 80;
        const oxygen = body.spo2(window)?.value ?? 95;
        expect(heart).toBeWithin(metrics["heart-rate"].low, metrics["heart-rate"].high + 1);
        expect(oxygen).toBeWithin(metrics.spo2.low, metrics.spo2.high + 0.1);
      }
      const usable = recording.samples.flatMap((sample) =>
        "heartRate" in sample && sample.heartRate > 0 ? sample.heartRate : [],
      );
      const recorded = usable.reduce((sum, value) => sum + value, 0) / usable.length;
      const whole = 2 * recording.samples.length * 1000;
      const played = body.heartRate({ from: noon, to: noon + whole });
      expect(Math.abs((played?.value ?? 0) - recorded)).toBeLessThan(0.3);
    }
  });

  test("come from each folder in turn, those of wrists at fidelity samples", async () => {
    const recordings = await readRecordings(folder, { most: 12, fidelity: "samples" });
    const folders = recordings.map(({ name }) => name.split("/").slice(0, -1).join("/"));
    expect(new Set(folders).size).toBe(12);
    expect(recordedResident(recordings[0]!, 1).fidelity).toBe("samples");
  });
});
