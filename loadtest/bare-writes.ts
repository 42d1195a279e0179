/**
 * The baseline of conditional writes: a bare Lua script that checks a revision, sets two fields and adds an entry, in a
 * Redis as durable as ours, through the same client, 64 under way. `bun loadtest/bare-writes.ts DIR SECONDS` prints
 * `{"perSecond"}`.
 */
import { join } from "node:path";

import { createLog, stderrSink } from "#platform/log.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { openRedisServer } from "#platform/redis/server.ts";

const [dir = "", seconds = "5"] = process.argv.slice(2);
const warmMs = 1000;
const under = 64;
/** Of each of those under way. */
const documents = 30;

const script = `
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[1] then return redis.error_reply('CONFLICT') end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'document', ARGV[3])
return redis.call('XADD', KEYS[2], 'MAXLEN', '~', 20000, '*', 'id', KEYS[1], 'rev', ARGV[2], 'changed', ARGV[4])
`;
const document = "x".repeat(300);
const changed = "x".repeat(200);

const log = createLog("bench", { level: "warn", sink: stderrSink });
const redis = await openRedisServer({ dir: join(dir, "redis"), log });
const connection = await openRedisConnection(() => redis.url, { log });
const digest = String(await connection.send("SCRIPT", ["LOAD", script]));

const counted = { writes: 0, isOver: false };
const writers = Array.from({ length: under }, (_, k) => write(k));
await Bun.sleep(warmMs);
const before = counted.writes;
const started = performance.now();
await Bun.sleep(Number(seconds) * 1000);
const perSecond = ((counted.writes - before) / (performance.now() - started)) * 1000;
counted.isOver = true;
await Promise.all(writers);
console.log(JSON.stringify({ perSecond }));
connection.close();
await redis.close();
process.exit(0);

async function write(k: number): Promise<void> {
  for (let n = 0; n < documents; n += 1) {
    await connection.send("HSET", [`{${k % 16}}:${k}:${n}`, "rev", "0"]);
  }
  for (let turn = 0; !counted.isOver; turn += 1) {
    const rev = Math.floor(turn / documents);
    const keys = [`{${k % 16}}:${k}:${turn % documents}`, `{${k % 16}}:changes`];
    const args = [String(rev), String(rev + 1), document, changed];
    await connection.send("EVALSHA", [digest, "2", ...keys, ...args]);
    counted.writes += 1;
  }
}
