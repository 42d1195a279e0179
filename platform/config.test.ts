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

test("the help names every option with its default and unit", () => {
  expect(optionHelp()).toContain("--since");
  expect(optionHelp()).toContain("(24 hours)");
});

test("loopback is recognised by address and name, and nothing else is", () => {
  expect(["127.0.0.1", "127.4.5.6", "::1", "localhost"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "10.0.0.1", "::", "127.0.0.1.example"].some(isLoopback)).toBe(false);
});
