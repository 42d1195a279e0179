import { expect, test } from "bun:test";

import { openTrial, type Trial } from "#api/trial.ts";
import { start } from "#twins/specimens.ts";
import { encodeEntry } from "#wire/entry.ts";
import { parseBox, parseEpoch, parseSerial, parseTenant } from "#wire/identity.ts";
import { Hours, Instant, Minutes } from "#wire/units.ts";

import type { EventPage } from "./contract.ts";

interface Wish {
  readonly kind: string;
  readonly t?: number;
  readonly device?: string;
  readonly tenant?: string;
}

let seq = 0;

/** An event as a door commits it: kept under its id and passed through the critical stream, or kept only. */
async function happen(trial: Trial, wish: Wish, keptOnly = false): Promise<void> {
  const { kind, t = start, device = "B-1", tenant = "nice" } = wish;
  const id = `event-${++seq}`;
  const box = parseBox(device.replace("B-", "X-"))!;
  const body = JSON.stringify({
    detail: "hard floor",
    device,
    epoch: "e1",
    id,
    kind,
    quality: 90,
    seq,
    t,
  });
  const p = trial.keys.of(box);
  const entry = {
    ...{
      tenant: parseTenant(tenant)!,
      box,
      device: parseSerial(device)!,
      channel: "event" as const,
    },
    ...{ epoch: parseEpoch("e1")!, seq, receivedAt: Instant(t + 5), body },
  };
  const kept = { op: "HSET", key: trial.keys.event(p, id), field: "body", value: body } as const;
  const passing = { op: "XADD", key: trial.keys.critical(p), fields: encodeEntry(entry) } as const;
  await trial.redis.cells.commit([{ checks: [], writes: keptOnly ? [kept] : [kept, passing] }]);
}

async function events(trial: Trial, role: "fleet" | "nurse", query = ""): Promise<EventPage> {
  return (await (await trial.get(`/v1/events${query}`, role)).json()) as EventPage;
}

test("clinical roles see emergencies; others see technical events and how many emergencies there were", async () => {
  const trial = await openTrial();
  await happen(trial, { kind: "fall", t: start - 2000 });
  await happen(trial, { kind: "low_battery", t: start - 1000 });
  await happen(trial, { kind: "sos", device: "B-9", tenant: "lyon" });
  const nurse = await events(trial, "nurse");
  expect(nurse.items.map(({ kind, emergency }) => [kind, emergency])).toEqual([
    ["low_battery", false],
    ["fall", true],
  ]);
  expect(nurse.items[1]).toMatchObject({
    device: "B-1",
    box: "X-1",
    t: start - 2000,
    receivedAt: start - 1995,
    detail: "hard floor",
  });
  const fleet = await events(trial, "fleet");
  expect(fleet.items.map(({ kind }) => kind)).toEqual(["low_battery"]);
  expect([nurse.emergencies.count, fleet.emergencies.count]).toEqual([1, 1]);
  expect(await (await trial.get("/v1/fleet", "fleet")).json()).toMatchObject({
    emergencies: { count: 1, withinMs: Hours(24) },
  });
  await trial.close();
});

test("an event is shown after the stream has forgotten it, and once only", async () => {
  const trial = await openTrial();
  await happen(trial, { kind: "fall" }, true);
  await happen(trial, { kind: "fall", device: "B-9", tenant: "lyon" }, true);
  expect((await events(trial, "nurse")).items).toMatchObject([
    { kind: "fall", box: "X-1", receivedAt: null },
  ]);
  await happen(trial, { kind: "sos", t: start + 1 });
  expect((await events(trial, "nurse")).items.map(({ kind }) => kind)).toEqual(["sos", "fall"]);
  expect((await events(trial, "nurse", "?limit=1")).items).toHaveLength(1);
  await trial.clock.advance({ by: Minutes(60) });
  expect((await events(trial, "nurse")).items).toHaveLength(2);
  await trial.close();
});

test("5,000 technical events take the place of no emergency, and either sort can be asked for alone", async () => {
  const trial = await openTrial();
  await happen(trial, { kind: "fall", t: start - Hours(23) });
  await happen(trial, { kind: "sos", t: start - Hours(25) });
  for (let n = 5000; n > 0; n--) await happen(trial, { kind: "low_battery", t: start - n });
  const kinds = async (query: string) =>
    (await events(trial, "nurse", query)).items.map(({ kind }) => kind);
  expect(await kinds("?limit=3")).toEqual(["low_battery", "low_battery", "fall"]);
  expect(await kinds("?limit=1")).toEqual(["fall"]);
  expect(await kinds("?kind=emergency")).toEqual(["fall", "sos"]);
  expect(await kinds("?kind=technical&limit=2")).toEqual(["low_battery", "low_battery"]);
  const fleet = await events(trial, "fleet", "?kind=technical&limit=1");
  expect(fleet).toMatchObject({
    items: [{ kind: "low_battery", t: start - 1 }],
    emergencies: { count: 1, withinMs: Hours(24) },
    emergenciesKept: { count: 2, withinMs: Hours(720) },
  });
  await trial.close();
});

test("who may not see emergencies is refused them by name, and a kind that is none is refused", async () => {
  const trial = await openTrial();
  await happen(trial, { kind: "fall" });
  const refusal = async (kind: string, role: "fleet" | "support" | "admin" | "nurse") => {
    const answer = await trial.get(`/v1/events?kind=${kind}`, role);
    return (await answer.json()) as unknown;
  };
  for (const role of ["fleet", "support", "admin"] as const) {
    const pointer = "/query/kind";
    expect(await refusal("emergency", role)).toMatchObject({ code: "forbidden", pointer });
    expect((await (await trial.get("/v1/events", role)).text()).includes("fall")).toBe(false);
  }
  for (const kind of ["", "fall", "both"]) {
    expect(await refusal(kind, "nurse")).toMatchObject({ code: "invalid", pointer: "/query/kind" });
  }
  await trial.close();
});
