/**
 * A door with its Redis in a process of its own, for measurements: plain MQTT on a free port, boxes of `serials.ts`.
 *
 * `bun loadtest/door-process.ts DIR BOXES [twins]` prints `{"port"}`; with `twins`, the twins processor runs in the same
 * process. A line `behind` on standard input is answered with `{"behind"}`, the entries that no twin knows yet. Ends with
 * its standard input.
 */
import { join } from "node:path";

import { openDoor } from "#pipeline/doors/door.ts";
import { openMqttDoor } from "#pipeline/doors/mqtt.ts";
import { openTwinsProcessor } from "#pipeline/processors/twins.ts";
import { openCells } from "#platform/cells/real.ts";
import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { choosePort } from "#platform/ports.ts";
import { realRandom } from "#platform/random/real.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { openRedisServer } from "#platform/redis/server.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { openStreams } from "#platform/stream/real.ts";
import { keysFor } from "#twins/keys.ts";
import { createRoster } from "#twins/roster.ts";
import { createTwinStore } from "#twins/store.ts";

import { linesOf } from "./process.ts";
import { registeredHome } from "./serials.ts";

const [dir = "", boxes = "1", ...extra] = process.argv.slice(2);
const log = createLog("bench", { level: "warn", sink: stderrSink });
const redis = await openRedisServer({ dir: join(dir, "redis"), log });
const connection = await openRedisConnection(() => redis.url, { log });
const cells = await openCells(connection);
const streams = openStreams(connection);
const keys = keysFor(16);
const registry = createRoster();
const ports = { clock: realClock, random: realRandom, log, metrics: createMetrics() };
const twins = createTwinStore({ cells, keys, clock: realClock });

for (let k = 0; k < Number(boxes); k++) {
  for (const device of registeredHome(k, realClock.now())) {
    registry.put(device);
    if (extra.includes("twins")) await twins.create(device);
  }
}

const deps = { cells, streams, keys, registry, ...ports };
const door = openDoor({ ...deps, id: "bench" });
const { port } = await choosePort("127.0.0.1", 0);
const mqtt = await openMqttDoor({ door, registry, host: "127.0.0.1", port, ...ports });
const processor = extra.includes("twins")
  ? openTwinsProcessor({ ...deps, owner: "bench", checkpoint: openMemorySql() })
  : undefined;
processor?.run();
console.log(JSON.stringify({ port }));

for await (const line of linesOf(Bun.stdin.stream())) {
  if (line === "behind") console.log(JSON.stringify({ behind: await behind() }));
}
await mqtt.close();
await processor?.close();
await door.close();
await streams.close();
connection.close();
await redis.close();
process.exit(0);

/** Entries that the twins processor has not acknowledged. */
async function behind(): Promise<number> {
  let sum = 0;
  for (let p = 0; p < keys.partitions; p++) {
    for (const key of [keys.critical(p), keys.inbound(p)]) {
      for (const group of await streams.groups(key)) sum += group.pending + (group.lag ?? 0);
    }
  }
  return sum;
}
