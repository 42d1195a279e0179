import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createSeededRandom } from "./memory.ts";
import { realRandom } from "./real.ts";

test("the same seed draws the same, another seed does not", () => {
  const draw = (seed: number | string): number[] => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  expect(draw(7)).toEqual(draw("7"));
  expect(draw(7)).not.toEqual(draw(8));
});

test("a fork depends on its seed and name only, not on what was drawn before", () => {
  const random = createSeededRandom("world");
  const before = random.fork("box").next();
  random.next();
  expect(random.fork("box").next()).toBe(before);
  expect(random.fork("wristband").next()).not.toBe(before);
});

test("seeds that differ in one bit draw unrelated numbers", () => {
  const means = Array.from({ length: 1000 }, (_, seed) => createSeededRandom(seed).next());
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  expect(new Set(means).size).toBe(1000);
});

describe.each([
  ["seeded", createSeededRandom(1)],
  ["real", realRandom],
])("%s chance", (_, random) => {
  test("stays within its ranges", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (low, span) => {
        const drawn = random.integer({ low, high: low + span });
        return Number.isInteger(drawn) && drawn >= low && drawn <= low + span;
      }),
    );
    for (let draw = 0; draw < 10_000; draw += 1) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
    }
  });

  test("is even over ten values", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 50_000; draw += 1) counts[random.integer({ low: 0, high: 9 })]! += 1;
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(400);
  });

  test("gives letters of the wanted length and version 4 uuids", () => {
    expect(random.letters(40)).toMatch(/^[a-z0-9]{40}$/);
    expect(random.letters(0)).toBe("");
    expect(random.uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(random.uuid()).not.toBe(random.uuid());
  });
});
