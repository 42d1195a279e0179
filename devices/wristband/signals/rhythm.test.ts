import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createRhythm } from "./rhythm.ts";

const plan = { lags: { from: 4, to: 30 }, memory: 60 };

describe("a rhythm", () => {
  test("peaks after one period of what repeats, nearly as strongly as can be", () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 28 }), (period) => {
        const rhythm = createRhythm(plan);
        for (let n = 0; n < 600; n++) rhythm.push(100 * Math.sin((2 * Math.PI * n) / period));
        expect(rhythm.peaks(period)).toBe(true);
        expect(rhythm.correlation(period)).toBeGreaterThan(0.99);
        expect(rhythm.power()).toBeCloseTo(5000, -3);
      }),
    );
  });

  test("is never stronger than 1, nor anything but a number, whatever comes", () => {
    const value = fc.oneof(fc.double({ min: -1e5, max: 1e5, noNaN: true }), fc.constant(0));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (values) => {
        const rhythm = createRhythm(plan);
        for (const each of values) rhythm.push(each);
        for (let lag = plan.lags.from; lag <= plan.lags.to; lag++) {
          expect(Math.abs(rhythm.correlation(lag))).toBeLessThanOrEqual(1);
        }
        expect(rhythm.strength()).toBeGreaterThanOrEqual(0);
        expect(rhythm.strength()).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("forgets: after silence there is none", () => {
    const rhythm = createRhythm(plan);
    for (let n = 0; n < 300; n++) rhythm.push(100 * Math.sin(n));
    for (let n = 0; n < 2000; n++) rhythm.push(0);
    expect(rhythm.strength()).toBe(0);
    expect(rhythm.power()).toBeCloseTo(0);
  });
});
