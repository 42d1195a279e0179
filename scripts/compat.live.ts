/**
 * Programs of others, unmodified, against a started Vigie: AWS's own client and an ordinary MQTT client on one side,
 * Eclipse Ditto's own on the other, both on the same twins.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  IoTDataPlaneClient,
  ListNamedShadowsForThingCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import {
  type AuthProvider,
  DefaultSearchOptions,
  DefaultTokenSupplier,
  DittoNodeClient,
  NodeHttpBasicAuth,
  NodeHttpBearerAuth,
  Thing,
} from "@eclipse-ditto/ditto-javascript-client-node";
import mqtt, { type MqttClient } from "mqtt";

import { startVigie, type Vigie } from "./running.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-compat-"));
const dir = join(folder, "state");
const options = [
  ...["--fleet", "none", "--port", "0", "--mqtt-port", "0", "--door-port", "0"],
  ...["--plain-port", "0", "--compat-aws", "on", "--compat-ditto", "on"],
];

let vigie: Vigie;
let key: { readonly id: string; readonly secret: string };
let box: MqttClient;
const heard: { readonly topic: string; readonly document: { readonly version?: number } }[] = [];
let prefix: string;

beforeAll(async () => {
  vigie = await startVigie(dir, options);
  key = await makeKey();
  const { demo } = vigie;
  const { cert, key: secret, wristband } = demo.box;
  prefix = `$aws/things/${wristband}/shadow`;
  const tls = { cert: readFileSync(cert), key: readFileSync(secret), ca: readFileSync(demo.ca) };
  box = await mqtt.connectAsync(demo.mqtt, { ...tls, reconnectPeriod: 0 });
  box.on("message", (topic, payload) => {
    heard.push({ topic, document: JSON.parse(payload.toString()) });
  });
  await box.subscribeAsync(`${prefix}/#`, { qos: 1 });
}, 60_000);

afterAll(async () => {
  await box.endAsync(true);
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** As an administrator does on the machine. */
async function makeKey(): Promise<{ id: string; secret: string }> {
  const script = new URL("./api-key.ts", import.meta.url).pathname;
  const { tenant } = vigie.demo.box;
  const args = ["--state", dir, "--tenant", tenant, "--role", "fleet"];
  const child = Bun.spawn([process.execPath, script, ...args], { stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  const [, id = "", secret = ""] = /^id\s+(\S+)\nsecret\s+(\S+)$/m.exec(text) ?? [];
  expect(await child.exited).toBe(0);
  return { id, secret };
}

function awsClient(secretAccessKey = key.secret): IoTDataPlaneClient {
  return new IoTDataPlaneClient({
    region: "eu-west-3",
    endpoint: `${vigie.demo.api}/compat/aws`,
    credentials: { accessKeyId: key.id, secretAccessKey },
    maxAttempts: 1,
  });
}

const bytes = (document: unknown) => new TextEncoder().encode(JSON.stringify(document));
const documentOf = ({ payload }: { payload?: Uint8Array | undefined }): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(payload));

test("A1, A2, A3, A5, A28, A30: AWS's own client works on a running Vigie", async () => {
  const aws = awsClient();
  const thingName = vigie.demo.box.serial;
  const missing = aws.send(new GetThingShadowCommand({ thingName, shadowName: "lamp" }));
  expect(await missing.catch((error: Error) => error.name)).toBe("ResourceNotFoundException");
  const place = { thingName, shadowName: "lamp" };
  const update = (document: unknown) =>
    aws.send(new UpdateThingShadowCommand({ ...place, payload: bytes(document) }));
  const made = documentOf(await update({ state: { desired: { led: "on" } } }));
  expect(made).toMatchObject({ version: 1, state: { desired: { led: "on" } } });
  const read = documentOf(await aws.send(new GetThingShadowCommand(place)));
  expect(read["state"]).toEqual({ desired: { led: "on" }, delta: { led: "on" } });
  const late = await update({ state: { desired: { led: "off" } }, version: 9 }).catch(
    (error: Error) => error.name,
  );
  expect(late).toBe("ConflictException");
  const { results } = await aws.send(new ListNamedShadowsForThingCommand({ thingName }));
  expect(results).toContain("lamp");
  await aws.send(new DeleteThingShadowCommand(place));
  const gone = aws.send(new GetThingShadowCommand(place));
  expect(await gone.catch((error: Error) => error.name)).toBe("ResourceNotFoundException");
  const forged = awsClient("x".repeat(40)).send(new GetThingShadowCommand(place));
  expect(await forged.catch((error: Error) => error.name)).toBe("ForbiddenException");
}, 30_000);

test("A17, A18, A27: what AWS's client writes reaches the box, what it is refused does not", async () => {
  const aws = awsClient();
  const thingName = vigie.demo.box.wristband;
  const update = (document: unknown) =>
    aws.send(new UpdateThingShadowCommand({ thingName, payload: bytes(document) }));
  const refused = await update({ state: { delta: {} } }).catch((error: Error) => error.name);
  expect(refused).toBe("InvalidRequestException");
  const made = documentOf(await update({ state: { desired: { config: { profile: "dense" } } } }));
  const at = (answer: string) => heard.filter(({ topic }) => topic === `${prefix}/${answer}`);
  await until(() => at("update/documents").length === 1, { what: "documents reach the box" });
  expect(at("update/delta").at(-1)!.document).toMatchObject({
    state: { config: { profile: "dense" } },
    version: made["version"],
  });
  expect(heard.filter(({ topic }) => topic.endsWith("rejected"))).toEqual([]);
}, 30_000);

test("a device that speaks to its shadow is seen natively, and by Ditto's client", async () => {
  const { wristband, tenant } = vigie.demo.box;
  const report = { state: { reported: { config: { profile: "dense" } } } };
  await box.publishAsync(`${prefix}/update`, JSON.stringify(report), { qos: 1 });
  interface Seen {
    readonly parts: { readonly config?: { readonly reported: { readonly profile?: string } } };
    readonly sync: Readonly<Record<string, { readonly state: string }>>;
  }
  const native = async (): Promise<Seen> =>
    (await vigie.get<Seen>(`/v1/twins/${wristband}?include=sync`)).body;
  const isThere = async () => (await native()).parts.config?.reported.profile === "dense";
  await until(isThere, { what: "the report is in the twin" });
  expect((await native()).sync["config/profile"]).toMatchObject({ state: "applied" });
  const thing = await dittoClient().getThingsHandle().getThing(`${tenant}:${wristband}`);
  expect(thing.features?.["config"]?.properties).toEqual({ profile: "dense" });
}, 30_000);

/** With the API key as name and password, unless told otherwise. */
function dittoClient(auth: AuthProvider = NodeHttpBasicAuth.newInstance(key.id, key.secret)) {
  return DittoNodeClient.newHttpClient()
    .withoutTls()
    .withCustomPath("/compat/ditto/api")
    .withDomain(new URL(vigie.demo.api).host)
    .withAuthProvider(auth)
    .build();
}

test("D1, D2, D6: Ditto's own client makes, reads, changes, searches and deletes things", async () => {
  const things = dittoClient().getThingsHandle();
  const { tenant, serial } = vigie.demo.box;
  const thingId = `${tenant}:S-LIVE1`;
  const features = { lamp: { properties: { on: true } } };
  const made = await things.putThing(
    Thing.fromObject({ thingId, attributes: { room: "12" }, features }),
  );
  expect(made.status).toBe(201);
  expect(await things.getAttributes(thingId)).toMatchObject({ room: "12" });
  const put = await things.putAttribute(thingId, "room", "13");
  expect(put.status).toBe(204);
  expect(await things.getAttribute(thingId, "room")).toBe("13");
  const lamp = dittoClient().getFeaturesHandle(thingId);
  expect(await lamp.getProperties("lamp")).toEqual({ on: true });
  expect((await lamp.putProperty("lamp", "on", false)).status).toBe(204);
  expect(await lamp.getProperty("lamp", "on")).toBe(false);
  const both = await things.getThings([thingId, `${tenant}:${serial}`]);
  expect(both.map((each: Thing) => each.thingId)).toEqual([thingId, `${tenant}:${serial}`]);
  const search = dittoClient().getSearchHandle();
  const wish = DefaultSearchOptions.getInstance().withFilter(
    "eq(features/lamp/properties/on,false)",
  );
  const found = await search.search(wish);
  expect(found.items.map((each: Thing) => each.thingId)).toEqual([thingId]);
  expect(await search.count(wish)).toBe(1);
  expect((await search.postSearch(wish)).items).toHaveLength(1);
  expect(await search.postCount(wish)).toBe(1);
  const patch = Thing.fromObject({ thingId, attributes: { room: null, floor: 2 } });
  expect((await things.patchThing(patch)).status).toBe(204);
  expect(await things.getAttributes(thingId)).not.toHaveProperty("room");
  expect((await things.deleteThing(thingId)).status).toBe(204);
  const gone = await things.getThing(thingId).catch((error: { status?: number }) => error.status);
  expect(gone).toBe(404);
}, 30_000);

test("S1: a browser's event source hears what Ditto's client does, over a real socket", async () => {
  const { tenant, wristband } = vigie.demo.box;
  const token = vigie.demo.users["fleet"]!.token;
  const cutter = new AbortController();
  const response = await fetch(`${vigie.demo.api}/compat/ditto/api/2/things`, {
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    signal: cutter.signal,
  });
  expect(response.status).toBe(200);
  let text = "";
  const pump = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
  };
  const ended = pump().catch(() => undefined);
  const client = dittoClient(NodeHttpBearerAuth.newInstance(new DefaultTokenSupplier(token)));
  await client.getThingsHandle().putAttribute(`${tenant}:${wristband}`, "note", "heard");
  await until(() => text.includes('data: {"attributes":{"note":"heard"}}'), { what: "the event" });
  await until(() => text.includes("\n:\n") || text.startsWith(":"), { what: "a heartbeat" });
  cutter.abort();
  await ended;
}, 30_000);
