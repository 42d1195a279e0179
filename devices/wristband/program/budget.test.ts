import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { BandScene } from "./band-scene.ts";
import { createBudget } from "./budget.ts";
import { createSampleLayer, sampleSettings } from "./sample-layer.ts";
import { createSamples } from "./samples.ts";
import { bandNumbers } from "./settings.ts";

describe("WB-03: memory", () => {
  test("is given out until it is gone, and not a byte more", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.array(fc.nat(2000)), (bytes, wanted) => {
        const budget = createBudget(bytes);
        for (const each of wanted) {
          const fits = each <= budget.left();
          if (fits) budget.take("something", each);
          else expect(() => budget.take("something", each)).toThrow(RangeError);
        }
        const given = budget.shares().reduce((sum, share) => sum + share.bytes, 0);
        expect(given + budget.left()).toBe(bytes);
        expect(budget.left()).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("of the watch is enough for the detectors and a day without the box", () => {
    const { memory } = new BandScene(createSampleLayer()).band;
    expect(memory.left()).toBeGreaterThan(8 * 1024);
  });

  test("a wristband whose queues want more than there is does not start", () => {
    const layer = createSampleLayer({ ...sampleSettings, motionSamples: 2000 });
    const settings = { memoryBytes: 24 * 1024 };
    expect(() => new BandScene(layer, { settings })).toThrow("sensors and detectors wants");
    const limits = { ...bandNumbers.limits, routineBytes: 64 * 1024 };
    expect(() => new BandScene(createSampleLayer(), { settings: { limits } })).toThrow(RangeError);
  });
});

describe("a queue of samples", () => {
  test("gives back what was put in, in order, and loses the oldest when it is full", () => {
    const sizes = fc.record({
      capacity: fc.integer({ min: 1, max: 9 }),
      drains: fc.array(fc.nat(20)),
    });
    fc.assert(
      fc.property(sizes, ({ capacity, drains }) => {
        const samples = createSamples({ capacity, channels: 2 });
        let model: number[][] = [];
        let lost = 0;
        let t = 0;
        for (const count of drains) {
          for (let each = 0; each < count; each += 1) {
            t += 1;
            samples.push(t, [t, -t]);
            model.push([t, t, -t]);
          }
          lost += Math.max(0, model.length - capacity);
          model = model.slice(-capacity);
          const got: number[][] = [];
          samples.drain((at, values) => got.push([at, ...values]));
          expect(got).toEqual(model);
          expect(samples.lost()).toBe(lost);
          model = [];
        }
      }),
    );
  });

  test("keeps what sixteen bits hold, rounded", () => {
    const samples = createSamples({ capacity: 4, channels: 1 });
    for (const value of [1.4, -1.6, 70_000, -70_000]) samples.push(0, [value]);
    const got: number[] = [];
    samples.drain((_, [value = 0]) => got.push(value));
    expect(got).toEqual([1, -2, 32_767, -32_768]);
  });
});
