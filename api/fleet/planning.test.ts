import { afterEach, beforeEach, expect, test } from "bun:test";

import { type Static, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { openTrial, type Trial } from "#api/trial.ts";
import { refusal } from "#api/twins/write/scene.ts";
import { judge } from "#twins/presence.ts";
import { device, entryOf, factOf, pulse } from "#twins/specimens.ts";
import type { JsonObject } from "#wire/messages.ts";
import { Hours, later, Minutes, Seconds } from "#wire/units.ts";

import { BlindList, VisitPlan } from "./planning-contract.ts";

let trial: Trial;
beforeEach(async () => {
  trial = await openTrial();
});
afterEach(() => trial.close());

async function ask<Schema extends TSchema>(schema: Schema, path: string): Promise<Static<Schema>> {
  const response = await trial.get(`/v1/fleet/${path}`, "fleet");
  expect(response.status).toBe(200);
  return Value.Decode(schema, await response.json());
}

/** What the pipeline does all the time: looks who is there. */
async function look(): Promise<void> {
  for (const { serial, box } of trial.registry.all()) {
    const before = await trial.twins.read(serial);
    const home = box === null || box === serial ? null : await trial.twins.read(box);
    if (before === null) continue;
    const { twin: after, changed } = judge({ twin: before, box: home }, trial.clock.now());
    if (after !== before) await trial.twins.commit([{ before, after, changed }]);
  }
  await trial.clock.advance({ by: Seconds(1) });
}

let seq = 0;
/** A wristband says a pulse and its battery level, now. */
async function beat(name: string, battery = 80): Promise<void> {
  seq++;
  const wish = { device: `B-${name}`, box: `X-${name}`, seq, battery };
  await trial.tell(pulse(60, trial.clock.now(), wish));
  const t = trial.clock.now();
  const heard = { at: t, state: "heard", heardAt: t, since: t } as const;
  await trial.tell(factOf(heard, `X-${name}`, `X-${name}`));
  await trial.tell(factOf({ ...heard, up: true }, `B-${name}`, `X-${name}`));
  await look();
}

async function report(serial: string, parts: JsonObject): Promise<void> {
  seq++;
  const body = { t: trial.clock.now(), parts };
  const box = serial.replace("B-", "X-");
  await trial.tell(entryOf("reported", body, { device: serial, box, seq }));
}

test("a battery that empties is planned for by its trend, which a restart does not forget", async () => {
  for (let hour = 0; hour <= 24; hour++) {
    await beat("1", 90 - hour);
    await trial.clock.advance({ by: Hours(1) });
  }
  await trial.restart();
  await trial.clock.advance({ by: Minutes(16) });
  const plan = await ask(VisitPlan, "visits");
  expect(plan).toMatchObject({
    withinMs: 14 * 86_400_000,
    total: 1,
    items: [{ home: "X-1", devices: 1, reasons: [{ device: "B-1", why: "battery", battery: 66 }] }],
  });
  const due = plan.items[0]!.dueAt - trial.clock.now();
  expect(Math.abs(due / 3_600_000 - 60)).toBeLessThan(3);
  expect((await ask(VisitPlan, "visits?within=P1D")).total).toBe(0);
  await report("B-1", { power: { charging: true } });
  expect((await ask(VisitPlan, "visits")).total).toBe(0);
});

test("MD-39, FL-04: an overdue check is planned for, beside whatever else the home needs", async () => {
  await beat("2", 3);
  await trial.registry.change((rows) =>
    rows.custody.calibrate(device("B-2").serial, later(trial.clock.now(), Hours(1)), { by: "u:x" }),
  );
  await trial.clock.advance({ by: Hours(2) });
  const { items } = await ask(VisitPlan, "visits?within=PT0S");
  expect(items).toMatchObject([
    {
      home: "X-2",
      devices: 1,
      reasons: [{ why: "battery", battery: 3 }, { why: "calibration" }],
    },
  ]);
});

test("a home is blind when no wristband told a reading for longer than asked, and off the wrist is told apart", async () => {
  await beat("1");
  await beat("2");
  await trial.clock.advance({ by: Minutes(40) });
  await report("B-2", { wear: { worn: false } });
  const { blind, offWrist } = await ask(BlindList, "blind");
  expect(blind).toMatchObject({
    total: 1,
    items: [{ home: "X-1", wristbands: [{ device: "B-1", isOffWrist: false }] }],
  });
  expect(offWrist).toMatchObject({ total: 1, items: [{ home: "X-2" }] });
  expect((await ask(BlindList, "blind?over=PT1H")).blind.total).toBe(0);
  const said = await (await trial.get("/v1/fleet/blind", "fleet")).text();
  expect(said).not.toContain("heart-rate");
});

test("AC-28: another tenant's homes are in no plan, and a filter narrows one's own", async () => {
  for (const name of ["1", "2", "9"]) await beat(name, 2);
  const homes = async (query: string): Promise<string[]> =>
    (await ask(VisitPlan, `visits${query}`)).items.map(({ home }) => home);
  expect(await homes("")).toEqual(["X-1", "X-2"]);
  expect(await homes("?filter=box==X-2")).toEqual(["X-2"]);
  expect(await homes("?limit=1")).toEqual(["X-1"]);
  expect((await ask(VisitPlan, "visits?limit=1")).total).toBe(2);
});

test("a question outside of its grammar is refused, and where", async () => {
  for (const [path, expected] of [
    ["visits?within=soon", "422 invalid /query/within"],
    ["visits?within=P400D", "422 invalid /query/within"],
    ["blind?over=-1", "422 invalid /query/over"],
    ["blind?within=P1D", "422 invalid /query/within"],
    ["visits?limit=0", "422 invalid /query/limit"],
    ["visits?filter=power.battery=lt=", "422 invalid /query/filter"],
    ["blind?filter=vitals.spo2=lt=90", "403 forbidden /query/filter"],
  ]) {
    expect(await refusal(trial.get(`/v1/fleet/${path}`, "fleet"))).toBe(expected!);
  }
});
