/**
 * AWS IoT Device Shadow over MQTT, rule by rule, on a real socket with an ordinary client: spec twins 4A. What HTTP alone
 * shows is proved in `api/compat/aws/`, and both together against a whole server in `scripts/compat.live.ts`.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";

import mqtt, { type MqttClient } from "mqtt";

import { realClock } from "#platform/clock/real.ts";
import { realRandom } from "#platform/random/real.ts";
import type { RegisteredDevice } from "#twins/registry-port.ts";
import { parseRequest } from "#twins/shadow/request.ts";
import type { JsonObject } from "#wire/messages.ts";

import { type LiveStage, openLiveStage, until } from "./live-stage.ts";
import { named } from "./stage.ts";

let stage: LiveStage;
const clients: MqttClient[] = [];
beforeEach(async () => {
  stage = await openLiveStage(realClock, realRandom, { aws: true });
  for (const serial of ["X-1", "B-1", "X-2", "B-2"]) {
    const box = named.box(serial.replace("B-", "X-"));
    stage.put(serial, { box });
    const device: RegisteredDevice = stage.roster.device(named.serial(serial))!;
    await stage.twins.create(device);
  }
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  await stage.close();
});

/** What came on a topic. */
interface Heard {
  readonly topic: string;
  readonly document: Record<string, unknown> & { readonly version: number };
}

interface Box {
  readonly client: MqttClient;
  readonly heard: Heard[];
  /** Publishes below the prefix of B-1's shadow. */
  readonly say: (action: string, document: unknown, prefix?: string) => Promise<void>;
  /** The latest on a topic below that prefix, once there are as many as `count`. */
  readonly hear: (answer: string, count?: number) => Promise<Heard["document"]>;
}

const classic = "$aws/things/B-1/shadow";

async function openBox(box = "X-1", filters: readonly string[] = [`${classic}/#`]): Promise<Box> {
  const url = `mqtt://127.0.0.1:${stage.plain.port}`;
  const client = await mqtt.connectAsync(url, { username: box, reconnectPeriod: 0 });
  clients.push(client);
  const heard: Heard[] = [];
  client.on("message", (topic, payload) => {
    heard.push({ topic, document: JSON.parse(payload.toString()) as Heard["document"] });
  });
  const granted = await client.subscribeAsync([...filters], { qos: 1 });
  expect(granted.every(({ qos }) => qos === 1)).toBe(true);
  return {
    client,
    heard,
    say: async (action, document, prefix = classic) => {
      const text = typeof document === "string" ? document : JSON.stringify(document);
      await client.publishAsync(`${prefix}/${action}`, text, { qos: 1 });
    },
    hear: async (answer, count = 1) => {
      const all = (): Heard[] => heard.filter(({ topic }) => topic === `${classic}/${answer}`);
      await until(`${answer} ${count}`, () => all().length >= count);
      return all().at(-1)!.document;
    },
  };
}

/** As somebody outside the home does it over HTTP. */
async function fromOutside(state: unknown, name: string | null = null): Promise<void> {
  const request = parseRequest(new TextEncoder().encode(JSON.stringify({ state })));
  if (request.kind === "rejected") throw new Error(request.message);
  const author = { tenant: named.tenant("nice"), by: "aws:VK1" };
  const place = { thing: named.serial("B-1"), name };
  expect((await stage.shadows.update(place, request, author)).kind).toBe("reply");
}

const on = { state: { desired: { led: "on" } } };

test("A1: what nobody wrote is rejected as missing", async () => {
  const box = await openBox();
  await box.say("get", { clientToken: "t" });
  const { timestamp, ...rejected } = await box.hear("get/rejected");
  expect(timestamp).toBeNumber();
  const message = "No shadow exists with name: 'B-1'";
  expect(rejected as unknown).toEqual({ code: 404, message, clientToken: "t" });
});

test("A2, A3, A4, A6: update, get and report over MQTT", async () => {
  const box = await openBox();
  await box.say("update", on);
  expect(await box.hear("update/accepted")).toMatchObject({ ...on, version: 1 });
  await box.say("get", "");
  expect(await box.hear("get/accepted")).toMatchObject({
    state: { desired: { led: "on" }, delta: { led: "on" } },
    version: 1,
  });
  await box.say("update", { state: { reported: { led: "on" } }, version: 1 });
  expect(await box.hear("update/accepted", 2)).toMatchObject({ version: 2 });
  await box.say("get", "");
  const { state } = await box.hear("get/accepted", 2);
  expect(state).toEqual({ desired: { led: "on" }, reported: { led: "on" } });
});

test("A5: a conflict is told on rejected, and nowhere else", async () => {
  const box = await openBox();
  await box.say("update", on);
  await box.say("update", on);
  await box.hear("update/accepted", 2);
  const before = box.heard.length;
  await box.say("update", { ...on, version: 1, clientToken: "late" });
  const rejected = await box.hear("update/rejected");
  expect(rejected).toMatchObject({ code: 409, message: "Version conflict", clientToken: "late" });
  await box.say("get", "");
  expect(await box.hear("get/accepted")).toMatchObject({ version: 2 });
  expect(box.heard.slice(before).map(({ topic }) => topic)).toEqual([
    `${classic}/update/rejected`,
    `${classic}/get/accepted`,
  ]);
});

