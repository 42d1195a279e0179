import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createRecent } from "./recent.ts";

test("what was used lately is remembered as it was set last, and no more than allowed", () => {
  const use = fc.record({ key: fc.nat({ max: 12 }), set: fc.boolean() });
  fc.assert(
    fc.property(fc.array(use), (uses) => {
      const recent = createRecent<number, number>(6);
      const last = new Map<number, number>();
      let order: number[] = [];
      for (const [at, { key, set }] of uses.entries()) {
        if (set) {
          recent.set(key, at);
          last.set(key, at);
        }
        const found = recent.get(key);
        if (found !== undefined) expect(found).toBe(last.get(key) ?? -1);
        if (order.slice(-3).includes(key)) expect(found).toBe(last.get(key) ?? -1);
        if (found !== undefined) order = [...order.filter((one) => one !== key), key];
      }
      const held = [...last.keys()].filter((key) => recent.get(key) !== undefined);
      expect(held.length).toBeLessThanOrEqual(6);
    }),
  );
});
