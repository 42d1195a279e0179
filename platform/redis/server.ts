/**
 * A Redis server of our own: a child on a private loopback port, kept alive, adopted when an
 * earlier owner was killed.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches us first and `close` ends it in
 * order.
 */
import { mkdir, realpath } from "node:fs/promises";

import { type Log, silent } from "#platform/log.ts";
import { choosePort } from "#platform/ports.ts";
import { isTrouble, Trouble } from "#platform/trouble.ts";

import { openRedisConnection } from "./connection.ts";
import {
  type Address,
  confPath,
  readAddress,
  readComplaint,
  readPid,
  urlOf,
  writeConf,
} from "./folder.ts";
import { findRedis } from "./install.ts";
import { probe } from "./probe.ts";
import { endProcess, isGone, servesFrom } from "./process.ts";

/** How to run a server. */
export interface RedisServerOptions {
  /**
   * Its folder, made when missing (0700). One owner at a time: hold the lock of the state first.
   */
  readonly dir: string;
  readonly log: Log;
  /** Most memory it may use; 0 (the default) for no limit. */
  readonly maxMemoryMiB?: number;
  /**
   * Called when it died and runs again, with its url: the same unless its port was taken meanwhile.
   */
  restarted?(url: string): void;
}

/** A running server. */
export interface RedisServer {
  /** With password; changes only when a new start found the port taken. */
  readonly url: string;
  readonly pid: number;
  /** Ends the server in order and resolves when it is gone. */
  close(): Promise<void>;
}

/** The url of the server that runs, or last ran, from `dir`; undefined when there never was one. */
export function redisUrlOf(dir: string): string | undefined {
  const address = readAddress(dir);
  return address === undefined ? undefined : urlOf(address);
}

/**
 * Starts the server of `dir`, or adopts the one that an earlier owner left behind; resolves when it
 * answers and has loaded what it holds. Throws Trouble `redis-missing` or `redis-failed` (never),
 * the latter with its last log lines.
 */
export async function openRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const program = findRedis();
  if (program === undefined) throw new Trouble("redis-missing", { retry: "never" });
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const folder: Folder = {
    dir: await realpath(options.dir),
    program,
    log: options.log,
    maxMemoryMiB: options.maxMemoryMiB ?? 0,
  };
  return new Supervised(folder, await firstRun(folder), options);
}

interface Folder {
  readonly dir: string;
  readonly program: string;
  readonly log: Log;
  readonly maxMemoryMiB: number;
}

/** One life of the server. */
interface Run {
  readonly pid: number;
  readonly address: Address;
  /** Resolves when it has died. */
  readonly ended: Promise<void>;
}

const startsMax = 3;
const pauseMs = { first: 25, most: 2000 };
/** A server that lived so long did not die of its start. */
const steadyMs = 10_000;
const shutdownMs = 10_000;

async function firstRun(folder: Folder): Promise<Run> {
  const left = await adopt(folder);
  if (left !== undefined) return left;
  for (let start = 1; ; start += 1) {
    try {
      return await launch(folder);
    } catch (error) {
      // Another process may have taken the port between the choice and the start.
      if (start === startsMax || !isTrouble(error, "redis-failed")) throw error;
    }
  }
}

/** Keeps a server running until it is closed. */
class Supervised implements RedisServer {
  readonly #folder: Folder;
  readonly #options: RedisServerOptions;
  #run: Run;
  #closing = false;
  readonly #over: Promise<void>;

  constructor(folder: Folder, run: Run, options: RedisServerOptions) {
    this.#folder = folder;
    this.#run = run;
    this.#options = options;
    this.#over = this.#keepAlive();
  }

