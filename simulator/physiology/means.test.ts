import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { metrics } from "#wire/metrics.ts";
import { Hours, Minutes } from "#wire/units.ts";

import type { Body } from "./body.ts";
import { bodyAt, createMeansBody } from "./means.ts";

const start = Date.UTC(2026, 2, 2);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const instants = fc.integer({ min: 0, max: 400 * Hours(24) }).map((ms) => start + ms);

/** What is asked of a body in one two-minute window. */
function asked(body: Body, to: number): unknown {
  const window = { from: to - Minutes(2), to };
  return [body.wear(to), body.heartRate(window), body.spo2(window), body.steps(window)];
}

describe("a body at fidelity means", () => {
  test("answers the same for the same seed and instant, whatever was asked before", () => {
    fc.assert(
      fc.property(seeds, instants, instants, (seed, one, other) => {
        const travelled = createMeansBody(seed);
        asked(travelled, other);
        expect(asked(travelled, one)).toEqual(asked(createMeansBody(seed), one));
      }),
    );
  });

  test("never shows a value that the doors would put aside", () => {
    fc.assert(
      fc.property(seeds, instants, (seed, to) => {
        const body = createMeansBody(seed);
        const heart = body.heartRate({ from: to - Minutes(2), to });
        const oxygen = body.spo2({ from: to - Minutes(5), to });
        const steps = body.steps({ from: to - Minutes(30), to });
        for (const [measure, rule] of [
          [heart, metrics["heart-rate"]],
          [oxygen, metrics.spo2],
        ] as const) {
          expect(measure?.value).toBeWithin(rule.low, rule.high + 0.001);
          expect(measure?.quality).toBeWithin(0, 101);
          expect(Number.isInteger(measure?.quality)).toBe(true);
        }
        expect(steps).toBeWithin(0, metrics.steps.high + 1);
      }),
      { numRuns: 500 },
    );
  });

  test("has a day: the heart is slower asleep, and steps are taken awake", () => {
    const seedsOfPeople = Array.from({ length: 60 }, (_, seed) => seed);
    const mean = (hour: number): number => {
      const values = seedsOfPeople.map((seed) => bodyAt(seed, start + hour * Hours(1)).heartRate);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    expect(mean(14)).toBeGreaterThan(mean(2) + 5);
    const steps = (from: number, to: number): number =>
      seedsOfPeople.reduce(
        (sum, seed) => sum + createMeansBody(seed).steps({ from: start + from, to: start + to }),
        0,
      );
    expect(steps(0, Hours(4))).toBe(0);
    expect(steps(Hours(10), Hours(14)) / seedsOfPeople.length).toBeGreaterThan(200);
  });

  test("is ill now and then: a few in a hundred are under 90 % at any time, never half", () => {
    const people = Array.from({ length: 2000 }, (_, seed) => bodyAt(seed, start + Hours(15)));
    const low = people.filter(({ saturation }) => saturation < 90).length;
    expect(low).toBeWithin(1, 100);
  });

  test("falls rarely: between one in two hundred and one in fifty person-days", () => {
    const hours = Array.from({ length: 50 * 24 }, (_, hour) => start + hour * Hours(1));
    let falls = 0;
    for (let seed = 0; seed < 200; seed++) {
      const body = createMeansBody(seed);
      falls += hours.filter(
        (from) => body.fall({ from, to: from + Hours(1) }) !== undefined,
      ).length;
    }
    expect(falls / 10_000).toBeWithin(1 / 200, 1 / 50);
  });

  test("has its saturation read with the error of a real wrist: 1 to 3 points over five minutes", () => {
    const errors: number[] = [];
    for (let seed = 0; seed < 300; seed++) {
      const to = start + seed * Minutes(7) + Hours(9);
      const middle = to - Minutes(2.5);
      const read = createMeansBody(seed).spo2({ from: to - Minutes(5), to });
      const truth = bodyAt(seed, middle).saturation;
      if (read !== undefined && read.value < 100) errors.push(read.value - truth);
    }
    const arms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(arms).toBeWithin(1, 3);
  });
});
