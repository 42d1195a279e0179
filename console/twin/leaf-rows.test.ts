import { expect, test } from "bun:test";

import { leafRows } from "./leaf-rows.ts";
import { twinWith } from "./specimen.ts";

const twin = twinWith({
  reported: { "power/battery": 40, "config/profile": "seed", "vitals/steps": 9 },
  wishes: { "config/profile": "dense" },
});

test("each leaf is one row, with what is reported and what is desired of it", () => {
  const rows = leafRows(twin, false).flatMap((part) => part.rows);
  expect(rows.map(({ path, leaf, desired }) => [path, leaf?.value, desired])).toEqual([
    ["vitals/steps", 9, undefined],
    ["config/profile", "seed", "dense"],
    ["power/battery", 40, undefined],
  ]);
});

test("what has neither been reported nor wished for is there for those who may wish for it only", () => {
  const paths = (mayWish: boolean): string[] =>
    leafRows(twin, mayWish).flatMap(({ rows }) => rows.map(({ path }) => path));
  expect(paths(false)).not.toContain("firmware/version");
  expect(paths(true)).toContain("firmware/version");
});
