import { describe, expect, test } from "bun:test";

import { Hours } from "#wire/units.ts";

import { parseOptions } from "./options.ts";

describe("the fleet's options", () => {
  test("make a past of 24 hours pass in two seconds unless told otherwise", () => {
    const usual = parseOptions(["--state", "var", "--since", "24"]);
    expect(usual).toMatchObject({ options: { since: Hours(24), speed: 43_200, outbox: "disk" } });
    const slow = parseOptions(["--state", "var", "--since", "24", "--speed", "60"]);
    expect(slow).toMatchObject({ options: { speed: 60 } });
    expect(parseOptions(["--state", "var"])).toMatchObject({ options: { since: 0, speed: 1 } });
  });

  test.each([
    [["--homes", "5"], "--state DIR is needed"],
    [["--state", "var", "--since", "72"], "--since is a number from 0 to 71, not 72"],
    [["--state", "var", "--homes", "many"], "--homes is a number from 1 to 1000000, not many"],
    [["--state", "var", "--profile", "thick"], "--profile is seed or dense, not thick"],
    [["--state", "var", "--hoems", "5"], "hoems"],
  ])("refuse %p with a sentence", (args, why) => {
    expect(parseOptions(args)).toMatchObject({ kind: "refused" });
    expect(JSON.stringify(parseOptions(args))).toContain(why);
  });
});
