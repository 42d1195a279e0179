/**
 * An API with its Redis in a process of its own, over a made-up fleet, for measurements.
 *
 * `bun loadtest/api-process.ts DIR HOMES` prints `{"port","tokens"}` once it knows every twin, a token for each of 16
 * people. A line `change N` on standard input changes one leaf of N twins, once each. Ends with its standard input.
 */
import { join } from "node:path";

import { openTokens } from "#api/access/tokens.ts";
import { createApi } from "#api/app.ts";
import { openCells } from "#platform/cells/real.ts";
import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { openRedisServer } from "#platform/redis/server.ts";
import { openStreams } from "#platform/stream/real.ts";
import { keysFor } from "#twins/keys.ts";
import { writeLeaf } from "#twins/leaves.ts";
import { createRoster } from "#twins/roster.ts";
import { createTwinStore } from "#twins/store.ts";

import { until } from "../scripts/until.ts";
import { madeHome } from "./made-fleet.ts";
import { linesOf } from "./process.ts";
import { tenant, wristbandSerial } from "./serials.ts";

const [dir = "", homes = "1"] = process.argv.slice(2);
const batch = 500;

const log = createLog("bench", { level: "warn", sink: stderrSink });
const redis = await openRedisServer({ dir: join(dir, "redis"), log });
const connection = await openRedisConnection(() => redis.url, { log });
const cells = await openCells(connection);
const streams = openStreams(connection);
const keys = keysFor(16);
const twins = createTwinStore({ cells, keys, clock: realClock });

for (let from = 0; from < Number(homes); from += batch) {
  const many = Array.from({ length: Math.min(batch, Number(homes) - from) }, (_, k) => from + k);
  const made = many.flatMap((k) => madeHome(k, realClock.now()));
  await twins.commit(made.map((after) => ({ before: null, after, kind: "created", changed: [] })));
}

const tokens = await openTokens(dir, realClock);
const ports = { clock: realClock, log, metrics: createMetrics(), registry: createRoster() };
const api = createApi({ cells, streams, keys, ...ports, tokens, pages: () => undefined });
api.app.listen({ hostname: "127.0.0.1", port: 0, idleTimeout: 60, maxRequestBodySize: 65_536 });
const port = api.app.server?.port;
const ready = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/ready`)).ok;
await until(ready, { what: "the index is built", withinMs: 120_000 });
const people = Array.from({ length: 16 }, (_, k) =>
  tokens.issue({ tenant, role: "fleet", subject: `p${k}` }),
);
console.log(JSON.stringify({ port, tokens: await Promise.all(people) }));

/** How often `change` was asked for. */
let turn = 0;
for await (const line of linesOf(Bun.stdin.stream())) {
  const [word, count] = line.split(" ");
  if (word === "change") await change(Number(count));
}
await api.close();
await api.app.stop(true);
await streams.close();
connection.close();
await redis.close();
process.exit(0);

async function change(count: number): Promise<void> {
  turn += 1;
  for (let from = 0; from < count; from += batch) {
    const ids = Array.from({ length: Math.min(batch, count - from) }, (_, k) =>
      wristbandSerial(from + k),
    );
    const t = realClock.now();
    const meta = { t, r: t, epoch: "e1", seq: turn + 1, src: "reported" } as const;
    const writes = (await twins.readMany(ids)).flatMap((before) => {
      const power = before?.parts.power;
      if (before === null || power === undefined) return [];
      const after = writeLeaf(power, { path: "battery", value: turn, meta });
      const changed = [{ path: "power/battery", value: turn, t }];
      return [{ before, after: { ...before, parts: { ...before.parts, power: after } }, changed }];
    });
    await twins.commit(writes);
  }
}
