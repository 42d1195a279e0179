import { expect, test } from "bun:test";

import { skewOf } from "./clock.ts";

const date = "Sat, 21 Nov 2026 14:47:42 GMT";
const at = Date.parse(date);

test("a reader's clock that is ten minutes slow is noticed, one that is a second off is not", () => {
  expect(skewOf(date, at - 600_000)).toBe(600_000);
  expect(skewOf(date, at + 999)).toBe(0);
});

test("an answer that tells no time changes nothing", () => {
  expect(skewOf(null, at)).toBe(0);
  expect(skewOf("soon", at)).toBe(0);
});
