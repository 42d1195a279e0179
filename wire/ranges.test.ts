import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { addNumber, addRange, contains, isNormal, normalise, type Ranges, size } from "./ranges.ts";

const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
const build = (list: readonly number[]): Ranges => list.reduce<Ranges>(addNumber, []);

describe("ranges", () => {
  test("touching ranges become one", () => {
    expect(
      addRange(
        [
          [1, 2],
          [6, 9],
        ],
        3,
        5,
      ),
    ).toEqual([[1, 9]]);
    expect(
      addRange(
        [
          [1, 2],
          [6, 9],
        ],
        4,
        4,
      ),
    ).toEqual([
      [1, 2],
      [4, 4],
      [6, 9],
    ]);
  });

  test("a range that swallows others leaves one", () => {
    expect(
      addRange(
        [
          [2, 3],
          [5, 6],
          [20, 20],
        ],
        1,
        10,
      ),
    ).toEqual([
      [1, 10],
      [20, 20],
    ]);
  });

  test("a range that goes down is a bug", () => {
    expect(() => addRange([], 3, 2)).toThrow(RangeError);
    expect(() => addNumber([], 1.5)).toThrow(RangeError);
  });

  test("a set holds what was added and nothing else, in normal form, in whatever order", () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const set = build(list);
        const distinct = new Set(list);
        for (let n = 0; n <= 61; n++) expect(contains(set, n)).toBe(distinct.has(n));
        expect(size(set)).toBe(distinct.size);
        expect(isNormal(set, -1)).toBe(true);
        expect(build(list.toReversed())).toEqual(set);
        expect(build([...list, ...list])).toEqual(set);
      }),
    );
  });

  test("adding a range is adding its numbers", () => {
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 1, max: 50 }),
        fc.nat({ max: 10 }),
        (list, from, more) => {
          const each = Array.from({ length: more + 1 }, (_, i) => from + i);
          expect(addRange(build(list), from, from + more)).toEqual(build([...list, ...each]));
        },
      ),
    );
  });

  test("normalising says the same numbers with as few ranges as there can be", () => {
    fc.assert(
      fc.property(fc.nat({ max: 30 }), numbers, (upTo, list) => {
        const set = build(list);
        const received = normalise(upTo, set);
        for (let n = 1; n <= 61; n++) {
          const held = n <= received.upTo || contains(received.ranges, n);
          expect(held).toBe(n <= upTo || contains(set, n));
        }
        expect(isNormal(received.ranges, received.upTo)).toBe(true);
        expect(normalise(received.upTo, received.ranges)).toEqual(received);
      }),
    );
  });

  test("ranges out of order, touching, or below the floor are not normal", () => {
    expect(
      isNormal(
        [
          [5, 6],
          [2, 3],
        ],
        0,
      ),
    ).toBe(false);
    expect(
      isNormal(
        [
          [2, 3],
          [4, 6],
        ],
        0,
      ),
    ).toBe(false);
    expect(isNormal([[2, 3]], 1)).toBe(false);
    expect(isNormal([[4, 3]], 0)).toBe(false);
    expect(
      isNormal(
        [
          [3, 3],
          [5, 8],
        ],
        1,
      ),
    ).toBe(true);
  });
});
