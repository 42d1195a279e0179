/**
 * AWS IoT Device Shadow over HTTP, rule by rule, asked by AWS's own client: spec twins 4A. What is told over MQTT only
 * (A17, A18, A21, A27, A29) is proved on the door, `pipeline/doors/shadow.live.ts`.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";

import { device } from "#twins/specimens.ts";
import { Hours, Seconds } from "#wire/units.ts";

import { type AwsScene, type AwsUser, openAwsScene } from "./scene.ts";

let scene: AwsScene;
let fleet: AwsUser;
beforeEach(async () => {
  scene = await openAwsScene(Date.now);
  fleet = await scene.user();
});
afterEach(() => scene.close());

const at = (ms: number): number => Math.floor(ms / 1000);
const band = device("B-1").serial;
const on = { state: { desired: { led: "on" } } };

test("A1: of what nobody wrote there is no shadow", async () => {
  const refused = await scene.refusal(fleet.get("B-1"));
  const message = "No shadow exists with name: 'B-1'";
  expect(refused).toEqual({ status: 404, type: "ResourceNotFoundException", message });
  const named = await scene.refusal(fleet.get("B-1", "lamp"));
  expect(named.message).toBe("No shadow exists with name: 'B-1~lamp'");
  expect((await scene.refusal(fleet.get("no-such-thing"))).status).toBe(404);
});

test("A2: the first update makes version 1 and echoes only the sections sent, with their stamps", async () => {
  const now = at(scene.clock.now());
  expect(await fleet.update("B-1", on)).toEqual({
    state: { desired: { led: "on" } },
    metadata: { desired: { led: { timestamp: now } } },
    version: 1,
    timestamp: now,
  });
});

test("A3: what is desired and not reported is the delta, dated by what is desired", async () => {
  const now = at(scene.clock.now());
  await fleet.update("B-1", on);
  await scene.clock.advance({ by: Seconds(5) });
  expect(await fleet.get("B-1")).toEqual({
    state: { desired: { led: "on" }, delta: { led: "on" } },
    metadata: { desired: { led: { timestamp: now } }, delta: { led: { timestamp: now } } },
    version: 1,
    timestamp: now + 5,
  });
});

test("A4: once it is reported there is no delta", async () => {
  await fleet.update("B-1", on);
  const accepted = await fleet.update("B-1", { state: { reported: { led: "on" } } });
  expect(accepted).toMatchObject({ state: { reported: { led: "on" } }, version: 2 });
  expect(Object.keys(accepted.state!)).toEqual(["reported"]);
  const { state } = await fleet.get("B-1");
  expect(state).toEqual({ desired: { led: "on" }, reported: { led: "on" } });
});

test("A5: another version than the present one is a conflict, and changes nothing", async () => {
  await fleet.update("B-1", on);
  await fleet.update("B-1", { state: { reported: { led: "on" } } });
  const before = await fleet.get("B-1");
  const late = { state: { desired: { led: "off" } }, version: 1 };
  const refused = await scene.refusal(fleet.update("B-1", late));
  expect(refused).toEqual({ status: 409, type: "ConflictException", message: "Version conflict" });
  expect(await fleet.get("B-1")).toEqual(before);
});

test("A6: the present version, or none, is accepted and makes the next", async () => {
  await fleet.update("B-1", on);
  const off = { state: { desired: { led: "off" } } };
  expect((await fleet.update("B-1", { ...off, version: 1 })).version).toBe(2);
  expect((await fleet.update("B-1", off)).version).toBe(3);
});

test("A7 (as Greengrass): of no shadow only version 1 may be meant", async () => {
  const refused = await scene.refusal(fleet.update("B-1", { ...on, version: 2 }));
  expect(refused).toMatchObject({ status: 400, message: "Invalid version" });
  expect((await fleet.update("B-1", { ...on, version: 1 })).version).toBe(1);
});

test("A8: null takes a leaf away, and the last one its section", async () => {
  await fleet.update("B-1", { state: { desired: { one: 1, two: 2, deep: { a: { b: 1 } } } } });
  await fleet.update("B-1", { state: { desired: { one: null, deep: { a: { b: null } } } } });
  expect((await fleet.get("B-1")).state).toEqual({ desired: { two: 2 }, delta: { two: 2 } });
  await fleet.update("B-1", { state: { desired: { two: null } } });
  expect(await fleet.get("B-1")).toMatchObject({ state: {}, metadata: {} });
});

test("A9: a section of null goes, a state of null takes both and is accepted", async () => {
  const first = await fleet.update("B-1", { state: null });
  expect(first).toMatchObject({ state: null, version: 1 });
  expect(first.metadata).toEqual({ timestamp: first.timestamp });
  expect(await fleet.get("B-1")).toMatchObject({ state: {}, metadata: {}, version: 1 });
  await fleet.update("B-1", { state: { desired: { a: 1 }, reported: { a: 1 } } });
  await fleet.update("B-1", { state: { desired: null } });
  expect((await fleet.get("B-1")).state).toEqual({ reported: { a: 1 } });
  expect((await fleet.update("B-1", { state: null })).version).toBe(4);
  expect((await fleet.get("B-1")).state).toEqual({});
});

test("A10: nothing desired, or a null where there is nothing, stores nothing", async () => {
  await fleet.update("B-1", { state: { desired: {} } });
  expect((await fleet.get("B-1")).state).toEqual({});
  await fleet.update("B-1", { state: { reported: { online: null } } });
  expect((await fleet.get("B-1")).state).toEqual({});
});

test("A11: empty objects stay, in the delta too (as the cloud)", async () => {
  await fleet.update("B-1", { state: { desired: { a: 1, b: { c: 3 } } } });
  await fleet.update("B-1", { state: { desired: { d: {}, b: { c: {} } } } });
  const { state } = await fleet.get("B-1");
  const all = { a: 1, b: { c: {} }, d: {} };
  expect(state).toEqual({ desired: all, delta: all });
});

test("A12: what is reported beyond what is desired is in no delta", async () => {
  await fleet.update("B-1", { state: { desired: { a: 1 }, reported: { a: 1, b: 2 } } });
  expect((await fleet.get("B-1")).state).not.toHaveProperty("delta");
});

test("A13: what is desired and not reported, or no longer, is in the delta", async () => {
  await fleet.update("B-1", { state: { desired: { a: 1 }, reported: { b: 1 } } });
  expect((await fleet.get("B-1")).state).toMatchObject({ delta: { a: 1 } });
  await fleet.update("B-1", { state: { reported: { a: 1 } } });
  expect((await fleet.get("B-1")).state).not.toHaveProperty("delta");
  await fleet.update("B-1", { state: { reported: { a: null } } });
  expect((await fleet.get("B-1")).state).toMatchObject({ delta: { a: 1 } });
});

test("A14: of nested objects the delta holds the path to what differs, and only that", async () => {
  await fleet.update("B-1", { state: { reported: { a: { b: { c: "d", e: "f" } } } } });
  await fleet.update("B-1", { state: { desired: { a: { b: { c: "d2", e: "f" } } } } });
  const { state, metadata } = await fleet.get("B-1");
  expect(state!["delta"]).toEqual({ a: { b: { c: "d2" } } });
  expect(metadata!["delta"]).toEqual({
    a: { b: { c: { timestamp: at(scene.clock.now()) } } },
  });
});

test("A15: an array is one leaf, is replaced whole, and holds no null", async () => {
  await fleet.update("B-1", { state: { reported: { list: ["v1", "v2"] } } });
  await fleet.update("B-1", { state: { desired: { list: ["v1"] } } });
  const { state, metadata } = await fleet.get("B-1");
  expect(state).toMatchObject({ delta: { list: ["v1"] }, reported: { list: ["v1", "v2"] } });
  const stamp = { timestamp: at(scene.clock.now()) };
  expect(metadata).toMatchObject({ reported: { list: [stamp, stamp] } });
  await fleet.update("B-1", { state: { reported: { list: ["v1"] } } });
  expect((await fleet.get("B-1")).state!["reported"]).toEqual({ list: ["v1"] });
  const bad = { state: { desired: { list: ["v1", null] } } };
  expect((await scene.refusal(fleet.update("B-1", bad))).status).toBe(400);
});

test("A16: 1 and 1.0 are the same", async () => {
  await fleet.update("B-1", `{"state":{"desired":{"a":1},"reported":{"a":1.0}}}`);
  expect((await fleet.get("B-1")).state).not.toHaveProperty("delta");
});

test("A19 (as Greengrass): the same value again is a new version with a new stamp", async () => {
  await fleet.update("B-1", on);
  await scene.clock.advance({ by: Seconds(7) });
  const again = await fleet.update("B-1", on);
  const stamp = { led: { timestamp: at(scene.clock.now()) } };
  expect(again).toMatchObject({ version: 2, metadata: { desired: stamp } });
  expect((await fleet.get("B-1")).metadata).toMatchObject({ desired: stamp });
});

test("A19: a part wished for again is stamped anew, while the wish itself stays as it was", async () => {
  const wish = { state: { desired: { config: { profile: "dense" } } } };
  await fleet.update("B-1", wish);
  const before = await scene.twins.read(band);
  await scene.clock.advance({ by: Seconds(7) });
  expect(await fleet.update("B-1", wish)).toMatchObject({ version: 2 });
  const { metadata } = await fleet.get("B-1");
  const stamp = { timestamp: at(scene.clock.now()) };
  expect(metadata).toMatchObject({ desired: { config: { profile: stamp } } });
  expect(await scene.twins.read(band)).toEqual(before);
});

test("A20: leaves that a request does not name keep their stamps", async () => {
  await fleet.update("B-1", { state: { desired: { a: 1, b: 1 } } });
  const then = at(scene.clock.now());
  await scene.clock.advance({ by: Seconds(9) });
  await fleet.update("B-1", { state: { desired: { b: 2 } } });
  expect((await fleet.get("B-1")).metadata).toMatchObject({
    desired: { a: { timestamp: then }, b: { timestamp: then + 9 } },
  });
});

test("A22: a client token is echoed; one of more than 64 bytes is invalid", async () => {
  expect(await fleet.update("B-1", { ...on, clientToken: "t-1" })).toMatchObject({
    clientToken: "t-1",
  });
  const long = { ...on, clientToken: "é".repeat(33) };
  expect(await scene.refusal(fleet.update("B-1", long))).toMatchObject({
    status: 400,
    message: "Invalid clientToken",
  });
});

test("A23: more than 8192 bytes of state are too much, metadata not counted", async () => {
  const full = 8_192 - JSON.stringify({ desired: { a: "" }, reported: {} }).length;
  await fleet.update("B-1", { state: { desired: { a: "x".repeat(full) } } });
  const refused = scene.refusal(fleet.update("B-1", { state: { reported: { b: 1 } } }));
  expect(await refused).toEqual({
    status: 413,
    type: "RequestEntityTooLargeException",
    message: "The payload exceeds the maximum size allowed",
  });
  const huge = { state: { desired: { a: "x".repeat(70_000) } } };
  expect((await scene.refusal(fleet.update("B-2", huge))).status).toBe(413);
});

test("A24: eight levels are as deep as a shadow goes (AWS: 5, 6 or 8, as one reads)", async () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
  await fleet.update("B-1", { state: { desired: nested(8) } });
  const refused = scene.refusal(fleet.update("B-1", { state: { desired: nested(9) } }));
  const message = "JSON contains too many levels of nesting; maximum is 8";
  expect(await refused).toEqual({ status: 400, type: "InvalidRequestException", message });
  const deep = `{"state":{"desired":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`;
  expect((await scene.refusal(fleet.update("B-1", deep))).status).toBe(400);
});

test("A25: a document that is none is told what is wrong with it", async () => {
  const wrong: readonly [unknown, string][] = [
    [{}, "Missing required node: state"],
    [{ state: 5 }, "State node must be an object"],
    [{ state: { desired: 5 } }, "State node must be an object"],
    [{ state: { reported: [1] } }, "State node must be an object"],
    [{ state: { delta: {} } }, "State contains an invalid node: 'delta'"],
    [`{"state":{"desired":{"__proto__":1}}}`, "State contains an invalid node: '__proto__'"],
    ["{", "Invalid JSON"],
    ["", "Invalid JSON"],
    ["[]", "Invalid JSON"],
  ];
  for (const [body, message] of wrong) {
    expect(await scene.refusal(fleet.update("B-1", body))).toMatchObject({ status: 400, message });
  }
  const { client } = fleet;
  const { UpdateThingShadowCommand } = await import("@aws-sdk/client-iot-data-plane");
  const payload = Uint8Array.of(0x7b, 0xff, 0x7d);
  const refused = scene.refusal(
    client.send(new UpdateThingShadowCommand({ thingName: "B-1", payload })),
  );
  expect(await refused).toMatchObject({
    status: 415,
    type: "UnsupportedDocumentEncodingException",
  });
});

test("A26: nobody unknown is let in, nobody does what their role may not", async () => {
  const path = "/compat/aws/things/B-1/shadow";
  expect((await scene.ask(path)).status).toBe(401);
  const support = await scene.user("support");
  expect(await scene.refusal(support.update("B-1", on))).toMatchObject({
    status: 403,
    type: "ForbiddenException",
  });
  expect((await scene.refusal(support.remove("B-1"))).status).toBe(403);
  await fleet.update("B-1", on);
  expect((await support.get("B-1")).version).toBe(1);
  const patient = await scene.user("patient");
  expect((await scene.refusal(patient.get("B-1"))).status).toBe(403);
});

test("A26: of one thing at most ten requests are under way", async () => {
  await fleet.update("B-1", on);
  const asked = Array.from({ length: 12 }, () => fleet.get("B-1"));
  const became = await Promise.allSettled(asked);
  const refused = became.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeLessThanOrEqual(2);
  for (const each of refused) {
    expect((each as PromiseRejectedResult).reason).toMatchObject({ name: "ThrottlingException" });
  }
});

test("A28: what is deleted is gone, and counts on within 48 hours, from 1 after", async () => {
  await fleet.update("B-1", on);
  await fleet.update("B-1", on);
  const deleted = await fleet.remove("B-1");
  expect(Object.keys(deleted).toSorted()).toEqual(["timestamp", "version"]);
  expect((await scene.refusal(fleet.get("B-1"))).status).toBe(404);
  expect((await scene.refusal(fleet.remove("B-1"))).status).toBe(404);
  await scene.clock.advance({ by: Hours(47) });
  expect((await fleet.update("B-1", on)).version).toBe(deleted.version + 1);
  await fleet.remove("B-1");
  await scene.clock.advance({ by: Hours(49) });
  expect((await fleet.update("B-1", on)).version).toBe(1);
  expect((await fleet.get("B-1")).state).toEqual({ desired: { led: "on" }, delta: { led: "on" } });
}, 20_000);

test("A30: named shadows have versions, sizes and deltas of their own", async () => {
  await fleet.update("B-1", { state: { desired: { name: "default" } } });
  for (const name of ["shadow1", "shadow2"]) {
    await fleet.update("B-1", { state: { reported: { name } } }, name);
    await fleet.update("B-1", { state: { reported: { name } } }, name);
    expect(await fleet.get("B-1", name)).toMatchObject({ state: { reported: { name } } });
  }
  expect((await fleet.get("B-1")).version).toBe(1);
  expect((await fleet.get("B-1", "shadow1")).version).toBe(2);
  expect(await fleet.list("B-1")).toEqual(["shadow1", "shadow2"]);
  await fleet.remove("B-1", "shadow2");
  expect((await scene.refusal(fleet.get("B-1", "shadow2"))).status).toBe(404);
  expect((await fleet.get("B-1")).version).toBe(1);
  expect((await fleet.get("B-1", "shadow1")).version).toBe(2);
  expect(await fleet.list("B-1")).toEqual(["shadow1"]);
});
