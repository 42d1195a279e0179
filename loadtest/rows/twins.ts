/** `twin-get`, `twin-patch` and `memory-per-twin`: twins read, written and weighed. */
import { join } from "node:path";

import type { FleetSummary } from "#api/fleet/contract.ts";
import type { TwinPage } from "#api/twins/contract.ts";
import { mergePatchType } from "#api/twins/write/patch.ts";
import { silent } from "#platform/log.ts";
import { openRedisConnection } from "#platform/redis/connection.ts";
import { redisUrlOf } from "#platform/redis/server.ts";
import { keysFor } from "#twins/keys.ts";

import { startVigie, type Vigie } from "../../scripts/running.ts";
import { until } from "../../scripts/until.ts";
import { inFolder } from "../folder.ts";
import { ask, askBare, type MadeApi, meanBytes, onMadeFleet } from "../made-api.ts";
import type { Order } from "../order.ts";
import { startScript, type Talker } from "../process.ts";
import type { Row } from "../report.ts";
import { boxSerial, wristbandSerial } from "../serials.ts";

/** More twins than the API remembers. */
const homes = 20_000;
/** Twins that are asked for over and over. */
const favourites = 2000;
const connections = 64;

/** Twins read per second over HTTP with a token, against a bare Elysia that answers as many bytes. */
export async function measureTwinGet(): Promise<Row> {
  return onMadeFleet(homes, async (api) => {
    const all = Array.from({ length: homes }, (_, k) => [wristbandSerial(k), boxSerial(k)]).flat();
    const again = orderOf(api, all.slice(0, favourites));
    const baseline = await askBare(await meanBytes(api.port, again), again, connections);
    const ours = await ask(api.port, again, connections);
    const others = await ask(api.port, orderOf(api, all), connections);
    return {
      id: "twin-get",
      value: ours.perSecond,
      unit: "GET/s",
      target: "≥ 15,000, p99 ≤ 25 ms",
      met: ours.perSecond >= 15_000 && ours.p99Ms <= 25 && ours.failed + others.failed === 0,
      baseline: baseline.perSecond,
      ratio: ours.perSecond / baseline.perSecond,
      boundBy:
        `CPU of the api process, of which a round trip to Redis; p99 ${ours.p99Ms.toFixed(1)} ms; ` +
        `twins that it does not remember ${Math.round(others.perSecond).toLocaleString("en")}/s`,
    };
  });
}

/**
 * Conditional patches per second of what is desired, each with its wish, change, notice to the doors and record in the
 * history, against a bare Lua script that checks, sets and adds as durably through the same client.
 */
export async function measureTwinPatch(): Promise<Row> {
  const baseline = await bareWrites();
  return onMadeFleet(homes / 10, async (api) => {
    const history = startScript("history-process.ts", [api.dir]);
    await recorded(history);
    const bodies = ["2.4.0", "2.4.1"].map((version) =>
      JSON.stringify({ parts: { firmware: { desired: { version } } } }),
    );
    const ids = Array.from({ length: homes / 10 }, (_, k) => wristbandSerial(k));
    const order = { ...orderOf(api, ids), patches: { type: mergePatchType, bodies } };
    const ours = await ask(api.port, order, connections);
    const asked = performance.now();
    await recorded(history);
    const late = (performance.now() - asked) / 1000;
    await history.stop();
    return {
      id: "twin-patch",
      value: ours.perSecond,
      unit: "PATCH/s",
      target: "≥ 8,000, p99 ≤ 25 ms",
      met: ours.perSecond >= 8000 && ours.p99Ms <= 25 && ours.failed === 0,
      baseline,
      ratio: ours.perSecond / baseline,
      boundBy:
        `CPU of the api process, beside Redis and the history on the other core; p99 ${ours.p99Ms.toFixed(1)} ms; ` +
        `history complete ${late.toFixed(1)} s after the last patch`,
    };
  });
}

/** Bytes of Redis per twin, as Redis weighs them, after each has lived a day and been wished to be otherwise. */
export async function measureMemoryPerTwin(): Promise<Row> {
  return onLivedFleet(async (vigie, dir) => {
    const ids = (await wristbands(vigie)).flatMap((id) => [id, id.replace(/^B/, "X")]);
    await Promise.all(ids.map((id) => wish(vigie, id)));
    const keys = keysFor(16);
    const connection = await openRedisConnection(() => redisUrlOf(join(dir, "redis")) ?? "", {
      log: silent,
    });
    const weigh = async (key: string): Promise<number> =>
      Number((await connection.send("MEMORY", ["USAGE", key, "SAMPLES", "0"])) ?? 0);
    const twins = sum(await Promise.all(ids.map((id) => weigh(keys.twin(id)))));
    const journals = Array.from({ length: keys.partitions }, (_, q) => weigh(keys.journal(q)));
    const journal = sum(await Promise.all(journals));
    connection.close();
    const value = (twins + journal) / ids.length / 1024;
    return {
      id: "memory-per-twin",
      value,
      unit: "KiB of Redis",
      target: "≤ 2",
      met: value <= 2,
      baseline: null,
      ratio: null,
      boundBy:
        `meta of each leaf; wristbands and boxes after a day, each with a wish, of which ` +
        `${Math.round(journal / ids.length)} B until the next checkpoint`,
    };
  });
}

function orderOf(api: MadeApi, ids: readonly string[]): Order {
  const headers = { authorization: `Bearer ${api.tokens[0]}` };
  return { paths: ids.map((id) => `/v1/twins/${id}`), headers };
}

async function bareWrites(): Promise<number> {
  return inFolder(async (dir) => {
    const bare = startScript("bare-writes.ts", [dir, "5"]);
    const { perSecond } = await bare.line<{ perSecond: number }>();
    await bare.stop();
    return perSecond;
  });
}

/** Resolves when every change so far is in the history. */
function recorded(history: Talker): Promise<void> {
  const isComplete = async (): Promise<boolean> => {
    history.tell("status");
    const { records, behind } = await history.line<{ records: number; behind: number }>();
    return records > 0 && behind === 0;
  };
  return until(isComplete, { what: "the history is complete", withinMs: 60_000 });
}

async function wish(vigie: Vigie, id: string): Promise<void> {
  const answer = await fetch(`${vigie.demo.api}/v1/twins/${id}`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${vigie.demo.users["fleet"]?.token}`,
      "content-type": mergePatchType,
    },
    body: JSON.stringify({ parts: { config: { desired: { profile: "dense" } } } }),
  });
  if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

const livedHomes = 500;
const freePorts = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];

async function wristbands(vigie: Vigie): Promise<string[]> {
  const filter = encodeURIComponent("kind==wristband;power.battery=ge=0");
  const { body } = await vigie.get<TwinPage>(`/v1/twins?limit=1000&filter=${filter}`);
  return body.items.map(({ id }) => id);
}

/** Runs `work` on a fleet whose last day has arrived. */
function onLivedFleet(work: (vigie: Vigie, dir: string) => Promise<Row>): Promise<Row> {
  return inFolder(async (dir) => {
    const vigie = await startVigie(dir, [...freePorts, "--homes", String(livedHomes)]);
    const isQuiet = async (): Promise<boolean> => {
      const known = (await wristbands(vigie)).length;
      const { body } = await vigie.get<FleetSummary>("/v1/fleet");
      return known > livedHomes * 0.9 && (body.installation.messagesPerSecond ?? 1000) < 50;
    };
    await until(isQuiet, { what: "the fleet has met now", withinMs: 120_000 });
    const row = await work(vigie, dir);
    await vigie.stop();
    return row;
  });
}
