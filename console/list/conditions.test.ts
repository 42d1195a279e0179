import { expect, test } from "bun:test";

import { askedOf, both, conditionsIn, withAsked } from "./conditions.ts";

const filter = "kind==box;(presence.state==late,presence.state==silent);tags.lot=='a;b,c'";

test("conditions are parted where all must hold, and nowhere else", () => {
  expect(conditionsIn(filter)).toEqual([
    "kind==box",
    "(presence.state==late,presence.state==silent)",
    "tags.lot=='a;b,c'",
  ]);
  expect(conditionsIn("")).toEqual([]);
  expect(conditionsIn("kind==box,rev==1")).toBeUndefined();
});

test("what is asked of a leaf is replaced, and the rest stays", () => {
  expect(askedOf(filter, "kind")).toBe("==box");
  expect(askedOf(filter, "tags.lo")).toBeUndefined();
  expect(withAsked("kind==box;rev=gt=1", "kind", "==scale")).toBe("rev=gt=1;kind==scale");
  expect(withAsked("kind==box;rev=gt=1", "kind", undefined)).toBe("rev=gt=1");
  expect(withAsked("", "sync.state", "=in=(pending,delivered)")).toBe(
    "sync.state=in=(pending,delivered)",
  );
});

test("alternatives stay together when something is asked besides", () => {
  expect(withAsked("rev==1,rev==2", "kind", "==box")).toBe("(rev==1,rev==2);kind==box");
  expect(both("rev==1,rev==2", "kind==box")).toBe("(rev==1,rev==2);kind==box");
  expect(both("", "kind==box")).toBe("kind==box");
});
