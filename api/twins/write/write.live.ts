/** Writes over real sockets and a real Redis: many writers of one twin, a key that outlives the API, and its end. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { createTokenKey, createTokens, type Tokens } from "#api/access/tokens.ts";
import { type Api, createApi } from "#api/app.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { type LiveTrial, openLiveTrial } from "#platform/redis/live-trial.ts";
import { keysFor } from "#twins/keys.ts";
import { createRoster } from "#twins/roster.ts";
import { device } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { parseTenant } from "#wire/identity.ts";

import type { WriteReply } from "./reply.ts";

const nice = parseTenant("nice")!;
const keys = keysFor(4);
let redis: LiveTrial;
let tokens: Tokens;
let authorization: string;
const apis: Api[] = [];

/** Another process, as far as twins can tell: it shares nothing but Redis. */
async function openApi(): Promise<string> {
  const { cells, streams } = redis;
  const ports = { clock: realClock, log: silent, metrics: createMetrics() };
  const registry = createRoster();
  const api = createApi({
    cells,
    streams,
    keys,
    registry,
    ...ports,
    tokens,
    pages: () => undefined,
  });
  api.app.listen({ hostname: "127.0.0.1", port: 0 });
  apis.push(api);
  const url = `http://127.0.0.1:${api.app.server!.port}`;
  await redis.until(async () => (await fetch(`${url}/ready`)).ok);
  return url;
}

beforeAll(async () => {
  redis = await openLiveTrial();
  const twins = createTwinStore({ ...redis, keys, clock: realClock });
  for (const serial of ["B-1", "B-2"]) await twins.create(device(serial));
  tokens = await createTokens(await createTokenKey(), realClock);
  authorization = `Bearer ${await tokens.issue({ tenant: nice, role: "fleet" })}`;
});

afterAll(async () => {
  for (const api of apis) {
    await api.close();
    await api.app.stop(true);
  }
  await redis.close();
});

function patch(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const type = { "content-type": "application/merge-patch+json" };
  const all = { authorization, ...type, ...headers };
  return fetch(url, { method: "PATCH", headers: all, body: JSON.stringify(body) });
}

test("TW-07: of many writers in two processes who read one revision, one writes, and none is lost", async () => {
  const hosts = await Promise.all([openApi(), openApi()]);
  const at = (n: number): string => `${hosts[n % 2]}/v1/twins/B-1`;
  let etag = '"1"';
  for (let rev = 2; rev <= 6; rev += 1) {
    const racing = Array.from({ length: 20 }, (_, n) =>
      patch(at(n), { tags: { winner: n + rev * 100 } }, { "if-match": etag }),
    );
    const answers = await Promise.all(racing);
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    etag = won[0]!.headers.get("etag")!;
    expect(etag).toBe(`"${rev}"`);
  }
  const names = Array.from({ length: 30 }, (_, n) => `t${n}`);
  const all = await Promise.all(names.map((name, n) => patch(at(n), { tags: { [name]: n } })));
  // Two processes may meet more often than a write is tried again.
  const refused = all.filter(({ status }) => status !== 200);
  expect(refused.every(({ status }) => status === 503)).toBe(true);
  const view = await fetch(at(0), { headers: { authorization } });
  const { tags } = (await view.json()) as { tags: object };
  expect(Object.keys(tags)).toHaveLength(1 + names.length - refused.length);
});

test("a key holds in every process", async () => {
  const [one, other] = await Promise.all([openApi(), openApi()]);
  const key = { "idempotency-key": "k-1" };
  const body = { parts: { config: { desired: { profile: "dense" } } } };
  const both = await Promise.all(
    [one, other].map((url) => patch(`${url}/v1/twins/B-2`, body, key)),
  );
  const [first, second] = (await Promise.all(both.map((each) => each.json()))) as WriteReply[];
  expect(second).toEqual(first);
  expect(first?.rev).toBe(2);
  const kept = await redis.cells.keys(`vigie:{${keys.of("B-2")}}:once:`);
  expect(kept).toHaveLength(1);
});
