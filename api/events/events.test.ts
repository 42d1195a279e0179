import { expect, test } from "bun:test";

import { openTrial, type Trial } from "#api/trial.ts";
import { start } from "#twins/specimens.ts";
import { encodeEntry } from "#wire/entry.ts";
import { parseBox, parseEpoch, parseSerial, parseTenant } from "#wire/identity.ts";
import { Hours, Instant, Minutes } from "#wire/units.ts";

import type { EventPage } from "./contract.ts";
import { createShelf, shelfLimits } from "./shelf.ts";

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

test("however many technical events come, no emergency is pushed out, and memory stays bounded", () => {
  const shelf = createShelf();
  const event = { box: null, receivedAt: null, quality: null, detail: null, device: "B-1" };
  shelf.put({ ...event, id: "fall", kind: "fall", emergency: true, t: 0 });
  for (let t = 1; t <= 5 * shelfLimits.technical; t++) {
    shelf.put({ ...event, id: `low-${t}`, kind: "low_battery", emergency: false, t });
  }
  const all = shelf.latest(10 * shelfLimits.technical, true);
  expect(all.length).toBeLessThanOrEqual(2 * shelfLimits.technical + 1);
  expect(all.at(-1)).toMatchObject({ id: "fall" });
  expect(all[0]).toMatchObject({ t: 5 * shelfLimits.technical });
  expect([shelf.emergenciesSince(0), shelf.emergenciesSince(1)]).toEqual([1, 0]);
});
