import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { gaps } from "./outbox-losses.ts";

test("the gaps are every number between that is not present, as rising ranges that do not touch", () => {
  const number = fc.integer({ min: 0, max: 40 });
  const present = fc.array(
    fc.tuple(number, fc.nat(6)).map(([low, length]) => [low, low + length] as const),
  );
  fc.assert(
    fc.property(number, number, present, (above, below, ranges) => {
      const found = gaps({ above, below }, ranges);
      const listed = found.flatMap(([low, high]) =>
        Array.from({ length: high - low + 1 }, (_, i) => low + i),
      );
      const missing = Array.from({ length: 41 }, (_, i) => i).filter(
        (n) => n > above && n < below && !ranges.some(([low, high]) => low <= n && n <= high),
      );
      expect(listed).toEqual(missing);
      for (const [index, [low]] of found.slice(1).entries()) {
        expect(low).toBeGreaterThan(found[index]![1] + 1);
      }
    }),
  );
});
