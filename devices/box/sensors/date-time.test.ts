import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { type DateTime, decodeDateTime, instantOf } from "./date-time.ts";

function fieldsOf(ms: number): DateTime {
  const date = new Date(ms);
  return {
    ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
  };
}

test("every second from 1970 to 9999 is the host's own", () => {
  const law = fc.property(fc.nat(253_402_300_799), (seconds) => {
    const fields = fieldsOf(seconds * 1000);
    expect(decodeDateTime(fields)).toEqual(fields);
    expect(Number(instantOf(fields, 0))).toBe(seconds * 1000);
  });
  fc.assert(law);
});

test("a clock east of Greenwich shows a later time for the same instant", () => {
  const noon = fieldsOf(Date.UTC(2024, 1, 29, 12));
  expect(Number(instantOf(noon, 60))).toBe(Date.UTC(2024, 1, 29, 11));
  expect(instantOf(fieldsOf(0), 60)).toBeUndefined();
  expect(instantOf({ ...noon, year: 1900 }, 0)).toBeUndefined();
});

test("there are dates that are none, and dates that are not known", () => {
  const day = { year: 2023, month: 2, day: 28, hour: 0, minute: 0, second: 0 };
  const wrong = [{ day: 29 }, { month: 13 }, { day: 32 }, { hour: 24 }, { minute: 60 }];
  for (const change of [...wrong, { second: 60 }, { year: 1581 }, { year: 10_000 }]) {
    expect(decodeDateTime({ ...day, ...change })).toBe("reserved");
  }
  for (const change of [{ year: 0 }, { month: 0 }, { day: 0 }]) {
    expect(decodeDateTime({ ...day, ...change })).toBe("unknown");
  }
  expect(decodeDateTime({ ...day, year: 1900, day: 29 })).toBe("reserved");
  expect(decodeDateTime({ ...day, year: 2000, day: 29 })).not.toBe("reserved");
});
