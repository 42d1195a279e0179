/**
 * What holds for every detector: whatever the sensors give, it neither throws nor says what is no number, and it takes
 * no more memory after an hour than after a minute.
 */
import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { falling, lightOf, samplesOf, walking } from "./body-scene.ts";
import { createCardiacWatch } from "./cardiac-arrest.ts";
import { createFallDetector } from "./fall.ts";
import { createPulse, rateMeans } from "./heart-rate.ts";
import type { AccelerationSample, LightSample } from "./sample.ts";
import { createSaturation } from "./spo2.ts";
import { createStepCounter, peakRule } from "./steps.ts";
import { createStillness } from "./stillness.ts";
import { createWearWatch } from "./wear.ts";
import { createCounts, createMeans } from "./windows.ts";

/** Every detector behind one push. */
function createAll(): (sample: AccelerationSample & LightSample) => unknown[] {
  const [fall, steps, peaks] = [
    createFallDetector(),
    createStepCounter(),
    createStepCounter(peakRule),
  ];
  const [pulse, cardiac, saturation] = [createPulse(), createCardiacWatch(), createSaturation()];
  const [still, wear] = [createStillness(), createWearWatch()];
  const [means, counts] = [createMeans(rateMeans), createCounts("steps", 30 * 60_000)];
  return (sample) => {
    const { t, light } = sample;
    still.push(sample);
    const worn = wear.push({ t, light, charging: light === 0 });
    const estimate = pulse.push(sample);
    const said: unknown[] = [worn, estimate, ...fall.push(sample)];
    const stepped = [steps.push(sample), peaks.push(sample)];
    said.push(...stepped, ...counts.push(t, stepped[0] ?? 0));
    said.push(...saturation.push({ t, value: light / 100, quality: 90 }));
    if (estimate === undefined) return said;
    said.push(...means.push({ t, value: estimate.rate, quality: estimate.quality }));
    said.push(cardiac.push(estimate, { worn: wear.state() === "worn", still: still.still() }));
    return said;
  };
}

function numbersIn(said: unknown): number[] {
  if (typeof said === "number") return [said];
  if (typeof said !== "object" || said === null) return [];
  return Object.values(said).flatMap(numbersIn);
}

describe("every detector", () => {
  const wild = fc.oneof(
    fc.integer({ min: -33_000, max: 33_000 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e300),
  );
  const step = fc.oneof(
    fc.integer({ min: 0, max: 400 }),
    fc.constantFrom(-5000, 120_000, 10_000_000),
  );
  const sample = fc.record({ step, x: wild, y: wild, z: wild, light: wild });

  test("WB-34: says only numbers, and throws at nothing", () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 400 }), (samples) => {
        const push = createAll();
        let t = 100_000;
        for (const { step: ms, ...values } of samples) {
          t = Math.max(0, t + ms);
          for (const number of numbersIn(push({ t, ...values }))) {
            expect(Number.isFinite(number)).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("WB-03: takes its memory once: an hour of samples leaves no more behind than a minute", () => {
    const push = createAll();
    const live = (seconds: number, startMs: number): void => {
      const light = lightOf({ rate: 70, counts: 200, hz: 50, seconds, startMs });
      const walk = walking({ stepsPerSecond: 2, swing: 0.6 });
      const fall = falling({ peak: 6 });
      const moves = samplesOf((s) => (s % 120 < 60 ? fall(s % 60) : walk(s)), {
        hz: 50,
        seconds,
        startMs,
      });
      for (const move of moves) push({ ...move, light: light.next().value?.light ?? 0 });
    };
    const objects = (): number => {
      Bun.gc(true);
      return heapStats().objectCount;
    };
    live(120, 0);
    const after = objects();
    live(3600, 120_000);
    expect(objects() - after).toBeLessThan(200);
  });
});
