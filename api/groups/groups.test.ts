import { afterEach, expect, test } from "bun:test";

import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { changes, listen, named, settle, snapshots } from "#api/listening.ts";
import { lyon, nice, openTrial, type Trial } from "#api/trial.ts";
import type { TwinPage } from "#api/twins/contract.ts";
import { groupLimits } from "#twins/groups/group.ts";
import { createGroupStore } from "#twins/groups/store.ts";
import { entryOf, start } from "#twins/specimens.ts";
import { Seconds } from "#wire/units.ts";

import { GroupList, GroupView } from "./contract.ts";

const trials: Trial[] = [];
afterEach(async () => {
  for (const trial of trials.splice(0)) await trial.close();
});

async function trialOf(): Promise<Trial> {
  const trial = await openTrial({ partitions: 2 });
  trials.push(trial);
  return trial;
}

interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  readonly role?: Role;
  readonly tenant?: typeof nice;
}

async function ask(trial: Trial, path: string, asking: Asking = {}): Promise<Response> {
  const { method = "GET", body, role = "fleet", tenant = nice } = asking;
  const token = await trial.tokens.issue({ tenant, role });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return trial.ask(path, { method, headers, ...(body === undefined ? {} : { body: text }) });
}

async function save(trial: Trial, name: string, filter: string): Promise<GroupView> {
  const path = `/v1/groups/${name}`;
  const response = await ask(trial, path, { method: "PUT", body: { filter } });
  expect(response.status).toBe(200);
  const group: unknown = await response.json();
  expect([...Value.Errors(GroupView, group)]).toEqual([]);
  return group as GroupView;
}

async function refusal(response: Promise<Response>): Promise<unknown> {
  const { status, code, pointer, at } = (await (await response).json()) as Record<string, unknown>;
  return [status, code, pointer, at].filter((each) => each !== undefined);
}

let seq = 0;
async function charge(trial: Trial, serial: string, level: number): Promise<void> {
  seq++;
  const body = { t: start + seq, parts: { power: { battery: level } } };
  await trial.tell(entryOf("reported", body, { device: serial, seq }));
}

test("a group is saved, listed with its count, read, and forgotten", async () => {
  const trial = await trialOf();
  await charge(trial, "B-1", 10);
  const saved = await save(trial, "low", "power.battery=lt=20");
  expect(saved).toMatchObject({ name: "low", edition: 1, by: "u:fleet@nice", count: 1, about: "" });
  await save(trial, "bands", "kind==wristband");
  const list: unknown = await (await ask(trial, "/v1/groups", { role: "doctor" })).json();
  expect([...Value.Errors(GroupList, list)]).toEqual([]);
  expect(list).toMatchObject({
    items: [
      { name: "bands", count: 2 },
      { name: "low", count: 1 },
    ],
  });
  const page = (await (await ask(trial, "/v1/groups/low/twins?count=true")).json()) as TwinPage;
  expect([page.total, page.items.map(({ id }) => id)]).toEqual([1, ["B-1"]]);
  expect((await ask(trial, "/v1/groups/low", { method: "DELETE" })).status).toBe(204);
  expect((await ask(trial, "/v1/groups/low")).status).toBe(404);
  expect((await ask(trial, "/v1/groups/low", { method: "DELETE" })).status).toBe(404);
});

test("saving what is already so makes no new edition, and another filter does", async () => {
  const trial = await trialOf();
  expect((await save(trial, "low", "power.battery=lt=20")).edition).toBe(1);
  expect((await save(trial, "low", "power.battery=lt=20")).edition).toBe(1);
  expect((await save(trial, "low", "power.battery=lt=30")).edition).toBe(2);
});

test("AC-28: another tenant's groups do not exist, and one of the same name is another group", async () => {
  const trial = await trialOf();
  await save(trial, "all", "id=exists=true");
  const foreign = { tenant: lyon };
  expect((await ask(trial, "/v1/groups/all", foreign)).status).toBe(404);
  expect((await ask(trial, "/v1/groups/all/twins", foreign)).status).toBe(404);
  expect((await ask(trial, "/v1/groups/all/stream", foreign)).status).toBe(404);
  expect(await (await ask(trial, "/v1/groups", foreign)).json()).toEqual({ items: [] });
  await ask(trial, "/v1/groups/all", { ...foreign, method: "PUT", body: { filter: "kind==box" } });
  const own = (await (await ask(trial, "/v1/groups/all/twins", foreign)).json()) as TwinPage;
  expect(own.items.map(({ id }) => id)).toEqual(["X-9"]);
});

