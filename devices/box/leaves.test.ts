import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { leavesOf, partsOf } from "./leaves.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,4}$/).filter((word) => !(word in {}));
const plain = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer()));
const tree = fc.dictionary(name, fc.oneof(plain, fc.dictionary(name, plain, { minKeys: 1 })), {
  minKeys: 1,
  maxKeys: 5,
});

test("parts that were taken apart into leaves are the same when put together", () => {
  const law = fc.property(tree, tree, (config, wear) => {
    expect(partsOf(leavesOf({ config, wear }))).toEqual({ config, wear });
  });
  fc.assert(law);
});

test("leaves of what is no part make none", () => {
  for (const path of ["colour/red", "vitals/heart-rate", "config", "config/", "config/__proto__"]) {
    expect(partsOf([{ path, value: 1 }])).toBeUndefined();
  }
});

test("of two leaves of one path the last holds", () => {
  const leaves = [1, 2].map((value) => ({ path: "config/a/b", value }));
  expect(partsOf(leaves)).toEqual({ config: { a: { b: 2 } } });
});
