import { expect, test } from "bun:test";

import * as fc from "fast-check";

import {
  furthest,
  hasReached,
  movedTo,
  readPlace,
  readPositions,
  startPositions,
  writePlace,
  writePositions,
} from "./positions.ts";

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

test("the place of a write is read back, and only in a state that has its partition", () => {
  fc.assert(
    fc.property(fc.nat({ max: 15 }), id, (q, entry) => {
      expect(readPlace(writePlace({ q, id: entry }), 16)).toEqual({ q, id: entry });
      expect(readPlace(writePlace({ q, id: entry }), q)).toBeUndefined();
    }),
  );
  for (const text of ["", "1", "1-2", "-1-2-3", "1-2-3-4", "x-1-1"]) {
    expect(readPlace(text, 16)).toBeUndefined();
  }
});

test("positions only ever move on", () => {
  fc.assert(
    fc.property(fc.tuple(id, id), fc.tuple(id, id), (a, b) => {
      const both = furthest(a, b);
      expect(hasReached(both, a) && hasReached(both, b)).toBe(true);
      expect(both.every((each, p) => each === a[p] || each === b[p])).toBe(true);
      const moved = movedTo(a, { q: 1, id: b[1] });
      expect([moved[0], hasReached(moved, [a[0], b[1]])]).toEqual([a[0], true]);
    }),
  );
});