  get url(): string {
    return urlOf(this.#run.address);
  }

  get pid(): number {
    return this.#run.pid;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await shutDown(this.#folder, this.#run);
    await this.#over;
  }

  async #keepAlive(): Promise<void> {
    for (let pause = pauseMs.first; ;) {
      const since = performance.now();
      await this.#run.ended;
      if (this.#closing) return;
      this.#folder.log.warn("redis died", { pid: this.#run.pid });
      pause = performance.now() - since > steadyMs ? pauseMs.first : lengthen(pause);
      if (!(await this.#startAgain(pause))) return;
      this.#folder.log.info("redis runs again", { pid: this.#run.pid });
      this.#options.restarted?.(this.url);
    }
  }

  /** Whether it runs again; false when it is no longer wanted. */
  async #startAgain(first: number): Promise<boolean> {
    for (let pause = first; !this.#closing; pause = lengthen(pause)) {
      await Bun.sleep(pause);
      const run = await launch(this.#folder).catch((error: unknown) => {
        this.#folder.log.error("redis does not start", { error: String(error) });
        return undefined;
      });
      if (run === undefined) continue;
      this.#run = run;
      if (!this.#closing) return true;
      await shutDown(this.#folder, run);
    }
    return false;
  }
}

function lengthen(pause: number): number {
  return Math.min(pause * 2, pauseMs.most);
}

async function launch(folder: Folder): Promise<Run> {
  const known = readAddress(folder.dir);
  const { port } = await choosePort("127.0.0.1", known?.port ?? 0);
  const address = { port, password: known?.password ?? newPassword() };
  await writeConf(folder.dir, { address, maxMemoryMiB: folder.maxMemoryMiB });
  const child = Bun.spawn([folder.program, confPath(folder.dir)], {
    detached: true,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const run = { pid: child.pid, address, ended: child.exited.then(() => undefined) };
  if (await isReady(run)) return run;
  await endProcess(folder.dir, child.pid, folder.log);
  throw new Trouble("redis-failed", { retry: "never", detail: readComplaint(folder.dir) });
}

function newPassword(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toHex();
}

const probeEveryMs = 20;
const probePatienceMs = 3000;
/** A server that has not answered for so long will not. */
const muteMs = 30_000;

/**
 * Waits until this very server answers; loading a large log may take minutes, and it says so
 * meanwhile.
 */
async function isReady(run: Run): Promise<boolean> {
  const life = { over: false };
  void run.ended.then(() => (life.over = true));
  for (let heardAt = performance.now(); !life.over && performance.now() - heardAt < muteMs;) {
    const answer = await probe(run.address, probePatienceMs);
    const known = answer.kind !== "mute" && answer.pid === run.pid;
    if (known && answer.kind === "serving") return true;
    if (known) heardAt = performance.now();
    await Bun.sleep(probeEveryMs);
  }
  return false;
}

/**
 * Takes over the server that an earlier owner left in this folder; ends it when it does not answer.
 */
async function adopt(folder: Folder): Promise<Run | undefined> {
  const { dir, log } = folder;
  const address = readAddress(dir);
  if (address === undefined) return undefined;
  const answer = await probe(address, probePatienceMs);
  if (answer.kind !== "mute" && answer.dir === dir && servesFrom(dir, answer.pid)) {
    const { pid } = answer;
    const ended = isGone(dir, { pid, withinMs: Number.POSITIVE_INFINITY, everyMs: 250 });
    const run = { pid, address, ended: ended.then(() => undefined) };
    if (await isReady(run)) {
      await limitMemory(folder, address);
      log.info("redis adopted", { pid });
      return run;
    }
  }
  const pid = readPid(dir);
  if (pid !== undefined) await endProcess(dir, pid, log);
  return undefined;
}

async function limitMemory({ log, maxMemoryMiB }: Folder, address: Address): Promise<void> {
  const connection = await openRedisConnection(() => urlOf(address), { log });
  try {
    await connection.send("CONFIG", ["SET", "maxmemory", `${maxMemoryMiB}mb`]);
  } finally {
    connection.close();
  }
}

/** Asks the server to end, which answers by ending; insists when it does not. */
async function shutDown({ dir, log }: Folder, { pid, address }: Run): Promise<void> {
  try {
    const connection = await openRedisConnection(() => urlOf(address), { log: silent });
    await connection.send("SHUTDOWN", []).finally(() => connection.close());
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
  if (!(await isGone(dir, { pid, withinMs: shutdownMs }))) await endProcess(dir, pid, log);
}
