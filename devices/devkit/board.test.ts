import { expect, test } from "bun:test";

import { failureOf } from "#platform/failure.ts";
import { isTrouble } from "#platform/trouble.ts";
import { Millis } from "#wire/units.ts";

import { boardLine } from "./board.ts";

test("a line at whose end nothing answers is a trouble that may be tried again", async () => {
  const asked: number[] = [];
  const line = boardLine({ listen: () => undefined, write: (bytes) => asked.push(...bytes) });
  const failure = await failureOf(line.open({ within: Millis(400) }));
  expect(isTrouble(failure, "board-unreachable") && failure.retry).toBe("safe");
  // Its version, and the name of its sketch.
  expect(asked).toEqual([0xf9, 0xf0, 0x79, 0xf7]);
});
