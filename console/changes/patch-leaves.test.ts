import { expect, test } from "bun:test";

import { leavesOf, patchOf } from "./patch-leaves.ts";

const leaves = [
  { path: "config/profile", value: "dense" },
  { path: "config/thresholds/battery", value: 15 },
  { path: "firmware/version", value: null },
];

test("a patch made of leaves says those leaves", () => {
  expect(patchOf(leaves)).toEqual({
    parts: {
      config: { desired: { profile: "dense", thresholds: { battery: 15 } } },
      firmware: { desired: { version: null } },
    },
  });
  expect(leavesOf(patchOf(leaves))).toEqual(leaves);
});

test("tags are leaves too, and nonsense has none", () => {
  expect(leavesOf({ tags: { lot: "L1" } })).toEqual([{ path: "tags/lot", value: "L1" }]);
  expect(leavesOf("nonsense")).toEqual([]);
});
