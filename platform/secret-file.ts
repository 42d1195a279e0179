/**
 * A secret that is made once and kept in a file that only its owner may read.
 */
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { Trouble } from "./trouble.ts";

/**
 * The text in the file; when there is none, what `create` makes, written whole (0600) before it is answered. Of several
 * processes that start at once, all get the text of the first. Throws Trouble `secret-unreadable` (never).
 */
export async function keepSecret(path: string, create: () => Promise<string>): Promise<string> {
  try {
    const kept = await read(path);
    if (kept !== undefined) return kept;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await place(path, await create());
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Trouble("secret-unreadable", { retry: "never", detail: path, cause });
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    await chmod(path, 0o600);
    return text;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Written aside and then linked: a reader sees a whole file, and the first of two writers wins. */
async function place(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await rm(draft);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
