/** The locked dependencies, installed when they are missing or older than the lock file. */
import { existsSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const stamp = join(root, "node_modules", ".vigie-installed");

/** Installs the locked dependencies unless they stand; throws when that fails. Imports no package. */
export async function installDependencies(say: (line: string) => void): Promise<void> {
  const lock = statSync(join(root, "bun.lock")).mtimeMs;
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= lock) return;
  say("installing the locked dependencies");
  const child = Bun.spawn([process.execPath, "install", "--frozen-lockfile"], {
    cwd: root,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error("bun install --frozen-lockfile failed");
  writeFileSync(stamp, "");
  const now = new Date();
  utimesSync(stamp, now, now);
}
