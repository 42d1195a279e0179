import { expect, test } from "bun:test";

import type { TwinView } from "#api/twins/contract.ts";

import { desiredAt, differencesBetween, wishBody } from "./overtaken.ts";
import { twinWith } from "./specimen.ts";

test("a reading in between is no difference, somebody's wish and tag are", () => {
  const before = twinWith({ tags: { lot: "L1" }, wishes: { "config/profile": "seed" } });
  const read: TwinView = { ...before, rev: 9, modifiedAt: 5 };
  expect(differencesBetween(before, read)).toEqual([]);
  const written = twinWith({
    tags: { lot: "L2" },
    wishes: { "config/profile": "dense", "config/thresholds/battery": 15 },
  });
  expect(
    differencesBetween(before, written).map(({ path, before: was, after }) => [path, was, after]),
  ).toEqual([
    ["config/profile", "seed", "dense"],
    ["config/thresholds/battery", undefined, 15],
    ["tags/lot", "L1", "L2"],
  ]);
});

test("a wish that was withdrawn meanwhile is a difference", () => {
  const before = twinWith({ wishes: { "config/profile": "seed" } });
  expect(differencesBetween(before, twinWith({}))).toEqual([
    { path: "config/profile", before: "seed", after: undefined, wish: undefined },
  ]);
});

test("what a patch sets stands where it is read", () => {
  const { parts } = twinWith({ wishes: { "config/thresholds/battery": 15 } });
  expect(desiredAt(parts, "config/thresholds/battery")).toBe(15);
  expect(desiredAt(parts, "config/thresholds/other")).toBeUndefined();
  expect(wishBody("config/thresholds/battery", null)).toEqual({
    parts: { config: { desired: { thresholds: { battery: null } } } },
  });
});
