import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { Adxl345, type Motion } from "./adxl345.ts";

const format = { fullResolution: 0x08, range2: 0, range4: 1, range8: 2, range16: 3 };

/** The chip as an Arduino would set it up, and what its data registers then say. */
function read(motion: Motion, setting: number, power = 0x08): readonly number[] {
  const chip = new Adxl345(() => motion);
  for (const [place, value] of [
    [0x2d, power],
    [0x31, setting],
  ] as const) {
    chip.begin();
    chip.write(place);
    chip.write(value);
  }
  chip.begin();
  chip.write(0x32);
  const view = new DataView(Uint8Array.from({ length: 6 }, () => chip.read()).buffer);
  return [0, 2, 4].map((place) => view.getInt16(place, true));
}

test("it says who it is, and will not be told otherwise", () => {
  const chip = new Adxl345(() => ({ x: 0, y: 0, z: 0 }));
  chip.begin();
  expect([chip.write(0), chip.write(1)]).toEqual([true, false]);
  chip.begin();
  chip.write(0);
  expect(chip.read()).toBe(0xe5);
});

test("it measures nothing until it is told to", () => {
  expect(read({ x: 0, y: 0, z: 1000 }, format.range2, 0)).toEqual([0, 0, 0]);
});

test("a g is 256 counts in full resolution, and ten bits of the range otherwise", () => {
  const motion = { x: 0, y: -500, z: 1000 };
  expect(read(motion, format.fullResolution + format.range16)).toEqual([0, -128, 256]);
  expect(read(motion, format.range2)).toEqual([0, -128, 256]);
  expect(read(motion, format.range16)).toEqual([0, -16, 32]);
});

test("whatever it feels lies within its range", () => {
  const mg = fc.integer({ min: -40_000, max: 40_000 });
  fc.assert(
    fc.property(mg, fc.constantFrom(0, 1, 2, 3), (x, range) => {
      const [counts = 0] = read({ x, y: 0, z: 0 }, format.fullResolution + range);
      const limit = 256 * (2 << range);
      const clipped = Math.max(-limit, Math.min(limit - 1, Math.round(x * 0.256))) + 0;
      expect(counts).toBe(clipped);
    }),
  );
});
