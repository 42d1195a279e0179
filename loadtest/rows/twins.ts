/** `twin-get` and `memory-per-twin`: a fleet that has lived a day, asked and weighed. */
import { join } from "node:path";

import type { FleetSummary } from "#api/fleet/contract.ts";
import type { TwinPage } from "#api/twins/contract.ts";
import { silent } from "#platform/log.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { redisUrlOf } from "#platform/redis/server.ts";
import { keysFor } from "#twins/keys.ts";

import { startVigie, type Vigie } from "../../scripts/running.ts";
import { until } from "../../scripts/until.ts";
import { inFolder } from "../folder.ts";
import { startScript } from "../process.ts";
import type { Row } from "../report.ts";

const homes = 500;
const freePorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];

interface Answers {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Twins read per second over HTTP with a token, against a bare Elysia that answers as many bytes. */
export async function measureTwinGet(): Promise<Row> {
  return onLivedFleet(async (vigie) => {
    const ids = await wristbands(vigie);
    const token = vigie.demo.users["fleet"]?.token ?? "";
    const order = {
      paths: ids.map((id) => `/v1/twins/${id}`),
      headers: { authorization: `Bearer ${token}` },
    };
    const { body } = await vigie.get<unknown>(`/v1/twins/${ids[0]}`);
    const bare = startScript("bare-http.ts", [String(JSON.stringify(body).length)]);
    const { port } = await bare.line<{ port: number }>();
    const baseline = await ask(port, order);
    await bare.stop();
    const ours = await ask(Number(new URL(vigie.demo.api).port), order);
    return {
      id: "twin-get",
      value: ours.perSecond,
      unit: "GET/s",
      target: "≥ 15,000, p99 ≤ 25 ms",
      met: ours.perSecond >= 15_000 && ours.p99Ms <= 25 && ours.failed === 0,
      baseline: baseline.perSecond,
      ratio: ours.perSecond / baseline.perSecond,
      boundBy: `one round trip to Redis and decoding each twin; p99 ${ours.p99Ms.toFixed(1)} ms`,
    };
  });
}

/** Bytes of Redis per twin, as Redis weighs them. */
export async function measureMemoryPerTwin(): Promise<Row> {
  return onLivedFleet(async (vigie, dir) => {
    const ids = (await wristbands(vigie)).flatMap((id) => [id, id.replace(/^B/, "X")]);
    const keys = keysFor(16);
    const connection = await openRedisConnection(() => redisUrlOf(join(dir, "redis")) ?? "", {
      log: silent,
    });
    const weights = await Promise.all(
      ids.map((id) => connection.send("MEMORY", ["USAGE", keys.twin(id), "SAMPLES", "0"])),
    );
    connection.close();
    const bytes = weights.reduce<number>((sum, weight) => sum + Number(weight ?? 0), 0);
    const value = bytes / ids.length / 1024;
    return {
      id: "memory-per-twin",
      value,
      unit: "KiB of Redis",
      target: "≤ 2",
      met: value <= 2,
      baseline: null,
      ratio: null,
      boundBy: "meta of each leaf; mean of wristbands and boxes after a day",
    };
  });
}

async function ask(port: number, order: object): Promise<Answers> {
  const generator = startScript("http-generator.ts", ["--port", String(port)]);
  generator.tell(JSON.stringify(order));
  const answers = await generator.line<Answers>();
  await generator.stop();
  return answers;
}

async function wristbands(vigie: Vigie): Promise<string[]> {
  const filter = encodeURIComponent("kind==wristband;power.battery=ge=0");
  const { body } = await vigie.get<TwinPage>(`/v1/twins?limit=1000&filter=${filter}`);
  return body.items.map(({ id }) => id);
}

/** Runs `work` on a fleet whose last day has arrived. */
function onLivedFleet(work: (vigie: Vigie, dir: string) => Promise<Row>): Promise<Row> {
  return inFolder(async (dir) => {
    const vigie = await startVigie(dir, [...freePorts, "--homes", String(homes)]);
    const isQuiet = async (): Promise<boolean> => {
      const known = (await wristbands(vigie)).length;
      const { body } = await vigie.get<FleetSummary>("/v1/fleet");
      return known > homes * 0.9 && (body.installation.messagesPerSecond ?? 1000) < 50;
    };
    await until(isQuiet, { what: "the fleet has met now", withinMs: 120_000 });
    const row = await work(vigie, dir);
    await vigie.stop();
    return row;
  });
}
