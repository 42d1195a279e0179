import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { Instant } from "#wire/units.ts";

import { readUtc, writeUtc } from "./utc.ts";

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
