import { expect, test } from "bun:test";

import * as fc from "fast-check";

import type { JsonObject } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { holdsRql } from "./rql-match.ts";
import { parseRql, rqlLimits } from "./rql.ts";

const now = Instant(1_767_225_600_000);
const thing: JsonObject = {
  thingId: "nice:B-1",
  _modified: "2025-12-31T23:00:00.000Z",
  attributes: { room: "12", floor: 2, tags: ["a", "b"], none: null, "a/b": 1 },
  features: { lamp: { properties: { on: true } }, door: { properties: { on: false } } },
};

function holds(text: string): boolean {
  const read = parseRql(text);
  if (read.kind === "fault") throw new Error(`${read.why} at ${read.at}`);
  return holdsRql(read.root, thing, now);
}

test("each operator says what it says", () => {
  const fitting = [
    'eq(attributes/room,"12")',
    "eq(attributes/none,null)",
    'ne(attributes/room,"13")',
    "ne(attributes/absent,1)",
    "gt(attributes/floor,1.5)",
    "and(ge(attributes/floor,2),le(attributes/floor,2))",
    'lt(attributes/room,"2")',
    'in(attributes/room,"11","12")',
    'like(attributes/room,"1?")',
    'ilike(thingId,"NICE:*")',
    "exists(/features/lamp)",
    "exists(features/*/properties/on)",
    "eq(features/*/properties/on,false)",
    "empty(attributes/absent)",
    'eq(attributes/tags,"b")',
    "not(exists(attributes/absent))",
    "or(exists(attributes/absent),exists(attributes/a~1b))",
    "gt(_modified,time:now-2h)",
    "lt( _modified , time:now )",
  ];
  for (const text of fitting) expect(`${text} ${holds(text)}`).toBe(`${text} true`);
  const failing = [
    'gt(attributes/room,"2")',
    "gt(attributes/room,1)",
    'eq(attributes/floor,"2")',
    "eq(attributes/absent,null)",
    'like(thingId,"B-1")',
    "gt(_modified,time:now-30m)",
    "empty(attributes/room)",
  ];
  for (const text of failing) expect(`${text} ${holds(text)}`).toBe(`${text} false`);
});

test("what is no expression is a fault at a place within it, never a throw", () => {
  const wrong = [
    "",
    "eq",
    "eq(a)",
    "eq(a,)",
    "eq(a,b)",
    "has(a,1)",
    'eq(a,"x)',
    "eq(a,1)x",
    "not()",
  ];
  for (const text of wrong) expect(parseRql(text).kind).toBe("fault");
  expect(parseRql("x".repeat(rqlLimits.characters + 1)).kind).toBe("fault");
  expect(parseRql(`${"not(".repeat(1_000)}exists(a)${")".repeat(1_000)}`).kind).toBe("fault");
  const words = fc.constantFrom(
    "and",
    "eq",
    "not",
    "(",
    ")",
    ",",
    '"a"',
    "a/b",
    "1",
    " ",
    "time:now",
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 20 }), (all) => {
      const text = all.join("");
      const read = parseRql(text);
      if (read.kind === "fault") expect(read.at).toBeLessThanOrEqual(text.length);
    }),
  );
});

test("a pattern fits as its regular expression does, and costs no more than its length", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.stringMatching(/^[ab]{0,8}$/), (marks, text) => {
      const pattern = marks.join("");
      const shape = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      const read = parseRql(`like(t,"${pattern}")`);
      if (read.kind === "fault") throw new Error(read.why);
      expect(holdsRql(read.root, { t: text }, now)).toBe(shape.test(text));
    }),
  );
  const read = parseRql(`like(t,"${"*a".repeat(100)}b")`);
  if (read.kind === "fault") throw new Error(read.why);
  expect(holdsRql(read.root, { t: "a".repeat(10_000) }, now)).toBe(false);
});
