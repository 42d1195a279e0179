/** A real server for one suite, in a folder of its own that is removed at the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openCells } from "#platform/cells/real.ts";
import { silent } from "#platform/log.ts";
import { openStreams } from "#platform/stream/real.ts";

import { openRedisConnection } from "./connection.ts";
import { openRedisServer, type RedisServer } from "./server.ts";
import { type Trial, waitUntil } from "./trial.ts";

/** A trial on a real server. */
export interface LiveTrial extends Trial {
  readonly server: RedisServer;
  readonly dir: string;
}

/** Starts a server and connects to it. */
export async function openLiveTrial(): Promise<LiveTrial> {
  const dir = await mkdtemp(join(tmpdir(), "vigie-redis-"));
  const server = await openRedisServer({ dir, log: silent });
  const connection = await openRedisConnection(() => server.url, { log: silent });
  const cells = await openCells(connection);
  const streams = openStreams(connection);
  return {
    server,
    dir,
    cells,
    streams,
    limit: async (bytes) => {
      await connection.send("CONFIG", ["SET", "maxmemory", String(bytes)]);
    },
    until: (condition) => waitUntil(condition, Bun.sleep),
    pass: Bun.sleep,
    close: async () => {
      await streams.close();
      connection.close();
      await server.close();
      await rm(dir, { recursive: true });
    },
  };
}
