import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createRing } from "./ring.ts";

test("a ring remembers the last numbers, newest first, and nothing before", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 100 }),
      (capacity, pushed) => {
        const ring = createRing(new Int16Array(capacity));
        for (const value of pushed) ring.push(value);
        const remembered = Array.from({ length: capacity }, (_, age) => ring.at(age));
        const expected = pushed.toReversed().concat(Array(capacity).fill(0)).slice(0, capacity);
        expect(remembered).toEqual(expected);
      },
    ),
  );
});
