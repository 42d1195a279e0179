import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { lastInstant } from "#wire/units.ts";

import { parseIsoInstant } from "./iso-instant.ts";

test("any moment is read as it is written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lastInstant }), (ms) => {
      const text = new Date(ms).toISOString();
      expect<number | undefined>(parseIsoInstant(text)).toBe(ms);
      const day = text.slice(0, 10);
      expect<number | undefined>(parseIsoInstant(day)).toBe(Date.parse(day));
    }),
  );
});

test("an offset is taken off", () => {
  expect<number | undefined>(parseIsoInstant("2026-11-03T14:00+01:00")).toBe(
    Date.UTC(2026, 10, 3, 13),
  );
  expect<number | undefined>(parseIsoInstant("2026-11-03T14:00:30.5-03:30")).toBe(
    Date.UTC(2026, 10, 3, 17, 30, 30, 500),
  );
});

test.each([
  "",
  "now",
  "2026-02-29",
  "2026-13-01",
  "2026-11-03T24:00Z",
  "2026-11-03T14:00",
  "1969-12-31",
])("%p is no moment", (text) => {
  expect(parseIsoInstant(text)).toBeUndefined();
});
