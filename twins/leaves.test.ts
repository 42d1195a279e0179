import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Json, JsonObject } from "#wire/messages.ts";

import type { LeafMeta, Part } from "./document.ts";
import { compareStamps, emptyPart, isObject, leavesOf, writeLeaf } from "./leaves.ts";

function at(t: number, more: Partial<LeafMeta> = {}): LeafMeta {
  return { t, r: t, epoch: "a", seq: 1, src: "reported", ...more };
}

function written(...writes: [path: string, value: Json, meta: LeafMeta][]): Part {
  return writes.reduce<Part>(
    (part, [path, value, meta]) => writeLeaf(part, { path, value, meta }),
    emptyPart,
  );
}

describe("the order rule", () => {
  test("TW-04: orders by time, then epoch, then number", () => {
    expect(compareStamps(at(2), at(1, { epoch: "z", seq: 9 }))).toBeGreaterThan(0);
    expect(compareStamps(at(1, { epoch: "b" }), at(1, { seq: 9 }))).toBeGreaterThan(0);
    expect(compareStamps(at(1, { seq: 2 }), at(1))).toBeGreaterThan(0);
    expect(compareStamps(at(1), at(1, { r: 5 }))).toBe(0);
  });

  test("TW-04: an older report changes nothing, and gives back the same part", () => {
    const part = written(["battery", 80, at(10)]);
    expect(writeLeaf(part, { path: "battery", value: 90, meta: at(9) })).toBe(part);
    expect(writeLeaf(part, { path: "battery", value: 90, meta: at(10) })).toBe(part);
  });

  test("TW-04: a deletion leaves a tombstone that an older report cannot undo", () => {
    const part = written(
      ["battery", 80, at(10)],
      ["battery", null, at(12)],
      ["battery", 7, at(11)],
    );
    expect(part.reported).toEqual({});
    expect(part.meta["battery"]).toEqual({ ...at(12), gone: true });
    expect(written(["battery", null, at(12)], ["battery", 9, at(13)]).reported).toEqual({
      battery: 9,
    });
  });

  test("a plain value replaces the older leaves below it, and none that is newer", () => {
    const writes: [string, Json, LeafMeta][] = [
      ["cell/operator", "F", at(1)],
      ["cell", "none", at(2)],
      ["cell/signal", -90, at(3)],
    ];
    const expected = { cell: { signal: -90 } };
    expect(written(...writes).reported).toEqual(expected);
    expect(written(...writes.toReversed())).toEqual(written(...writes));
  });

  test("an array is one leaf, and an empty object none", () => {
    expect([...leavesOf({ a: [1, { b: 2 }], c: { d: {}, e: null } })]).toEqual([
      { path: "a", value: [1, { b: 2 }] },
      { path: "c/e", value: null },
    ]);
  });
});

const paths = ["a", "a/b", "a/b/c", "a/d", "b", "b/c"] as const;
const write = fc.record({
  path: fc.constantFrom(...paths),
  value: fc.constantFrom<Json>(null, 1, "x", [1]),
  t: fc.integer({ min: 1, max: 6 }),
  epoch: fc.constantFrom("a", "b"),
});

describe("laws", () => {
  const writes = fc
    .array(write, { maxLength: 20 })
    .map((list) => list.map((w, seq) => ({ ...w, meta: at(w.t, { epoch: w.epoch, seq }) })));
  const foldAll = (list: readonly { path: string; value: Json; meta: LeafMeta }[]): Part =>
    list.reduce<Part>(writeLeaf, emptyPart);

  test("TW-04: any order and any repetition of writes gives the same part", () => {
    const shuffled = writes.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.array(fc.nat({ max: Math.max(0, list.length - 1) })),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other, again]) => {
        const repeated = [...other, ...again.flatMap((index) => list[index] ?? [])];
        expect(foldAll(repeated)).toEqual(foldAll(list));
      }),
      { numRuns: 2000 },
    );
  });

  test("TW-04: in order of time, it is what merge patches one after another give", () => {
    fc.assert(
      fc.property(writes, (list) => {
        const ordered = list.toSorted((a, b) => compareStamps(a.meta, b.meta));
        const patched = ordered.reduce<Json>((doc, w) => mergePatch(doc, patchOf(w)), {});
        expect(foldAll(list).reported).toEqual(pruned(patched));
      }),
      { numRuns: 2000 },
    );
  });
});

function patchOf(w: { path: string; value: Json }): JsonObject {
  const names = w.path.split("/");
  return names.reduceRight<Json>((inner, name) => ({ [name]: inner }), w.value) as JsonObject;
}

/** RFC 7396, as its own text puts it. */
function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name] ?? null, value);
  }
  return result;
}

/** Without empty objects, which name no leaf. */
function pruned(value: Json): JsonObject {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).map(([name, inner]): [string, Json] => [
    name,
    isObject(inner) ? pruned(inner) : inner,
  ]);
  return Object.fromEntries(
    entries.filter(([, inner]) => !isObject(inner) || Object.keys(inner).length > 0),
  );
}
