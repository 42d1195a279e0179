/**
 * The folder that holds everything that must survive: who owns it, its Redis, its partitions, where the rest lies.
 *
 * One process owns a folder and runs its Redis. Others attach to that Redis while it runs; when nobody owns the folder,
 * whoever attaches owns it for that long.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Cells } from "#platform/cells/port.ts";
import { openCells } from "#platform/cells/real.ts";
import { ownerOf, takeLock } from "#platform/lock.ts";
import type { Log } from "#platform/log.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { openRedisServer, type RedisServer, redisUrlOf } from "#platform/redis/server.ts";
import type { Streams } from "#platform/stream/port.ts";
import { openStreams } from "#platform/stream/real.ts";
import { Trouble } from "#platform/trouble.ts";
import { type Keys, keysFor } from "#twins/keys.ts";

/** An open state. */
export interface State {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly registryPath: string;
  readonly checkpointPath: string;
  readonly historyPath: string;
  readonly pkiDir: string;
  readonly tokensDir: string;
  close(): Promise<void>;
}

/** How to open a state as its owner. */
export interface StateOptions {
  readonly log: Log;
  /** Partitions of a state made now; one that exists keeps its own. */
  readonly partitions: number;
  /** Most that Redis may use; 0 for no limit. */
  readonly memoryMiB: number;
}

/** Opens the folder as its owner; throws Trouble `state-owned` (never) while another process owns it. */
export async function openState(folder: string, options: StateOptions): Promise<State> {
  const dir = resolve(folder);
  const lock = takeLock(dir);
  if (lock === undefined) {
    const detail = `${dir} is in use by process ${ownerOf(dir)}; stop it or choose another --state`;
    throw new Trouble("state-owned", { retry: "never", detail });
  }
  try {
    const redis = await openServer(dir, options);
    const state = await joinRedis(dir, () => redis.url, options);
    return {
      ...state,
      close: async () => {
        await state.close();
        await redis.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Joins the Redis of a folder that another process owns, or owns the folder for the moment. */
export async function attachState(folder: string, { log }: { log: Log }): Promise<State> {
  const dir = resolve(folder);
  const initial = { log, partitions: 16, memoryMiB: 0 };
  const url = redisUrlOf(redisDir(dir));
  if (url !== undefined && isOwned(dir)) return joinRedis(dir, () => url, initial);
  return openState(dir, initial);
}

function isOwned(dir: string): boolean {
  const lock = takeLock(dir);
  lock?.release();
  return lock === undefined;
}

function redisDir(dir: string): string {
  return join(dir, "redis");
}

function openServer(dir: string, options: StateOptions): Promise<RedisServer> {
  const folder = redisDir(dir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return openRedisServer({ dir: folder, log: options.log, maxMemoryMiB: options.memoryMiB });
}

async function joinRedis(dir: string, url: () => string, options: StateOptions): Promise<State> {
  const connection = await openRedisConnection(url, { log: options.log });
  const cells = await openCells(connection);
  const streams = openStreams(connection);
  const keys = keysFor(await settlePartitions(cells, options.partitions));
  return {
    dir,
    cells,
    streams,
    keys,
    registryPath: join(dir, "registry.db"),
    checkpointPath: join(dir, "checkpoint.db"),
    historyPath: join(dir, "history.db"),
    pkiDir: join(dir, "pki"),
    tokensDir: join(dir, "tokens"),
    close: async () => {
      await streams.close();
      connection.close();
    },
  };
}

/** The partition count of this state: what it was made with, or `wanted` when it is made now. */
async function settlePartitions(cells: Cells, wanted: number): Promise<number> {
  const { key, field } = { key: keysFor(wanted).state(), field: "partitions" };
  await cells.commit([
    {
      checks: [{ key, field, expected: null }],
      writes: [{ op: "HSET", key, field, value: String(wanted) }],
    },
  ]);
  return Number(await cells.get(key, field));
}
