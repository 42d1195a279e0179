import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { lightOf } from "./body-scene.ts";
import { createPulse, type PulseEstimate, rateMeans } from "./heart-rate.ts";
import type { LightSample } from "./sample.ts";
import { createMeans } from "./windows.ts";

function estimatesOf(light: Iterable<LightSample>): PulseEstimate[] {
  const pulse = createPulse();
  return [...light].map((sample) => pulse.push(sample)).filter((seen) => seen !== undefined);
}

describe("heart rate", () => {
  test("WB-22: 72 beats a minute for two minutes are a mean of 72 ± 1", () => {
    const means = createMeans(rateMeans);
    const readings = estimatesOf(lightOf({ rate: 72, counts: 300, hz: 25, seconds: 140 })).flatMap(
      ({ t, rate, quality }) => means.push({ t, value: rate, quality }),
    );
    expect(readings).toHaveLength(1);
    expect(readings[0]).toMatchObject({ kind: "heart-rate", window: 120_000 });
    const [reading] = readings;
    if (reading?.kind !== "heart-rate") throw new Error("no reading");
    expect(Math.abs(reading.value - 72)).toBeLessThanOrEqual(1);
    expect(reading.quality).toBeGreaterThanOrEqual(90);
  });

  test("is found from 40 to 200 a minute, at any strength and rate of samples", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 40, max: 200, noNaN: true }),
        fc.double({ min: 20, max: 4000, noNaN: true }),
        fc.constantFrom(25, 50, 100, 125),
        (rate, counts, hz) => {
          const last = estimatesOf(lightOf({ rate, counts, hz, seconds: 30 })).at(-1);
          expect(Math.abs((last?.rate ?? 0) - rate)).toBeLessThan(2);
          expect(last?.quality ?? 0).toBeGreaterThanOrEqual(70);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("is not believed where there is no pulse: a flat line, and noise", () => {
    const flat = estimatesOf(lightOf({ rate: 72, counts: 0, hz: 25, seconds: 30 }));
    expect(flat.length).toBeGreaterThan(5);
    for (const { rate, quality, amplitude } of flat) {
      expect([rate, quality]).toEqual([0, 0]);
      expect(amplitude).toBeCloseTo(0);
    }
    let seed = 3;
    const noise = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const light = Array.from({ length: 3000 }, (_, n) => ({ t: n * 40, light: 1000 * noise() }));
    for (const { quality } of estimatesOf(light)) expect(quality).toBeLessThan(70);
  });

  test("is silent until the memory is filled, after the start and after a gap", () => {
    const before = lightOf({ rate: 60, counts: 300, hz: 25, seconds: 20 });
    const after = lightOf({ rate: 60, counts: 300, hz: 25, seconds: 20, startMs: 60_000 });
    const times = estimatesOf([...before, ...after]).map(({ t }) => t);
    expect(times[0] ?? 0).toBeGreaterThan(9000);
    expect(times.find((t) => t > 30_000) ?? 0).toBeGreaterThan(69_000);
  });
});