test("a group that cannot be is refused with what and where", async () => {
  const trial = await trialOf();
  const put = (body: unknown, name = "g"): Promise<unknown> =>
    refusal(ask(trial, `/v1/groups/${name}`, { method: "PUT", body }));
  expect(await put({ filter: "id==*;nope==1" })).toEqual([422, "invalid", "/body/filter", 6]);
  expect(await put({ filter: "vitals.spo2=lt=90" })).toEqual([403, "forbidden", "/body/filter", 0]);
  expect(await put({ filter: `id==${"x".repeat(2000)}` })).toEqual([
    422,
    "invalid",
    "/body/filter",
  ]);
  expect(await put({ filter: "" })).toEqual([422, "invalid", "/body/filter"]);
  expect(await put({ filter: "id==*", colour: 1 })).toEqual([422, "invalid", "/body/colour"]);
  expect(await put({ filter: "id==*", about: "x".repeat(201) })).toEqual([
    422,
    "invalid",
    "/body/about",
  ]);
  expect(await put("{")).toEqual([400, "bad_json", "/body"]);
  for (const name of ["Upper", "-a", "a-", "a_b", "x".repeat(65), "%23"]) {
    expect(await put({ filter: "id==*" }, name)).toEqual([422, "invalid", "/path/group"]);
  }
  expect((await ask(trial, "/v1/groups/%23")).status).toBe(404);
});

test("a tenant has so many groups and no more, also when two people save at once", async () => {
  const trial = await trialOf();
  const store = createGroupStore({ ...trial.redis, keys: trial.keys, clock: trial.clock });
  const put = (name: string): ReturnType<typeof store.put> =>
    store.put(nice, { name, filter: "id==*", about: "", by: "u:test" });
  for (let at = 1; at < groupLimits.perTenant; at++) await put(`g-${at}`);
  const both = await Promise.all([put("a"), put("b")]);
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(["created", "refused"]);
  const more = ask(trial, "/v1/groups/c", { method: "PUT", body: { filter: "id==*" } });
  expect(await refusal(more)).toEqual([429, "too_many"]);
  expect((await store.list(nice)).length).toBe(groupLimits.perTenant);
});

test("a group's stream says who enters, who changes in it, and who leaves", async () => {
  const trial = await trialOf();
  await save(trial, "low", "power.battery=lt=20");
  const source = await listen(trial, { path: "/v1/groups/low/stream" });
  for (const level of [50, 10, 9, 60]) await charge(trial, "B-1", level);
  await trial.twins.retire((await trial.twins.read("B-2" as never))!.id);
  await settle(trial);
  expect(source.frames.map(({ event }) => event).slice(1)).toEqual([
    "ready",
    "enter",
    "update",
    "leave",
  ]);
  expect(changes(source).map(({ twin }) => twin?.power.battery)).toEqual([10, 9, undefined]);
});

test("a group outlives the process, and its stream goes on where it was cut off", async () => {
  const trial = await trialOf();
  await save(trial, "low", "power.battery=lt=20");
  const source = await listen(trial, { path: "/v1/groups/low/stream" });
  await charge(trial, "B-1", 10);
  await settle(trial);
  await trial.restart();
  await charge(trial, "B-2", 5);
  const again = await listen(trial, { path: "/v1/groups/low/stream", lastId: source.lastId() });
  expect(named(again, "ready")).toMatchObject([{ resumed: true }]);
  expect(changes(again).map(({ id }) => id)).toEqual(["B-2"]);
});

test("whoever listens to a group whose filter changes is told of the gap and given everybody in it", async () => {
  const trial = await trialOf();
  await save(trial, "g", "id==B-1");
  const source = await listen(trial, { path: "/v1/groups/g/stream" });
  const before = source.lastId();
  await save(trial, "g", "id==B-2");
  await settle(trial);
  expect(named(source, "gap")).toMatchObject([{ reason: "group_changed" }]);
  expect(snapshots(source).flatMap(({ items }) => items.map(({ id }) => id))).toEqual(["B-2"]);
  await charge(trial, "B-2", 1);
  await settle(trial);
  expect(changes(source).map(({ id }) => id)).toEqual(["B-2"]);
  // One who was away meanwhile comes back to another group.
  const late = await listen(trial, { path: "/v1/groups/g/stream", lastId: before });
  await settle(trial);
  expect(named(late, "gap")).toMatchObject([{ reason: "group_changed" }]);
});

test("a change that another process made is heard of within seconds, and a group forgotten ends its streams", async () => {
  const trial = await trialOf();
  await save(trial, "g", "id==B-1");
  const source = await listen(trial, { path: "/v1/groups/g/stream" });
  const elsewhere = createGroupStore({ ...trial.redis, keys: trial.keys, clock: trial.clock });
  await elsewhere.put(nice, { name: "g", filter: "id==B-2", about: "", by: "u:other" });
  await trial.clock.advance({ by: Seconds(2) });
  await settle(trial);
  expect(named(source, "gap")).toMatchObject([{ reason: "group_changed" }]);
  await elsewhere.remove(nice, "g");
  await trial.clock.advance({ by: Seconds(2) });
  await settle(trial);
  expect(source.isEnded()).toBe(true);
});