test("A17: every update that leaves a difference tells all of it, under the accepted version", async () => {
  const box = await openBox();
  await box.say("update", { state: { desired: { a: 1, b: 2 } }, clientToken: "t1" });
  const first = await box.hear("update/delta");
  const stamp = (first["metadata"] as JsonObject)["a"];
  expect(first).toMatchObject({ version: 1, state: { a: 1, b: 2 }, clientToken: "t1" });
  await box.say("update", { state: { reported: { a: 1 } } });
  const second = await box.hear("update/delta", 2);
  expect(second).toMatchObject({ version: 2, state: { b: 2 }, metadata: { b: stamp } });
  await box.say("update", { state: { reported: { b: 2 } } });
  await box.hear("update/documents", 3);
  expect(box.heard.filter(({ topic }) => topic.endsWith("/delta"))).toHaveLength(2);
});

test("A18: every accepted update tells the documents before and after", async () => {
  const box = await openBox();
  await box.say("update", on);
  await box.say("update", { state: { reported: { led: "off" } }, clientToken: "t2" });
  const stamp = { timestamp: expect.any(Number) };
  expect(await box.hear("update/documents", 2)).toEqual({
    previous: {
      state: { desired: { led: "on" } },
      metadata: { desired: { led: stamp } },
      version: 1,
    },
    current: {
      state: { desired: { led: "on" }, reported: { led: "off" } },
      metadata: { desired: { led: stamp }, reported: { led: stamp } },
      version: 2,
    },
    timestamp: expect.any(Number),
    clientToken: "t2",
  } as never);
});

test("A19 (as Greengrass): the same value again is accepted, documented and counted", async () => {
  const box = await openBox();
  for (let n = 0; n < 2; n += 1) await box.say("update", on);
  expect(await box.hear("update/accepted", 2)).toMatchObject({ version: 2 });
  await box.hear("update/documents", 2);
});

