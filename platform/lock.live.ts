import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ownerOf, takeLock } from "./lock.ts";

const child = `
  const { takeLock } = await import(${JSON.stringify(new URL("./lock.ts", import.meta.url).pathname)});
  console.log(takeLock(process.argv[1]) === undefined ? "refused" : "held");
  await new Promise((resolve) => process.stdin.on("end", resolve).resume());
`;

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  for await (const chunk of stream) return new TextDecoder().decode(chunk).trim();
  return "";
}

test("a folder has one owner, and is free again the moment that owner is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vigie-lock-"));
  const spawn = () =>
    Bun.spawn([process.execPath, "-e", child, folder], { stdin: "pipe", stdout: "pipe" });
  const first = spawn();
  expect(await firstLine(first.stdout)).toBe("held");
  expect(ownerOf(folder)).toBe(String(first.pid));
  expect(takeLock(folder)).toBeUndefined();
  first.kill("SIGKILL");
  await first.exited;
  const lock = takeLock(folder);
  expect(lock).toBeDefined();
  lock?.release();
  rmSync(folder, { recursive: true });
});
