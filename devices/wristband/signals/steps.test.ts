import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { hanging, type Movement, samplesOf, walking } from "./body-scene.ts";
import { createStepCounter, peakRule, rhythmRule, type StepSettings } from "./steps.ts";

function stepsIn(
  movement: Movement,
  span: { hz: number; seconds: number },
  settings: StepSettings = rhythmRule,
): number {
  const counter = createStepCounter(settings);
  let steps = 0;
  for (const sample of samplesOf(movement, span)) steps += counter.push(sample);
  return steps;
}

describe("steps by the rule of the source document", () => {
  const peaksOf =
    ({ apart, height }: { apart: number; height: number }): Movement =>
    (s) => [s % apart < 0.06 ? height : 1, 0, 0];

  test("WB-28: exactly N peaks above 1.2 g at 50 Hz are N steps, peaks of 1.2 g are none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (peaks) => {
        const span = { hz: 50, seconds: peaks * 0.5 };
        expect(stepsIn(peaksOf({ apart: 0.5, height: 1.3 }), span, peakRule)).toBe(peaks);
        expect(stepsIn(peaksOf({ apart: 0.5, height: 1.2 }), span, peakRule)).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  test("WB-28: peaks closer than the refractory time are one step", () => {
    const span = { hz: 50, seconds: 30 };
    expect(stepsIn(peaksOf({ apart: 0.2, height: 1.5 }), span, peakRule)).toBeLessThanOrEqual(120);
  });
});

describe("steps by rhythm", () => {
  test("a walk is counted within 5 %, at any pace, swing and rate of samples", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1.2, max: 2.4, noNaN: true }),
        fc.double({ min: 0.2, max: 1, noNaN: true }),
        fc.constantFrom(12.5, 25, 50, 100),
        (stepsPerSecond, swing, hz) => {
          const counted = stepsIn(walking({ stepsPerSecond, swing }), { hz, seconds: 120 });
          expect(Math.abs(counted / (120 * stepsPerSecond) - 1)).toBeLessThan(0.05);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("the first seconds of a walk are credited once it is recognised", () => {
    const counter = createStepCounter();
    const credits = [
      ...samplesOf(walking({ stepsPerSecond: 2, swing: 0.5 }), { hz: 25, seconds: 10 }),
    ]
      .map((sample) => counter.push(sample))
      .filter((steps) => steps > 0);
    expect(Math.max(...credits)).toBeGreaterThanOrEqual(6);
    expect(credits.reduce((sum, steps) => sum + steps, 0)).toBeGreaterThanOrEqual(17);
  });

  test("stillness and shaking without rhythm are no steps", () => {
    expect(stepsIn(hanging, { hz: 25, seconds: 600 })).toBe(0);
    let seed = 7;
    const noise = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
    const road: Movement = () => [-1 + 0.3 * noise(), 0.3 * noise(), 0.3 * noise()];
    expect(stepsIn(road, { hz: 25, seconds: 1800 })).toBeLessThan(60);
  });
});
