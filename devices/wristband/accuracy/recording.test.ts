import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { parseRecording, type Recording } from "./recording.ts";

function read(lines: readonly string[], rateHz?: number): Recording {
  const recording = parseRecording(lines.join("\n"), rateHz);
  if (recording.kind === "unreadable") throw new Error(recording.why);
  return recording;
}

describe("a recording", () => {
  test("of acceleration comes to thousandths of g from m/s², counts of Bangle.js, g and mg", () => {
    const still = (title: string, one: number): Recording =>
      read([title, ...Array.from({ length: 50 }, (_, n) => `${n * 20},0,0,${one}`)]);
    for (const recording of [
      still("time ms,x,y,z", 9.80665),
      still("Time (ms),X,Y,Z", 8192),
      still("t,ax,ay,az", 1),
      still("time_ms,acc_x,acc_y,acc_z", 1000),
    ]) {
      if (recording.kind !== "acceleration") throw new Error(recording.kind);
      expect(recording.samples[7]?.t).toBe(140);
      expect(recording.samples[7]?.z).toBeCloseTo(1000);
    }
  });

  test("in bursts gets its times spread out: four at once every 0.1 s are 40 a second", () => {
    const rows = Array.from({ length: 400 }, (_, n) => {
      const t = Math.floor(n / 4) * 0.1 + (n % 4) * 0.002;
      return `${t},0,0,9.8`;
    });
    const { samples } = read(["accel_time_list,accel_x_list,accel_y_list,accel_z_list", ...rows]);
    const steps = samples.slice(50, 350).map(({ t }, n) => t - (samples[49 + n]?.t ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(20);
    expect(Math.max(...steps)).toBeLessThan(30);
  });

  test("of light may have no times, then a rate is needed", () => {
    const lines = Array.from({ length: 10 }, (_, n) => String(500 + n));
    expect(parseRecording(lines.join("\n"))).toMatchObject({ kind: "unreadable" });
    const recording = read(lines, 100);
    expect(recording.kind).toBe("light");
    expect(recording.samples[3]).toEqual({ t: 30, light: 503 });
    expect(read(["timer,hr", "0.0,515", "8.5,514"]).kind).toBe("light");
    const scaled = read(["time_s,pleth", "0,0.25", "0.008,0.5"]);
    expect(scaled.samples[1]).toEqual({ t: 8, light: 16_000 });
  });

  test("of a bedside monitor keeps a hole a hole", () => {
    const recording = read(["Time [s], HR, PULSE, RESP, SpO2", "0,94,93,25,97", "1,,93,25,NaN"]);
    expect(recording.kind).toBe("monitor");
    expect(recording.samples[1]).toEqual({
      t: 1000,
      heartRate: Number.NaN,
      pulse: 93,
      spo2: Number.NaN,
    });
  });

  test("that is none is refused with a reason, and nothing makes the reader throw", () => {
    expect(parseRecording("")).toMatchObject({ kind: "unreadable" });
    expect(parseRecording("a,b,c\n1,2,3\n4,5,6", 50)).toMatchObject({ kind: "unreadable" });
    fc.assert(
      fc.property(fc.string(), fc.option(fc.integer({ min: 1, max: 500 })), (text, rate) => {
        expect(parseRecording(text, rate ?? undefined)).toHaveProperty("kind");
      }),
    );
  });
});
