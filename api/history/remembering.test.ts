/** What the API says of what is remembered no longer, not yet, or never was. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Asked } from "#api/route.ts";
import { listRoute } from "#api/twins/list.ts";
import { oneRoute } from "#api/twins/one.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { origin } from "#platform/stream/port.ts";
import type { Fleet } from "#twins/fleet.ts";
import { type ChainScene, day, openChainScene } from "#twins/history/chain-scene.ts";
import { openPastFleet } from "#twins/history/past-fleet.ts";
import { letGo } from "#twins/history/retention.ts";
import { keysFor } from "#twins/keys.ts";
import { after, device } from "#twins/specimens.ts";
import { Seconds } from "#wire/units.ts";

import type { HistoryDeps } from "./deps.ts";
import { historyRoutes } from "./routes.ts";

const clock = createVirtualClock({ start: after(400 * day) });
const keys = keysFor(1);
let scene: ChainScene;
let deps: HistoryDeps;
let last = origin;

beforeAll(() => {
  scene = openChainScene();
  scene.tell("B-1", 0, {});
  scene.tell("B-1", 100 * day, { "firmware/version": "2.3.0" });
  scene.tell("B-1", 200 * day, { "power/battery": 80 });
  scene.tell("B-1", 380 * day, { "firmware/version": "2.4.0", "power/battery": 60 });
  while (letGo(scene.book, clock.now(), 10) > 0);
  const { book } = scene;
  const past = openPastFleet({ book, keys, clock, pause: async () => undefined });
  deps = { book, past, keys, clock, streams: { last: async () => last } };
});
afterAll(() => scene.book.close());

async function ask(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const url = new URL(path, "http://localhost");
  const { tenant } = device("B-1");
  const asked = {
    ...{ url, request: new Request(url), params: { id: "B-1" } },
    claims: { tenant, role: "fleet", subject: "42" },
  } as unknown as Asked;
  const routes = [
    ...historyRoutes(deps),
    listRoute({ fleet: {} as Fleet, history: deps }),
    oneRoute({ twins: { read: async () => null }, clock, history: deps }),
  ];
  const route = routes.find((each) => each.path.replace(":id", "B-1") === url.pathname);
  const response = await route!.answer(asked);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const at = (days: number): string => `at=${after(days * day)}`;

test("a moment that retention has let go of is gone, one since is there", async () => {
  const gone = await ask(`/v1/twins/B-1?${at(150)}`);
  expect(gone).toMatchObject({ status: 410, body: { code: "history_gone" } });
  const since = await ask(`/v1/twins/B-1?${at(350)}`);
  expect(since).toMatchObject({
    status: 200,
    body: {
      parts: { power: { reported: { battery: 80 } }, firmware: { reported: { version: "2.3.0" } } },
    },
  });
  expect(await ask("/v1/twins/B-1?at=2")).toMatchObject({ status: 410 });
});

test("which wristbands ran 2.3.0 is known for two years, their batteries for ninety days", async () => {
  const ran = await ask(`/v1/twins?${at(150)}&filter=firmware.version==2.3.0`);
  expect(ran.body).toMatchObject({ items: [{ id: "B-1", power: { battery: null } }], unknown: 0 });
  for (const query of ["filter=power.battery=lt=90", "sort=power.battery"]) {
    const [name] = query.split("=");
    expect(await ask(`/v1/twins?${at(150)}&${query}`)).toMatchObject({
      ...{ status: 410, body: { code: "history_gone", pointer: `/query/${name}` } },
    });
  }
  const [from, to] = [after(150 * day), after(390 * day)];
  const diff = await ask(`/v1/fleet/diff?from=${from}&to=${to}`);
  expect(diff.body["items"]).toEqual([
    {
      ...{ id: "B-1", kind: "changed" },
      leaves: { "firmware.version": { from: "2.3.0", to: "2.4.0" } },
    },
  ]);
});

test("the history says what it stands for, and how far retention has come", async () => {
  const { body } = await ask("/v1/twins/B-1/history");
  expect(body["items"]).toMatchObject([
    { kind: "changed" },
    { kind: "trimmed", lost: { records: 1 } },
    { kind: "changed" },
    { kind: "created" },
  ]);
  const status = await ask("/v1/history");
  expect(status.body["retention"]).toMatchObject([{ class: "technical", removed: 1 }, {}]);
});

test("what has not been recorded yet is waited for, but not for long", async () => {
  last = `${clock.now()}-0`;
  const late = ask("/v1/twins/B-1/history");
  await clock.advance({ by: Seconds(3) });
  expect(await late).toMatchObject({ status: 503, body: { code: "history_behind" } });
  expect((await ask("/v1/history")).body["lagMs"]).toBeGreaterThan(0);
  const before = await ask(`/v1/twins?${at(379)}`);
  expect(before.status).toBe(200);
  last = origin;
});
