/**
 * The history of the twins of a measurement, in a process of its own beside their API.
 *
 * `bun loadtest/history-process.ts DIR` records what changes in the Redis of DIR. A line on standard input asks how many
 * records there are and how many changes are not recorded yet: `{"records","behind"}`. Ends with its standard input.
 */
import { join } from "node:path";

import { openHistoryProcessor } from "#pipeline/processors/history.ts";
import { openCells } from "#platform/cells/real.ts";
import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { redisUrlOf } from "#platform/redis/server.ts";
import { origin } from "#platform/stream/port.ts";
import { openStreams } from "#platform/stream/real.ts";
import { openHistoryBook } from "#twins/history/book.ts";
import { keysFor } from "#twins/keys.ts";

import { linesOf } from "./process.ts";

const [dir = ""] = process.argv.slice(2);
const log = createLog("bench", { level: "warn", sink: stderrSink });
const connection = await openRedisConnection(() => redisUrlOf(join(dir, "redis")) ?? "", { log });
const cells = await openCells(connection);
const streams = openStreams(connection);
const keys = keysFor(16);
const book = openHistoryBook(join(dir, "history.db"));
const ports = { clock: realClock, log, metrics: createMetrics() };
const history = openHistoryProcessor({ cells, streams, keys, book, ...ports, owner: "bench" });
history.run();

for await (const _ of linesOf(Bun.stdin.stream())) {
  console.log(JSON.stringify({ records: book.lastRecord(), behind: await behind() }));
}
await history.close();
book.close();
await streams.close();
connection.close();
process.exit(0);

async function behind(): Promise<number> {
  const positions = book.positions();
  let count = 0;
  for (let q = 0; q < keys.partitions; q += 1) {
    const after = positions.get(q) ?? origin;
    count += (await streams.range(keys.changes(q), { after, limit: 20_000 })).length;
  }
  return count;
}
