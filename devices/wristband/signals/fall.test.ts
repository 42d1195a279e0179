import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { falling, hanging, type Movement, samplesOf, sitting, walking } from "./body-scene.ts";
import { createFallDetector, fallSettings } from "./fall.ts";
import type { FallReport } from "./report.ts";

const hz = 100;
/** Long enough for a fall at second 5, its judgement, and the time to cancel. */
const seconds = 45;

function reportsOf(movement: Movement, rate = hz): FallReport[] {
  const detector = createFallDetector();
  return [...samplesOf(movement, { hz: rate, seconds })].flatMap((sample) => detector.push(sample));
}

/** One movement until a second, another after it. */
function until(second: number, first: Movement, other: Movement): Movement {
  return (s) => (s < second ? first(s) : other(s));
}

describe("a fall", () => {
  test("WB-26: is suspected within 3 s of its impact and confirmed after the time to cancel", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4.5, max: 7, noNaN: true }),
        fc.constantFrom(50, 100),
        (peak, rate) => {
          const told = reportsOf(falling({ peak }), rate);
          expect(told.map(({ kind }) => kind)).toEqual(["suspected-fall", "fall"]);
          const [suspected, confirmed] = told.map(({ t, at }) => ({ t, at }));
          expect(Math.abs(suspected!.t - 5000)).toBeLessThan(300);
          expect(suspected!.at - suspected!.t).toBeLessThanOrEqual(3000);
          expect(confirmed!.t).toBe(suspected!.t);
          const waited = confirmed!.at - suspected!.at;
          expect(Math.abs(waited - fallSettings.cancelMs)).toBeLessThanOrEqual(40);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("WB-26: sitting down hard, walking, and hanging are none", () => {
    expect(reportsOf(sitting({ peak: 3 }))).toEqual([]);
    expect(reportsOf(walking({ stepsPerSecond: 2, swing: 1 }))).toEqual([]);
    expect(reportsOf(hanging)).toEqual([]);
  });

  test("F05: a clap, of several g but nothing before or after, is none", () => {
    const clap: Movement = (s) => [-1 + (Math.abs(s - 5) < 0.015 ? 5 : 0), 0, 0.1];
    expect(reportsOf(clap).filter(({ kind }) => kind === "fall")).toEqual([]);
  });

  test("CF-41: the patient can cancel it, and is not asked twice", () => {
    const detector = createFallDetector();
    const reports: FallReport[] = [];
    for (const sample of samplesOf(falling({ peak: 6 }), { hz, seconds })) {
      reports.push(...detector.push(sample));
      if (sample.t === 20_000) reports.push(...detector.cancel());
    }
    expect(reports).toMatchObject([
      { kind: "suspected-fall" },
      { kind: "dismissed-fall", why: "cancelled", at: 19_980 },
    ]);
    expect(detector.cancel()).toEqual([]);
  });

  test("F05: a band that fell off the wrist has fallen alone", () => {
    const detector = createFallDetector();
    detector.wear(false);
    const reports = [...samplesOf(falling({ peak: 6 }), { hz, seconds })].flatMap((sample) =>
      detector.push(sample),
    );
    expect(reports).toMatchObject([
      { kind: "suspected-fall" },
      { kind: "dismissed-fall", why: "off_wrist" },
    ]);
  });

  test("who walks about without a rest afterwards is not lying on the floor", () => {
    const up = until(9, falling({ peak: 6 }), walking({ stepsPerSecond: 2, swing: 1.2 }));
    expect(reportsOf(up)).toMatchObject([
      { kind: "suspected-fall" },
      { kind: "dismissed-fall", why: "moving" },
    ]);
  });

  test("a sensor that is silent in the middle of an impact forgets it", () => {
    const detector = createFallDetector();
    const samples = [...samplesOf(falling({ peak: 6 }), { hz, seconds })];
    const torn = samples.filter(({ t }) => t < 5200 || t > 9000);
    expect(torn.flatMap((sample) => detector.push(sample))).toEqual([]);
  });
});