test("A21: deltas come in the order of their versions, each sharing that of its acceptance", async () => {
  const box = await openBox();
  for (let n = 0; n < 8; n += 1) await box.say("update", { state: { desired: { n } } });
  await box.hear("update/delta", 8);
  const versions = (answer: string): number[] =>
    box.heard.filter(({ topic }) => topic.endsWith(answer)).map(({ document }) => document.version);
  expect(versions("/delta")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(versions("/accepted")).toEqual(versions("/delta"));
});

test("A22, A24, A25: what is wrong with a document is told on rejected", async () => {
  const box = await openBox();
  const wrong: readonly [unknown, number][] = [
    [{ ...on, clientToken: "x".repeat(65) }, 400],
    ["{", 400],
    [{ state: { delta: {} } }, 400],
    [`{"state":{"desired":${"[".repeat(9)}1${"]".repeat(9)}}}`, 400],
    [{ state: { desired: { a: "x".repeat(9_000) } } }, 413],
  ];
  for (const [at, [document, code]] of wrong.entries()) {
    await box.say("update", document);
    expect(await box.hear("update/rejected", at + 1)).toMatchObject({ code });
  }
});

test("A26: a box asks of its own devices only, and of one at most ten times at once", async () => {
  const box = await openBox();
  const granted = await box.client.subscribeAsync("$aws/things/B-2/shadow/#").catch(String);
  expect(granted).toContain("Unspecified");
  const many = Array.from({ length: 30 }, () =>
    box.client.publishAsync(`${classic}/get`, "", { qos: 0 }),
  );
  await Promise.all(many);
  await until("thirty answers", () => box.heard.length === 30);
  const codes = box.heard.map(({ document }) => document["code"]);
  expect(codes.filter((code) => code === 404).length).toBeGreaterThanOrEqual(10);
  const closed = new Promise<void>((resolve) => box.client.once("close", () => resolve()));
  box.client.publish("$aws/things/B-2/shadow/get", "");
  await closed;
  expect(await stage.audit()).toContain("foreign_topic");
});

test("A27: what others write is told as delta and documents, what they are refused is not", async () => {
  const box = await openBox();
  await fromOutside({ desired: { led: "on" } });
  expect(await box.hear("update/delta")).toMatchObject({ version: 1, state: { led: "on" } });
  expect(await box.hear("update/documents")).toMatchObject({ current: { version: 1 } });
  expect(box.heard.map(({ topic }) => topic)).toEqual([
    `${classic}/update/delta`,
    `${classic}/update/documents`,
  ]);
});

test("A28: a shadow is deleted over MQTT, and counts on", async () => {
  const box = await openBox();
  await box.say("update", on);
  await box.say("delete", { clientToken: "d" });
  expect(await box.hear("delete/accepted")).toMatchObject({ version: 1, clientToken: "d" });
  await box.say("get", "");
  expect(await box.hear("get/rejected")).toMatchObject({ code: 404 });
  await box.say("update", on);
  expect(await box.hear("update/accepted", 2)).toMatchObject({ version: 2 });
});

test("A29: a last will to the shadow service is taken and says nothing", async () => {
  const box = await openBox("X-1");
  const willed = await mqtt.connectAsync(`mqtt://127.0.0.1:${stage.plain.port}`, {
    username: "X-2",
    reconnectPeriod: 0,
    will: {
      topic: "$aws/things/B-2/shadow/update",
      payload: Buffer.from(JSON.stringify({ state: { reported: { connected: "false" } } })),
      qos: 1,
      retain: false,
    },
  });
  willed.stream.destroy();
  await until("the end of it", async () => (await stage.audit()).includes("ended"));
  const place = { thing: named.serial("B-2"), name: null };
  const reader = { tenant: named.tenant("nice"), clearance: "device" } as const;
  expect((await stage.shadows.get(place, reader)).kind).toBe("rejected");
  expect(box.heard).toEqual([]);
});

test("A30: named shadows have topics of their own", async () => {
  const box = await openBox("X-1", ["$aws/things/B-1/shadow/name/+/update/+"]);
  await box.say("update", on, `${classic}/name/lamp`);
  await until("three", () => box.heard.length === 3);
  expect(box.heard.map(({ topic }) => topic)).toEqual(
    ["accepted", "delta", "documents"].map((answer) => `${classic}/name/lamp/update/${answer}`),
  );
  await box.say("update", on);
  await box.say("update", on, `${classic}/name/lamp`);
  await until("three more", () => box.heard.length === 6);
  expect(box.heard.at(-1)!.document).toMatchObject({ current: { version: 2 } });
});

test("what a device reports of a part by its shadow stands in its twin like any report", async () => {
  const box = await openBox();
  await fromOutside({ desired: { config: { profile: "dense" } } });
  expect(await box.hear("update/delta")).toMatchObject({ state: { config: { profile: "dense" } } });
  await box.say("update", { state: { reported: { config: { profile: "dense" } } } });
  await box.hear("update/accepted");
  const twin = await stage.twins.read(named.serial("B-1"));
  const { reported, wishes, meta } = twin!.parts.config!;
  expect(reported).toEqual({ profile: "dense" });
  expect(wishes["profile"]).toMatchObject({ state: "applied", by: "aws:VK1" });
  expect(meta["profile"]).toMatchObject({ src: "reported", epoch: "aws" });
  await box.say("update", { state: { reported: { vitals: { "heart-rate": 70 } } } });
  expect(await box.hear("update/rejected")).toMatchObject({ code: 403 });
});

test("what people wish for in any other way is told as a delta, in the classic shadow and the part's", async () => {
  const box = await openBox();
  const before = (await stage.twins.read(named.serial("B-1")))!;
  const wish = { v: 1, state: "pending", at: realClock.now(), setAt: realClock.now(), by: "u:1" };
  const part = { v: 0, reported: {}, desired: { profile: "dense" }, meta: {} };
  const after = {
    ...before,
    desiredV: 1,
    parts: { config: { ...part, wishes: { profile: { ...wish, state: "pending" as const } } } },
  };
  const changed = [{ path: "desired/config/profile", value: "dense", t: realClock.now() }];
  await stage.twins.commit([{ before, after, changed, by: "u:1", cause: "api" }]);
  expect(await box.hear("update/delta")).toMatchObject({ state: { config: { profile: "dense" } } });
  expect(await box.hear("name/config/update/delta")).toMatchObject({ state: { profile: "dense" } });
});

test("a box that has unsubscribed is told nothing more", async () => {
  const box = await openBox("X-1", [`${classic}/update/accepted`, `${classic}/get/+`]);
  await box.say("update", on);
  await box.hear("update/accepted");
  await box.client.unsubscribeAsync(`${classic}/update/accepted`);
  await box.say("update", on);
  await box.say("get", "");
  expect(await box.hear("get/accepted")).toMatchObject({ version: 2 });
  expect(box.heard).toHaveLength(2);
});

test("while the face is off its topics are foreign", async () => {
  const bare = await openLiveStage(realClock, realRandom);
  bare.put("X-1", { box: named.box("X-1") });
  const url = `mqtt://127.0.0.1:${bare.plain.port}`;
  const client = await mqtt.connectAsync(url, { username: "X-1", reconnectPeriod: 0 });
  clients.push(client);
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  expect(await client.subscribeAsync("$aws/things/X-1/shadow/#").catch(String)).toContain("Unspec");
  client.publish("$aws/things/X-1/shadow/get", "");
  await closed;
  expect(await bare.audit()).toEqual(expect.arrayContaining(["foreign_subscription"]));
  await bare.close();
});
