/**
 * Processes that may be a Redis of ours, told by their command line: a pid alone proves nothing,
 * since numbers return.
 */
import { readFileSync } from "node:fs";

import type { Log } from "#platform/log.ts";

import { confPath } from "./folder.ts";

/** Whether `pid` is alive and serves from `dir`. */
export function servesFrom(dir: string, pid: number): boolean {
  const line = commandLine(pid);
  return line.includes("redis-server") && line.includes(confPath(dir));
}

/**
 * Resolves with true once `pid` no longer serves from `dir`, with false when it still does after
 * `withinMs`.
 */
export async function isGone(
  dir: string,
  process: { pid: number; withinMs: number; everyMs?: number },
): Promise<boolean> {
  const deadline = performance.now() + process.withinMs;
  while (servesFrom(dir, process.pid)) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(process.everyMs ?? 20);
  }
  return true;
}

const patienceMs = 5000;

/** Ends the server that serves from `dir`, politely, then not; resolves when it is gone. */
export async function endProcess(dir: string, pid: number, log: Log): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!servesFrom(dir, pid)) return;
    log.info("stopping redis", { pid, signal });
    send(pid, signal);
    // A stopped process hears nothing until it is continued.
    send(pid, "SIGCONT");
    if (await isGone(dir, { pid, withinMs: patienceMs })) return;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended meanwhile, which is what was wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The command line; empty for what is dead, a zombie included. */
function commandLine(pid: number): string {
  if (process.platform === "linux") {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  }
  const listed = Bun.spawnSync(["ps", "-ww", "-o", "command=", "-p", String(pid)]);
  return listed.success ? listed.stdout.toString() : "";
}
