import { expect, test } from "bun:test";

import { openTrial, type Trial } from "#api/trial.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { Trouble } from "#platform/trouble.ts";
import { keysFor } from "#twins/keys.ts";
import { start } from "#twins/specimens.ts";
import { Seconds } from "#wire/units.ts";

import { readBacklog } from "./backlog.ts";
import type { QuarantineRow, Readiness } from "./contract.ts";
import { readinessRoutes } from "./readiness.ts";
import { createSampler } from "./sample.ts";

test("what costs much is asked by one at a time, and rests twenty times as long as it took", async () => {
  const clock = createVirtualClock({ start });
  let asked = 0;
  const sampler = createSampler(clock, Seconds(2), async () => {
    await clock.sleep(Seconds(1));
    return ++asked;
  });
  const both = Promise.all([sampler.fresh(), sampler.fresh()]);
  await clock.advance({ by: Seconds(1) });
  expect((await both).map(({ value }) => value)).toEqual([1, 1]);
  await clock.advance({ by: Seconds(18) });
  expect((await sampler.fresh()).value).toBe(1);
  await clock.advance({ by: Seconds(1) });
  const next = sampler.fresh();
  await clock.advance({ by: Seconds(1) });
  expect((await next).value).toBe(2);
  expect(sampler.known().map(({ value }) => value)).toEqual([2, 1]);
});

test("a question that failed is asked again by the next", async () => {
  const clock = createVirtualClock({ start });
  let fails = true;
  const sampler = createSampler(clock, Seconds(2), async () => {
    if (fails) throw new Trouble("cells-unreachable", { retry: "safe" });
    return 1;
  });
  expect(sampler.fresh()).rejects.toThrow("cells-unreachable");
  fails = false;
  expect((await sampler.fresh()).value).toBe(1);
});

test("the backlog is what no processor has acknowledged, as old as its oldest entry", async () => {
  const clock = createVirtualClock({ start });
  const { streams } = createMemoryRedis(clock);
  const keys = keysFor(2);
  const now = () => readBacklog({ streams, keys }, clock.now());
  expect(await now()).toEqual({ entries: 0, ageMs: 0 });
  await streams.createGroup(keys.inbound(0), "twins", "0-0");
  await streams.append(keys.inbound(0), { a: "1" });
  await streams.append(keys.critical(1), { a: "1" });
  await clock.advance({ by: Seconds(3) });
  await streams.append(keys.inbound(0), { a: "2" });
  expect(await now()).toEqual({ entries: 3, ageMs: 3000 });
  const [batch] = await streams.readGroup(
    [keys.inbound(0)],
    { group: "twins", consumer: "c" },
    { limit: 1, blockMs: 0 },
  );
  expect(await now()).toMatchObject({ ageMs: 3000 });
  await streams.acknowledge(
    keys.inbound(0),
    "twins",
    batch!.entries.map(({ id }) => id),
  );
  await streams.createGroup(keys.critical(1), "twins", await streams.last(keys.critical(1)));
  await clock.advance({ by: Seconds(1) });
  expect(await now()).toEqual({ entries: 1, ageMs: 1000 });
});

test("/ready names each part that cannot serve, also one that throws or never answers", async () => {
  const clock = createVirtualClock({ start });
  const [, ready] = readinessRoutes(clock, [
    { name: "good", check: () => undefined },
    { name: "bad", check: async () => "It is full." },
    {
      name: "cut",
      check: () => Promise.reject(new Trouble("cells-unreachable", { retry: "safe" })),
    },
    { name: "deaf", check: () => new Promise(() => undefined) },
  ]);
  const answer = Promise.resolve(ready!.answer({} as never));
  await clock.advance({ by: Seconds(2) });
  const response = await answer;
  expect(response.status).toBe(503);
  expect((await response.json()) as Readiness).toEqual({
    ready: false,
    parts: [
      { name: "good", ready: true },
      { name: "bad", ready: false, detail: "It is full." },
      { name: "cut", ready: false, detail: "cells-unreachable" },
      { name: "deaf", ready: false, detail: "No answer within 2000 ms." },
    ],
  });
});

test("/ready tells that processors are behind, and that they have caught up", async () => {
  const trial = await openTrial();
  const ready = async (): Promise<Readiness> =>
    (await (await trial.get("/ready")).json()) as Readiness;
  const key = trial.keys.inbound(0);
  const id = await trial.redis.streams.append(key, { a: "1" });
  await trial.clock.advance({ by: Seconds(11) });
  expect(await ready()).toMatchObject({
    ready: false,
    parts: [
      { ready: true },
      { ready: true },
      { name: "processors", detail: "1 entries wait, the oldest for 11000 ms." },
    ],
  });
  await trial.redis.streams.createGroup(key, "twins", id);
  await trial.clock.advance({ by: Seconds(2) });
  expect(await ready()).toMatchObject({ ready: true });
  await trial.close();
});

async function aside(trial: Trial, tenant: string, seq: number): Promise<void> {
  const fields = {
    tenant,
    box: "X-1",
    device: "B-1",
    channel: "readings",
    epoch: "e1",
    seq: String(seq),
  };
  const why = {
    reason: "out_of_range",
    text: '{"n":"heart-rate","v":999}',
    count: "2",
    receivedAt: String(start + seq),
  };
  await trial.redis.streams.append(trial.keys.quarantine(seq % 4), { ...fields, ...why });
}

test("quarantine is told newest first to its own tenant, and its text to clinical roles only", async () => {
  const trial = await openTrial();
  for (const seq of [3, 1, 2]) await aside(trial, "nice", seq);
  await aside(trial, "lyon", 4);
  const rows = async (path: string, role: "support" | "doctor") =>
    ((await (await trial.get(path, role)).json()) as { items: QuarantineRow[] }).items;
  const all = await rows("/v1/quarantine", "support");
  expect(all.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  expect(all[0]).toEqual({
    receivedAt: start + 3,
    box: "X-1",
    device: "B-1",
    channel: "readings",
    epoch: "e1",
    seq: 3,
    reason: "out_of_range",
    count: 2,
  });
  expect((await rows("/v1/quarantine?limit=2", "doctor")).map(({ text }) => text)).toEqual([
    '{"n":"heart-rate","v":999}',
    '{"n":"heart-rate","v":999}',
  ]);
  expect((await trial.get("/v1/quarantine?limit=0", "support")).status).toBe(422);
  await trial.close();
});

test("metrics are open to this machine only, and not to what comes through a proxy", async () => {
  const trial = await openTrial();
  const { createGates } = await import("#api/gate.ts");
  const { createMetrics } = await import("#platform/metrics.ts");
  const { silent } = await import("#platform/log.ts");
  const gates = createGates({
    tokens: trial.tokens,
    clock: trial.clock,
    log: silent,
    metrics: createMetrics(),
  });
  const gate = gates({ method: "GET", path: "/metrics", answer: () => new Response("1") });
  const status = async (address: string | undefined, headers = {}): Promise<number> => {
    const request = new Request("http://localhost/metrics", { headers });
    const connection = { keepOpen: () => undefined, upgrade: () => false };
    return (await gate({ request, params: {}, address, ...connection })).status;
  };
  expect(await status("127.0.0.1")).toBe(200);
  expect(await status("::1")).toBe(200);
  expect(await status("::ffff:127.0.0.1")).toBe(200);
  expect(await status("10.0.0.7")).toBe(401);
  expect(await status(undefined)).toBe(401);
  expect(await status("127.0.0.1", { "x-forwarded-for": "10.0.0.7" })).toBe(401);
  await trial.close();
});
