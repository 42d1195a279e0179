import { expect, test } from "bun:test";

import { findRedis, installRedis } from "./install.ts";

test("a server that is there is found, and not installed again", async () => {
  const said: string[] = [];
  expect(await installRedis((line) => said.push(line))).toBe(findRedis()!);
  expect(said).toEqual([]);
});
