import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { Instant, lastInstant } from "#wire/units.ts";

import { readMoment, readUtc, writeUtc } from "./utc.ts";

test("an instant that is written is read again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (at) => {
      expect(readUtc(writeUtc(Instant(at)))).toBe(Instant(at));
    }),
  );
});

test("what names no instant is none", () => {
  expect(readUtc("2026-01-01T00:00:00Z")).toBe(Instant(1_767_225_600_000));
  for (const text of ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+01:00"]) {
    expect(readUtc(text)).toBeUndefined();
  }
});

test("a moment is read as people write it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lastInstant }), (ms) => {
      const text = new Date(ms).toISOString();
      expect<number | undefined>(readMoment(text)).toBe(ms);
      const day = text.slice(0, 10);
      expect<number | undefined>(readMoment(day)).toBe(Date.parse(day));
    }),
  );
  const offset = readMoment("2026-11-03T14:00+01:00");
  expect<number | undefined>(offset).toBe(Date.UTC(2026, 10, 3, 13));
});

test.each([
  ...["", "now", "2026-02-29", "2026-13-01", "2026-02-30T10:00Z", "2026-11-03T25:00Z"],
  ...["2026-11-03T14:00", "1969-12-31", "2026-11-03 14:00Z"],
])("%p is no moment", (text) => {
  expect(readMoment(text)).toBeUndefined();
});
