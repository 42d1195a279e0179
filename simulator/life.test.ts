import { describe, expect, test } from "bun:test";

import { Hours } from "#wire/units.ts";

import { parseLife, takeUp } from "./life.ts";

const now = Date.UTC(2026, 2, 2);
const wanted = { seed: "vigie", profile: "seed", since: Hours(24), now };

describe("homes that begin again", () => {
  test("have a past of the length asked for when they never lived", () => {
    expect(takeUp(undefined, wanted)).toMatchObject({
      start: now - Hours(24),
      until: now - Hours(24),
    });
  });

  test("go on from where they were", () => {
    const before = {
      seed: "vigie",
      profile: "seed",
      start: now - Hours(50),
      until: now - Hours(2),
    };
    expect(takeUp(before, wanted)).toEqual(before);
  });

  test.each([
    ["of another seed", { seed: "other", profile: "seed", start: now - 2, until: now - 1 }],
    ["of another profile", { seed: "vigie", profile: "dense", start: now - 2, until: now - 1 }],
    ["too long ago", { seed: "vigie", profile: "seed", start: 0, until: now - Hours(80) }],
    ["in the future", { seed: "vigie", profile: "seed", start: 0, until: now + 1 }],
  ])("begin anew after a life %s", (_, before) => {
    expect(takeUp(before, wanted)).toEqual(takeUp(undefined, wanted));
  });

  test("are not misled by a file that is no life", () => {
    for (const text of ["", "{", "null", '{"seed":"a","profile":"b","start":5,"until":4}']) {
      expect(parseLife(text)).toBeUndefined();
    }
    const life = { seed: "a", profile: "b", start: 4, until: 5 };
    expect(parseLife(JSON.stringify(life))).toEqual(life);
  });
});
