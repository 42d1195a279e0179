import { afterEach, beforeEach, expect, test } from "bun:test";

import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { lyon, nice, openTrial, type Trial } from "#api/trial.ts";
import { refusal } from "#api/twins/write/scene.ts";
import { parseChange } from "#twins/changes.ts";
import { device } from "#twins/specimens.ts";
import { Hours, Seconds } from "#wire/units.ts";

import { CustodyReply, CustodyView, HeldList } from "./contract.ts";

let trial: Trial;
beforeEach(async () => {
  trial = await openTrial();
  await trial.registry.stock(device("B-3").serial, nice);
  await trial.twins.create(trial.registry.device("B-3")!);
  await trial.clock.advance({ by: Seconds(1) });
});
afterEach(() => trial.close());

interface Asking {
  readonly body?: unknown;
  readonly role?: Role;
  readonly tenant?: typeof nice;
}

async function send(method: string, path: string, asking: Asking = {}): Promise<Response> {
  const { body, role = "fleet", tenant = nice } = asking;
  const token = await trial.tokens.issue({ tenant, role });
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return trial.ask(`/v1/custody${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...type },
    ...(body === undefined ? {} : { body: text }),
  });
}

async function done(response: Promise<Response>): Promise<CustodyReply> {
  const answer = await response;
  expect(answer.status).toBe(200);
  return Value.Decode(CustodyReply, await answer.json());
}

async function record(path: string): Promise<CustodyView> {
  return Value.Decode(CustodyView, await (await send("GET", path)).json());
}

function assign(serial: string, assignment: string): Promise<Response> {
  return send("PUT", `/${serial}/assignment`, { body: { assignment } });
}

test("a device is assigned, swapped and given back, and whoever did it sees it in the list at once", async () => {
  const given = await done(assign("B-1", "A-1"));
  expect(given.devices).toMatchObject([
    { device: "B-1", box: "X-1", assignment: "A-1", status: "active" },
  ]);
  const body = { old: "B-1", new: "B-3", reason: "strap torn", as: "broken" };
  const swapped = await done(send("POST", "/swap", { body }));
  expect(swapped.devices).toMatchObject([
    { device: "B-1", box: null, assignment: null, status: "broken" },
    { device: "B-3", box: "X-1", assignment: "A-1", status: "active" },
  ]);
  const list = await trial.get("/v1/twins?filter=assignment==A-1", "fleet");
  expect(await list.json()).toMatchObject({ items: [{ id: "B-3", box: "X-1" }] });
  const twin = (await trial.twins.read(device("B-1").serial))!;
  const [change] = await trial.redis.streams.latest(trial.keys.changes(trial.keys.of("B-1")), 1);
  expect(parseChange(change!.fields)).toMatchObject({
    id: twin.id,
    by: "u:fleet@nice",
    why: "strap torn",
  });
  expect((await done(send("POST", "/swap", { body }))).devices).toEqual(swapped.devices);
  await done(send("DELETE", "/B-3/assignment"));
  expect((await record("/B-3")).standing).toMatchObject({ status: "inactive", box: null });
});

test("a write of custody answers a position that a list waits for", async () => {
  const answer = await assign("B-1", "A-1");
  const position = answer.headers.get("x-position") ?? "";
  const list = await trial.get("/v1/twins?filter=assignment==A-1", "fleet", {
    "x-position": position,
  });
  expect(await list.json()).toMatchObject({ items: [{ id: "B-1" }] });
});

test("TW-05: who held a device, and which devices somebody held, is told for any past moment", async () => {
  const enrolled = trial.clock.now();
  await trial.clock.advance({ by: Hours(1) });
  await assign("B-1", "A-1");
  await trial.clock.advance({ by: Hours(1) });
  const before = trial.clock.now();
  await trial.clock.advance({ by: Hours(1) });
  await send("POST", "/swap", { body: { old: "B-1", new: "B-3" } });
  await trial.clock.advance({ by: Hours(1) });
  expect((await record(`/B-1?at=${before}`)).standing).toMatchObject({
    assignment: "A-1",
    box: "X-1",
    status: "active",
  });
  expect((await record(`/B-1?at=${enrolled}`)).standing?.assignment).toBe(null);
  const utc = new Date(enrolled - 7_200_000).toISOString();
  expect((await record(`/B-1?at=${utc}`)).standing).toBe(null);
  const held = async (query: string): Promise<unknown[]> => {
    const list = Value.Decode(
      HeldList,
      await (await send("GET", `?assignment=A-1${query}`)).json(),
    );
    return list.items.map((item) => item.device);
  };
  expect(await held("")).toEqual(["B-1", "B-3"]);
  expect(await held(`&at=${before}`)).toEqual(["B-1"]);
  expect(await held(`&at=${trial.clock.now()}`)).toEqual(["B-3"]);
});

test("MD-36: a status goes where it may, and what is retired is gone", async () => {
  const set = (status: string) => send("PUT", "/B-3/status", { body: { status } });
  await done(set("broken"));
  expect(await refusal(set("active"))).toBe("409 wrong_state");
  await done(set("retired"));
  expect((await trial.get("/v1/twins/B-3", "fleet")).status).toBe(410);
  expect(await refusal(set("inactive"))).toBe("409 wrong_state");
  expect(await refusal(assign("B-3", "A-1"))).toBe("410 retired");
});

test("MD-39: a check is noted with its end, and overdue ones are found by a filter", async () => {
  const due = trial.clock.now() + 3_600_000;
  await done(send("PUT", "/B-1/calibration", { body: { due, reason: "yearly" } }));
  expect((await record("/B-1")).calibrations).toMatchObject([{ due, why: "yearly" }]);
  await trial.clock.advance({ by: Hours(2) });
  const path = `/v1/twins?filter=calibrationDue=lt=${trial.clock.now()}`;
  const list = await trial.get(path, "fleet");
  expect(await list.json()).toMatchObject({ items: [{ id: "B-1" }] });
  const past = send("PUT", "/B-1/calibration", { body: { due } });
  expect(await refusal(past)).toBe("422 invalid /body/due");
});

test("an erased pseudonym is found nowhere, and when its devices were with somebody stays", async () => {
  await assign("B-1", "A-1");
  await trial.clock.advance({ by: Hours(1) });
  const erase = (role: Role) => send("DELETE", "/assignments/A-1", { role });
  expect((await erase("fleet")).status).toBe(403);
  await done(erase("admin"));
  const { assignments, standing } = await record("/B-1");
  expect(assignments).toMatchObject([{ assignment: null, until: trial.clock.now() }]);
  expect(standing?.assignment).toBe(null);
  expect(await (await send("GET", "?assignment=A-1")).json()).toEqual({ items: [] });
});

const refused: readonly (readonly [name: string, sent: () => Promise<Response>, code: string])[] = [
  ["another assignment", () => assign("B-1", "A-2"), "409 wrong_state"],
  ["a pseudonym that is none", () => assign("B-2", "Mme Durand"), "422 invalid /body/assignment"],
  ["a device that does not exist", () => assign("B-7", "A-1"), "404 not_found"],
  ["a serial that is none", () => assign("nonsense", "A-1"), "404 not_found"],
  [
    "a box that is none",
    () => send("PUT", "/B-2/assignment", { body: { assignment: "A-2", box: "B-1" } }),
    "422 invalid /body/box",
  ],
  [
    "a status that is none",
    () => send("PUT", "/B-2/status", { body: { status: "lost" } }),
    "422 invalid /body/status",
  ],
  [
    "a field that does not exist",
    () => send("POST", "/swap", { body: { old: "B-1", new: "B-3", colour: 1 } }),
    "422 invalid /body/colour",
  ],
  [
    "a swap for what is in use",
    () => send("POST", "/swap", { body: { old: "B-1", new: "B-2" } }),
    "409 wrong_state",
  ],
  [
    "a swap for another kind",
    () => send("POST", "/swap", { body: { old: "B-1", new: "X-2" } }),
    "422 invalid",
  ],
  ["a body that is no JSON", () => send("POST", "/swap", { body: "{" }), "400 bad_json /body"],
  ["no body", () => send("POST", "/swap"), "415 unsupported_media_type"],
  [
    "a parameter that does not exist",
    () => send("DELETE", "/B-1/assignment?why=x"),
    "422 invalid /query/why",
  ],
  ["nobody's devices", () => send("GET", ""), "422 invalid /query/assignment"],
  ["a moment that is none", () => send("GET", "/B-1?at=then"), "422 invalid /query/at"],
];
for (const [name, sent, code] of refused) {
  test(`custody refuses ${name}`, async () => {
    await assign("B-1", "A-1");
    expect(await refusal(sent())).toBe(code);
  });
}

test("AC-28: another tenant's custody does not exist, neither to be read nor to be changed", async () => {
  await assign("B-1", "A-1");
  const asking = { tenant: lyon };
  expect((await send("GET", "/B-1", asking)).status).toBe(404);
  expect(await (await send("GET", "?assignment=A-1", asking)).json()).toEqual({ items: [] });
  const swap = { ...asking, body: { old: "B-1", new: "B-3" } };
  expect((await send("POST", "/swap", swap)).status).toBe(404);
  expect((await send("DELETE", "/B-1/assignment", asking)).status).toBe(404);
  const erase = { ...asking, role: "admin" } as const;
  expect(await done(send("DELETE", "/assignments/A-1", erase))).toEqual({ devices: [] });
  expect((await record("/B-1")).standing?.assignment).toBe("A-1");
});

test("whatever a process that died had changed is shown by the next one", async () => {
  await trial.registry.change((rows) =>
    rows.custody.assign(device("B-1").serial, "A-5", { by: "u:x" }),
  );
  await trial.restart();
  await trial.clock.advance({ by: Seconds(6) });
  expect((await trial.twins.read(device("B-1").serial))?.links.assignment).toBe("A-5");
});
