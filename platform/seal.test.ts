import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createSeal, newSealKey } from "./seal.ts";

const seal = createSeal(newSealKey());

test("what a seal closed it opens, and two closings of one text look different", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (plain) => {
      const sealed = seal.close(plain);
      expect(new Uint8Array(seal.open(sealed)!)).toEqual(plain);
      expect(seal.close(plain)).not.toEqual(sealed);
    }),
  );
});

test("a changed bit, a cut end or another key opens nothing", () => {
  const sealed = seal.close(new TextEncoder().encode("a name and a number"));
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = sealed.slice();
    changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
    expect(seal.open(changed)).toBeUndefined();
  }
  for (let length = 0; length < sealed.length; length += 1) {
    expect(seal.open(sealed.subarray(0, length))).toBeUndefined();
  }
  expect(createSeal(newSealKey()).open(sealed)).toBeUndefined();
});

test("a key of another length is no key", () => {
  expect(() => createSeal("c2hvcnQ=")).toThrow("256 bits");
});
