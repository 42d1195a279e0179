/** `door-path` and `message-path`: our door against a bare broker, same generator, same transport, in turns. */

import { silent } from "#platform/log.ts";
import { openRedisServer } from "#platform/redis/server.ts";

import { inFolder } from "../folder.ts";
import { startScript, type Talker } from "../process.ts";
import type { Row } from "../report.ts";

const boxes = 2000;
const messages = 150_000;
const rounds = 3;

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Messages per second from box to PUBACK after the atomic commit. */
export async function measureDoorPath(): Promise<Row> {
  const pairs = await inTurns(async (door) => (await load(door)).perSecond, []);
  return rowOf("door-path", pairs, { share: 0.4, boundBy: doorBound });
}

/** Messages per second from box to twin: the clock stops when the last entry is folded and acknowledged. */
export async function measureMessagePath(): Promise<Row> {
  const throughTwins = async (door: Talker & { port: number }): Promise<number> => {
    const started = performance.now();
    await load(door);
    while ((await ask(door)) > 0) await Bun.sleep(10);
    return messages / ((performance.now() - started) / 1000);
  };
  const pairs = await inTurns(throughTwins, ["twins"]);
  return rowOf("message-path", pairs, { share: 0.15, boundBy: pathBound });
}

const doorBound = "CPU of the door process; docs/performance.md";
const pathBound = "CPU of the one process that is door and processor; docs/performance.md";

interface Pair {
  readonly baseline: number;
  readonly ours: number;
}

async function inTurns(
  measure: (door: Talker & { port: number }) => Promise<number>,
  extra: readonly string[],
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const baseline = await onBareBroker();
    pairs.push({ baseline, ours: await onDoor(measure, extra) });
  }
  return pairs;
}

async function onBareBroker(): Promise<number> {
  return inFolder(async (dir) => {
    const redis = await openRedisServer({ dir, log: silent });
    const broker = startScript("bare-broker.ts", [redis.url]);
    const { port } = await broker.line<{ port: number }>();
    const { perSecond } = await load({ port });
    await broker.stop();
    await redis.close();
    return perSecond;
  });
}

async function onDoor(
  measure: (door: Talker & { port: number }) => Promise<number>,
  extra: readonly string[],
): Promise<number> {
  return inFolder(async (dir) => {
    const door = startScript("door-process.ts", [dir, String(boxes), ...extra]);
    const { port } = await door.line<{ port: number }>();
    const result = await measure({ ...door, port });
    await door.stop();
    return result;
  });
}

async function load({ port }: { port: number }): Promise<Load> {
  const size = ["--boxes", String(boxes), "--messages", String(messages)];
  const generator = startScript("generator.ts", ["--port", String(port), ...size]);
  const result = await generator.line<Load>();
  await generator.stop();
  return result;
}

async function ask(door: Talker): Promise<number> {
  door.tell("behind");
  return (await door.line<{ behind: number }>()).behind;
}

function rowOf(
  id: string,
  pairs: readonly Pair[],
  { share, boundBy }: { share: number; boundBy: string },
): Row {
  const value = median(pairs.map(({ ours }) => ours));
  const baseline = median(pairs.map((pair) => pair.baseline));
  const ratio = median(pairs.map((pair) => pair.ours / pair.baseline));
  const target = `≥ ${share} × baseline`;
  return { id, value, unit: "messages/s", target, met: ratio >= share, baseline, ratio, boundBy };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
