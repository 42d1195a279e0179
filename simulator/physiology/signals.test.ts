/** The finer fidelities of a body tell of the same person as its means do. */
import { describe, expect, test } from "bun:test";

import { createFallDetector } from "#devices/wristband/signals/fall.ts";
import { createPulse, pulseSettings } from "#devices/wristband/signals/heart-rate.ts";
import { createStepCounter, rhythmRule } from "#devices/wristband/signals/steps.ts";
import { Hours, Minutes, Seconds } from "#wire/units.ts";

import { createHeart } from "./beats.ts";
import { dayNumber, dayOf } from "./day.ts";
import { createLight } from "./light.ts";
import { bodyAt, createMeansBody } from "./means.ts";
import { createMovement } from "./movement.ts";
import { personOf } from "./person.ts";

const noon = Date.UTC(2026, 2, 2, 12);

/** A seed whose person does so on that day. */
function seedWith(fits: (seed: number) => boolean): number {
  for (let seed = 1; seed < 10_000; seed++) if (fits(seed)) return seed;
  throw new Error("no such person among ten thousand");
}

describe("a body at fidelity beats", () => {
  test("beats as often as its means say", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const heart = createHeart(seed, noon);
      const beats = heart.upTo(noon + Minutes(10)).length / 10;
      const truth = [0, 2, 4, 6, 8, 10].map((m) => bodyAt(seed, noon + Minutes(m)).heartRate);
      const mean = truth.reduce((sum, one) => sum + one, 0) / truth.length;
      expect(Math.abs(beats - mean)).toBeLessThan(2);
    }
  });

  test("tells each beat once, in order, each an interval after the one before", () => {
    const heart = createHeart(7, noon);
    const beats = [1, 2, 30, 31, 60].flatMap((s) => heart.upTo(noon + Seconds(s)));
    expect(beats).toEqual([...createHeart(7, noon).upTo(noon + Seconds(60))]);
    for (const [index, beat] of beats.entries()) {
      const before = beats[index - 1];
      if (before !== undefined) expect(beat.t - before.t).toBeCloseTo(beat.interval, 3);
    }
  });
});

describe("a body at fidelity samples", () => {
  test("its light has the pulse of its heart", () => {
    const seed = seedWith((one) => createMeansBody(one).wear(noon) === "worn");
    const light = createLight({ seed, heart: createHeart(seed, noon), worn: () => true });
    const pulse = createPulse(pulseSettings);
    const rates: number[] = [];
    for (let ms = 0; ms < Minutes(1); ms += 40) {
      const estimate = pulse.push({ t: ms, light: light(noon + ms) });
      if (estimate !== undefined && estimate.quality >= 70) rates.push(estimate.rate);
    }
    expect(rates.length).toBeGreaterThan(20);
    const mean = rates.reduce((sum, one) => sum + one, 0) / rates.length;
    expect(Math.abs(mean - bodyAt(seed, noon + Seconds(30)).heartRate)).toBeLessThan(3);
  });

  test("its walk has the steps of its means", () => {
    const seed = seedWith((one) => walksAt(one).length > 0);
    const [walk] = walksAt(seed);
    if (walk === undefined) throw new Error("a walk was looked for");
    const movement = createMovement(seed);
    const counter = createStepCounter(rhythmRule);
    let steps = 0;
    for (let t = walk.from; t < walk.to; t += 80) {
      const [x, y, z] = movement(t);
      steps += counter.push({ t: t - walk.from, x, y, z });
    }
    const truth = (personOf(seed).stepRate * (walk.to - walk.from)) / Minutes(1);
    expect(Math.abs(steps - truth) / truth).toBeLessThan(0.1);
  });

  test("its fall is seen, and a day in a chair is none", () => {
    const seed = seedWith((one) => fallAt(one) !== undefined);
    const fall = fallAt(seed) ?? 0;
    expect(fallsBetween(seed, fall - Minutes(1), fall + Minutes(2))).toBe(1);
    const quiet = seedWith((one) => fallAt(one) === undefined && walksAt(one).length === 0);
    expect(fallsBetween(quiet, noon, noon + Minutes(20))).toBe(0);
  });
});

function walksAt(seed: number): readonly { readonly from: number; readonly to: number }[] {
  const { walks, charging, shower } = dayOf(personOf(seed), dayNumber(noon));
  const away = [charging, shower].filter((one) => one !== undefined);
  return walks.filter(
    ({ from, to }) =>
      from > noon - Hours(2) &&
      to < noon + Hours(2) &&
      away.every((one) => one.to < from || one.from > to),
  );
}

function fallAt(seed: number): number | undefined {
  const { fall } = dayOf(personOf(seed), dayNumber(noon));
  const isWorn = fall !== undefined && createMeansBody(seed).wear(fall) === "worn";
  return isWorn ? fall : undefined;
}

function fallsBetween(seed: number, from: number, to: number): number {
  const movement = createMovement(seed);
  const detector = createFallDetector();
  let falls = 0;
  for (let t = from; t < to; t += 20) {
    const [x, y, z] = movement(t);
    const reports = detector.push({ t: t - from, x, y, z });
    falls += reports.filter((report) => report.kind === "fall").length;
  }
  return falls;
}
