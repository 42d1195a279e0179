/** The start command as a child process, for live tests and measurements. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { readPid } from "#platform/redis/folder.ts";

import { until } from "./until.ts";

/** What `demo.json` says, as far as tests use it. */
export interface Demo {
  readonly api: string;
  readonly mqtt: string;
  readonly door: string;
  readonly ca: string;
  readonly box: {
    readonly serial: string;
    readonly wristband: string;
    readonly tenant: string;
    readonly cert: string;
    readonly key: string;
  };
  readonly users: Readonly<Record<string, { readonly token: string }>>;
}

/** A running Vigie. */
export interface Vigie {
  readonly pid: number;
  readonly demo: Demo;
  readonly exited: Promise<number>;
  /** GET from the API with a role's token; answers status and JSON. */
  readonly get: <T>(path: string, role?: string) => Promise<{ status: number; body: T }>;
  /** As Ctrl-C does; resolves with the exit code. */
  stop(): Promise<number>;
  /** SIGKILL to the process alone. */
  kill(): Promise<void>;
  /** SIGKILL to its Redis. */
  killRedis(): void;
}

const ownScript = new URL("./start.ts", import.meta.url).pathname;

/** Starts Vigie on a state folder and resolves when it says that it is ready; `script` may be another tree's. */
export async function startVigie(
  dir: string,
  args: readonly string[],
  script = ownScript,
): Promise<Vigie> {
  const child = Bun.spawn([process.execPath, script, "--state", dir, ...args], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = keepTail(child.stderr);
  const demoPath = join(dir, "demo.json");
  const started = Date.now();
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`the start failed: ${said()}`);
    if ((statSync(demoPath, { throwIfNoEntry: false })?.mtimeMs ?? 0) < started) return false;
    const answer = await fetch(`${readDemo(demoPath).api}/ready`).catch(() => undefined);
    return answer?.ok ?? false;
  };
  try {
    await until(isReady, { what: "the system is ready", withinMs: 60_000 });
  } catch (error) {
    child.kill("SIGTERM");
    await child.exited;
    throw error;
  }
  const demo = readDemo(demoPath);
  return {
    pid: child.pid,
    demo,
    exited: child.exited,
    get: async <T>(path: string, role = "fleet") => {
      const headers = { authorization: `Bearer ${demo.users[role]?.token}` };
      const answer = await fetch(`${demo.api}${path}`, { headers });
      const body: T = JSON.parse(await answer.text());
      return { status: answer.status, body };
    },
    stop: async () => {
      child.kill("SIGINT");
      return child.exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    killRedis: () => {
      const pid = readPid(join(dir, "redis"));
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    },
  };
}

function readDemo(path: string): Demo {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Reads a stream to its end and answers its last 2,000 characters so far. */
function keepTail(stream: ReadableStream<Uint8Array>): () => string {
  let tail = "";
  const decoder = new TextDecoder();
  void (async () => {
    for await (const chunk of stream) tail = (tail + decoder.decode(chunk)).slice(-2000);
  })();
  return () => tail;
}
