import { expect, test } from "bun:test";

import { markAt } from "./filter-mark.ts";

test("the condition that is wrong is marked, and no other", () => {
  expect(markAt("kind==box;nope==3;rev=gt=1", 10)).toEqual({
    before: "kind==box;",
    wrong: "nope==3",
    after: ";rev=gt=1",
  });
});

test("a filter that ends too early is marked behind its end", () => {
  expect(markAt("kind==", 6)).toEqual({ before: "kind==", wrong: "\u00a0", after: "" });
});

test("a sign that is wrong by itself is marked", () => {
  expect(markAt("(kind==box", 10)).toMatchObject({ wrong: "\u00a0" });
  expect(markAt("kind==box)", 9)).toMatchObject({ before: "kind==box", wrong: ")" });
});
