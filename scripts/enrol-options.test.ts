import { expect, test } from "bun:test";

import { readEnrolOptions } from "./enrol-options.ts";

const read = (line: string): unknown => readEnrolOptions(line.split(" ").filter(Boolean));

test("a home is named by its tenant and its box, and its certificates go beside the state", () => {
  expect(read("--state s --tenant demo --box X-1 --wristband B-2")).toEqual({
    kind: "enrol",
    state: "s",
    tenant: "demo",
    box: "X-1",
    wristband: "B-2",
    out: "s/boxes/X-1",
  });
  expect(read("--tenant demo --box X-1 --out /tmp/o")).toEqual({
    kind: "enrol",
    state: "var",
    tenant: "demo",
    box: "X-1",
    out: "/tmp/o",
  });
});

test("any device may be revoked, and all may be listed", () => {
  expect(read("--revoke B-7")).toEqual({ kind: "revoke", state: "var", serial: "B-7" });
  expect(read("--list --state s")).toEqual({ kind: "list", state: "s" });
});

test.each([
  ["", /one of/],
  ["--list --revoke X-1", /one of/],
  ["--revoke X-1 --box X-1 --tenant demo", /one of/],
  ["--box X-1", /--tenant/],
  ["--tenant Demo --box X-1", /--tenant/],
  ["--tenant demo", /--box/],
  ["--tenant demo --box B-1", /--box/],
  ["--tenant demo --box x-1", /--box/],
  ["--tenant demo --box X-1 --wristband X-2", /--wristband/],
  ["--tenant demo --box X-1 --wristband B_2", /--wristband/],
  ["--revoke everything", /--revoke/],
  ["--tenant demo --box X-1 --colour red", /--colour/],
  ["X-1", /positional/],
])("'%s' is refused with a sentence that names what is wrong", (line, sentence) => {
  expect(() => read(line)).toThrow(sentence);
});
