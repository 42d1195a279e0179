import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { hasReached, readPositions, startPositions, writePositions } from "./positions.ts";

const id = fc
  .tuple(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: 1e6 }))
  .map(([ms, seq]) => `${ms}-${seq}`);
const positions = fc.array(id, { minLength: 1, maxLength: 32 });

test("positions written are read back, and only for as many partitions", () => {
  fc.assert(
    fc.property(positions, (all) => {
      const text = writePositions(all);
      expect(text).toMatch(/^[\w-]+$/);
      expect(readPositions(text, all.length)).toEqual(all);
      expect(readPositions(text, all.length + 1)).toBeUndefined();
    }),
  );
});

test("no text whatsoever is read as positions that were never written", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      const read = readPositions(text, 4);
      if (read !== undefined) expect(readPositions(writePositions(read), 4)).toEqual(read);
    }),
    { numRuns: 500 },
  );
  expect(readPositions("", 1)).toBeUndefined();
  expect(readPositions("%%%", 1)).toBeUndefined();
});

test("a reader has reached a position when it has in every partition", () => {
  expect(hasReached(["5-1", "9-0"], ["5-1", "8-7"])).toBe(true);
  expect(hasReached(["5-1", "9-0"], ["5-2", "8-7"])).toBe(false);
  expect(hasReached(startPositions(2), ["0-0", "0-0"])).toBe(true);
});
