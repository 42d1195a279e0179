import { expect, test } from "bun:test";

import { isLoopback, optionHelp, readOptions } from "./config.ts";

test("no arguments give the documented defaults", () => {
  const read = readOptions([]);
  if (read.kind !== "options") throw new Error(read.why);
  expect(read.options).toMatchObject({ homes: 50, sinceHours: 24, state: "var", role: "all" });
  expect(read.options.ports).toEqual({ api: 8080, mqtt: 8883, plain: 1883, door: 8443 });
});

test.each([
  ["--homes", "many"],
  ["--homes", "-1"],
  ["--since", "72"],
  ["--role", "king"],
  ["--prot", "8080"],
  ["--port", "70000"],
])("a start told %s %s says what is wrong", (name, value) => {
  const read = readOptions([name, value]);
  expect(read.kind).toBe("refused");
  expect(read.kind === "refused" && read.why).toContain(name.slice(2, 6));
});

test("CF-23: the time-outs of presence are set by name, within their ranges and without contradiction", () => {
  const read = readOptions(["--late-after", "60", "--silent-after", "120", "--late-factor", "2"]);
  if (read.kind !== "options") throw new Error(read.why);
  expect(read.options.presence).toMatchObject({
    lateAfter: 60_000,
    silentAfter: 120_000,
    lateFactor: 2,
    silentFactor: 3,
    hintAfter: 1_800_000,
  });
  const why = (...args: string[]): string => {
    const refused = readOptions(args);
    return refused.kind === "refused" ? refused.why : "";
  };
  expect(why("--silent-after", "40")).toContain("late before it is silent");
  expect(why("--late-after", "30")).toContain("more than one heartbeat");
  expect(why("--hint-after", "1")).toContain("later than the twin");
  expect(why("--silent-factor", "many")).toContain("--silent-factor");
  expect(why("--task-after", "0")).toContain("--task-after");
});

test("the help names every option with its default and unit", () => {
  expect(optionHelp()).toContain("--since");
  expect(optionHelp()).toContain("(24 hours)");
});

test("loopback is recognised by address and name, and nothing else is", () => {
  expect(["127.0.0.1", "127.4.5.6", "::1", "localhost"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "10.0.0.1", "::", "127.0.0.1.example"].some(isLoopback)).toBe(false);
});
