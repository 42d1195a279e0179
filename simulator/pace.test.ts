import { expect, test } from "bun:test";

import { Hours } from "#wire/units.ts";

import { homeTime } from "./pace.ts";

const begun = Date.UTC(2026, 2, 2);

test("a home that starts a day ago at 43,200 times meets the world within 2.001 seconds and stays", () => {
  const pace = { begun, since: Hours(24), speed: 43_200 };
  expect(homeTime(pace, begun)).toBe(begun - Hours(24));
  expect(homeTime(pace, begun + 1999)).toBeLessThan(begun + 1999);
  expect(homeTime(pace, begun + 2001)).toBe(begun + 2001);
  expect(homeTime(pace, begun + Hours(1))).toBe(begun + Hours(1));
});

test("a home without a past lives in the world's time from the start", () => {
  const pace = { begun, since: 0, speed: 1 };
  expect(homeTime(pace, begun)).toBe(begun);
  expect(homeTime(pace, begun + 5)).toBe(begun + 5);
});
