/** Eclipse Ditto's conditional requests and merges, rule by rule: spec twins 4B. */
import { afterEach, beforeEach, expect, test } from "bun:test";

import { after, device, entryOf, pulse } from "#twins/specimens.ts";
import { Seconds } from "#wire/units.ts";

import { band, type DittoScene, openDittoScene } from "./scene.ts";

let scene: DittoScene;
beforeEach(async () => {
  scene = await openDittoScene();
});
afterEach(() => scene.close());

const lamp = { features: { lamp: { properties: { on: true } } } };
const etagOf = (response: Response): string | null => response.headers.get("etag");
const changes = (): Promise<number> => {
  const { keys, redis } = scene;
  return redis.streams.length(keys.tidings(keys.of("B-1")));
};
async function revision(): Promise<number> {
  const { _revision } = (await scene.read(`${band}?fields=_revision`)) as { _revision: number };
  return _revision;
}

test("D1: PUT with If-None-Match: * makes a thing of revision 1, once", async () => {
  const headers = { "if-none-match": "*" };
  const path = "/things/nice:S-77";
  const made = await scene.send("PUT", path, { body: { attributes: { room: "12" } }, headers });
  expect(made.status).toBe(201);
  expect(etagOf(made)).toBe('"rev:1"');
  expect(made.headers.get("location")).toContain("nice:S-77");
  expect(await made.json()).toMatchObject({ thingId: "nice:S-77", attributes: { room: "12" } });
  const again = scene.send("PUT", path, { body: {}, headers });
  expect(await scene.refusal(again)).toBe("412 things:precondition.failed");
  expect(await scene.read(`${path}/attributes/room`)).toBe("12");
});

test("D2: a stale If-Match is refused with the present tag; the present one makes the next", async () => {
  const first = etagOf(await scene.send("GET", band))!;
  expect(first).toMatch(/^"rev:\d+"$/);
  const good = await scene.patch(lamp, { "if-match": first });
  expect(good.status).toBe(204);
  const stale = await scene.patch(lamp, { "if-match": first });
  expect(etagOf(stale)).toBe(etagOf(good));
  expect(await scene.refusal(Promise.resolve(stale))).toBe("412 things:precondition.failed");
  const missing = scene.send("PUT", "/things/nice:B-404", {
    body: {},
    headers: { "if-match": "*" },
  });
  expect((await missing).status).toBe(412);
});

test("D3: what stands below a thing has a tag of its own content, and 304 for who has it", async () => {
  await scene.patch(lamp);
  const path = `${band}/features/lamp/properties`;
  const etag = etagOf(await scene.send("GET", path))!;
  expect(etag).toMatch(/^"hash:[0-9a-f]+"$/);
  await scene.patch({ attributes: { room: "12" } });
  const same = await scene.send("GET", path, { headers: { "if-none-match": etag } });
  expect(same.status).toBe(304);
  await scene.patch({ features: { lamp: { properties: { on: false } } } });
  const other = await scene.send("GET", path, { headers: { "if-none-match": etag } });
  expect(other.status).toBe(200);
});

test("D4: that there is none wins over a condition, when one reads or deletes it", async () => {
  const headers = { "if-match": '"rev:7"' };
  const none = "/things/nice:B-404";
  expect((await scene.send("GET", none, { headers })).status).toBe(404);
  expect((await scene.send("DELETE", none, { headers })).status).toBe(404);
  expect((await scene.send("DELETE", `${band}/attributes/x`, { headers })).status).toBe(404);
});

test("D5: PATCH takes a merge patch only, answers 204, and 201 when it makes the thing", async () => {
  const json = { "content-type": "application/json" };
  expect((await scene.patch(lamp, json)).status).toBe(415);
  expect((await scene.patch(lamp)).status).toBe(204);
  expect((await scene.patch(lamp, {}, "/things/nice:G-5")).status).toBe(201);
});

test("D6: null deletes, arrays replace, members are added, at any path; in a PUT null is a value", async () => {
  await scene.patch({ attributes: { a: { b: 1, list: [1, 2] }, gone: 1 } });
  await scene.patch({ attributes: { a: { c: 2, list: [3] }, gone: null } });
  expect(await scene.read(`${band}/attributes`)).toMatchObject({ a: { b: 1, c: 2, list: [3] } });
  expect((await scene.send("GET", `${band}/attributes/gone`)).status).toBe(404);
  await scene.patch({ b: null, d: 4 }, {}, `${band}/attributes/a`);
  await scene.patch(5, {}, `${band}/attributes/a/c`);
  expect(await scene.read(`${band}/attributes/a`)).toEqual({ list: [3], c: 5, d: 4 });
  expect((await scene.patch(null, {}, `${band}/attributes/a`)).status).toBe(204);
  const nothing = { body: { x: null } };
  expect((await scene.send("PUT", `${band}/attributes/n`, nothing)).status).toBe(201);
  expect(await scene.read(`${band}/attributes/n`)).toEqual({ x: null });
  expect((await scene.send("PUT", `${band}/attributes/n`, nothing)).status).toBe(204);
});

test("D7: one path that may not be written refuses the whole patch", async () => {
  await scene.tell(entryOf("reported", { t: after(1), parts: { power: { battery: 50 } } }));
  const told = [
    { features: { power: { properties: { battery: 51 } } } },
    { features: { power: { properties: null } } },
    { attributes: { presence: { state: "online" } } },
    { attributes: { identity: null } },
  ];
  for (const each of told) {
    const { features = {}, attributes = {} } = each as Record<string, object>;
    const patch = { features: { ...lamp.features, ...features }, attributes };
    expect((await scene.patch(patch)).status).toBe(403);
  }
  const unknown = { features: { config: { desiredProperties: { volume: 11 } }, ...lamp.features } };
  expect(await scene.refusal(scene.patch(unknown))).toBe("400 wot:payload.validation.error");
  expect((await scene.send("GET", `${band}/features/lamp`)).status).toBe(404);
  const below = await scene.send("DELETE", `${band}/features/power/properties`);
  expect(below.status).toBe(403);
});

test("D8: a condition that does not hold of what is stored refuses, tells nobody, counts nothing", async () => {
  await scene.patch({ attributes: { room: "12" } });
  const [before, told] = [await revision(), await changes()];
  const bad = { condition: 'eq(attributes/room,"13")' };
  expect(await scene.refusal(scene.patch(lamp, bad))).toBe("412 things:condition.failed");
  const hidden = { condition: "not(exists(features/vitals/properties/heart-rate))" };
  expect(await scene.refusal(scene.patch(lamp, hidden))).toBe("412 things:condition.failed");
  const both = { ...bad, "if-match": '"rev:99"' };
  expect(await scene.refusal(scene.patch(lamp, both))).toBe("412 things:precondition.failed");
  expect([await revision(), await changes()]).toEqual([before, told]);
  const good = { condition: 'and(eq(attributes/room,"12"),lt(_created,time:now))' };
  expect((await scene.patch(lamp, good)).status).toBe(204);
  const asked = await scene.send("GET", `${band}?condition=eq(attributes/room,"13")`);
  expect(asked.status).toBe(412);
});

test("D9: what is no RQL is said so, and where", async () => {
  const bad = scene.patch(lamp, { condition: "eq(attributes/room" });
  const response = await bad;
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: "rql.expression.invalid" });
});

test("D10: a path whose condition does not hold is cut from the patch, the rest is done", async () => {
  await scene.patch({ features: { t: { properties: { value: 20, unit: "C" } } } });
  const conditions = {
    "features/t/properties/value": "gt(features/t/properties/value,25)",
    "features/t/properties/unit": 'eq(features/t/properties/unit,"C")',
    "features/absent": 'eq(attributes/x,"y")',
  };
  const response = await scene.patch(
    { features: { t: { properties: { value: 30, unit: "K" } } } },
    { "merge-thing-patch-conditions": JSON.stringify(conditions) },
  );
  expect(response.status).toBe(204);
  expect(await scene.read(`${band}/features/t/properties`)).toEqual({ value: 20, unit: "K" });
});

test("D11 (beaten): conditions see the thing before the merge, and count for a plain value too", async () => {
  await scene.patch({ attributes: { n: 1, m: 1 } });
  const header = "merge-thing-patch-conditions";
  const both = {
    "attributes/n": "eq(attributes/m,1)",
    "attributes/m": "eq(attributes/n,1)",
  };
  await scene.patch({ attributes: { n: 2, m: 2 } }, { [header]: JSON.stringify(both) });
  expect(await scene.read(`${band}/attributes`)).toMatchObject({ n: 2, m: 2 });
  const never = { [header]: JSON.stringify({ "": "eq(attributes/m,1)" }) };
  expect((await scene.patch(3, never, `${band}/attributes/n`)).status).toBe(204);
  expect(await scene.read(`${band}/attributes/n`)).toBe(2);
});

test("D12 (empty objects removed): when all is cut, nothing is written and nobody told", async () => {
  await scene.patch({ attributes: { n: 1 } });
  const [before, told] = [await revision(), await changes()];
  const conditions = JSON.stringify({ "attributes/n": "eq(attributes/n,2)" });
  const cut = { "merge-thing-patch-conditions": conditions };
  expect((await scene.patch({ attributes: { n: 9 } }, cut)).status).toBe(204);
  expect([await revision(), await changes()]).toEqual([before, told]);
});

test("D13: what changes nothing counts all the same, unless if-equal says skip", async () => {
  await scene.patch(lamp);
  const before = await revision();
  expect((await scene.patch(lamp)).status).toBe(204);
  expect(await revision()).toBe(before + 1);
  const skipped = scene.patch(lamp, { "if-equal": "skip" });
  expect(await scene.refusal(skipped)).toBe("412 things:precondition.notmodified");
  const minimal = { "if-equal": "skip-minimizing-merge" };
  expect((await scene.patch(lamp, minimal)).status).toBe(412);
  await scene.patch({ features: { lamp: { properties: { on: true, dim: 3 } } } }, minimal);
  const { keys, redis } = scene;
  const [last] = await redis.streams.latest(keys.tidings(keys.of("B-1")), 1);
  expect(JSON.parse(last!.fields["ditto"]!)).toMatchObject({
    value: { features: { lamp: { properties: { dim: 3 } } } },
  });
  expect((await scene.patch(lamp, { "if-equal": "sometimes" })).status).toBe(400);
});

test("D14: a thing too large is refused, and what one may not read does not exist", async () => {
  const half = (name: string) => ({ attributes: { [name]: "x".repeat(60_000) } });
  expect((await scene.patch(half("a"))).status).toBe(204);
  expect(await scene.refusal(scene.patch(half("b")))).toBe("413 things:thing.toolarge");
  await scene.tell(pulse(72, after(1)));
  const vitals = `${band}/features/vitals`;
  expect(await scene.refusal(scene.send("GET", vitals))).toBe("404 things:feature.notfound");
  expect(JSON.stringify(await scene.read(band))).not.toContain("heart-rate");
  expect(await scene.read(vitals, "nurse")).toEqual({ properties: { "heart-rate": 72 } });
  const patient = scene.send("GET", band, { role: "patient" });
  expect(await scene.refusal(patient)).toBe("404 things:thing.notfound");
  const support = scene.send("PATCH", band, { role: "support", body: lamp });
  expect(await scene.refusal(support)).toBe("403 things:thing.notmodifiable");
});

test("D15: acknowledgements are told label by label; who wants no answer gets 202", async () => {
  const acks = (labels: string): Promise<Response> =>
    scene.patch(lamp, { "requested-acks": labels, timeout: "2s" });
  expect((await acks("twin-persisted")).status).toBe(204);
  const asked = acks("twin-persisted,search-persisted");
  await scene.clock.advance({ by: Seconds(1) });
  const all = await asked;
  expect(all.status).toBe(200);
  expect(await all.json()).toMatchObject({
    "twin-persisted": { status: 204 },
    "search-persisted": { status: 204 },
  });
  const mixed = await acks("twin-persisted,my-own");
  expect(mixed.status).toBe(424);
  expect(await mixed.json()).toMatchObject({ "my-own": { status: 408 } });
  expect((await scene.patch(lamp, { "response-required": "false" })).status).toBe(202);
  expect((await scene.patch(lamp, { timeout: "0" })).status).toBe(202);
  expect((await scene.patch(lamp, { timeout: "61s" })).status).toBe(400);
});

test("D16: a thing is told as it was, of features that are parts; what is not known is said so", async () => {
  await scene.patch({ attributes: { tags: { lot: "L1" } } });
  const then = await revision();
  const at = new Date(scene.clock.now()).toISOString();
  await scene.clock.advance({ by: Seconds(10) });
  await scene.patch({ attributes: { tags: { lot: "L2" } } });
  await scene.get("/v1/history", "fleet"); // has the history record what was written
  const past = (headers: Record<string, string>): Promise<Response> =>
    scene.send("GET", `${band}/attributes/tags`, { headers });
  expect(await (await past({ "at-historical-revision": `${then}` })).json()).toEqual({ lot: "L1" });
  expect(await (await past({ "at-historical-timestamp": at })).json()).toEqual({ lot: "L1" });
  expect(await (await past({})).json()).toEqual({ lot: "L2" });
  for (const headers of [
    { "at-historical-revision": "999" },
    { "at-historical-timestamp": "2001-01-01T00:00:00Z" },
  ]) {
    expect(await scene.refusal(past(headers))).toBe("404 things:thing.history.notfound");
  }
});

test("what is desired of a feature that is a part is a wish of the same twin", async () => {
  const path = `${band}/features/config/desiredProperties/profile`;
  expect((await scene.send("PUT", path, { body: '"dense"' })).status).toBe(404);
  await scene.patch({ features: { config: { desiredProperties: { profile: "dense" } } } });
  const twin = await scene.twins.read(device("B-1").serial);
  expect(twin!.parts.config).toMatchObject({ desired: { profile: "dense" } });
  expect(twin!.parts.config!.wishes["profile"]!.by).toMatch(/^ditto:/);
  expect((await scene.send("PUT", path, { body: '"seed"' })).status).toBe(204);
  expect(await scene.read(path)).toBe("seed");
  expect((await scene.send("DELETE", path)).status).toBe(204);
  expect((await scene.twins.read(device("B-1").serial))!.parts.config!.desired).toEqual({});
});

test("a thing sent back as it was read changes nothing but its revision", async () => {
  await scene.tell(entryOf("reported", { t: after(1), parts: { power: { battery: 50 } } }));
  await scene.patch({ attributes: { room: "12", tags: { lot: "L1" } }, ...lamp });
  const before = await scene.read(band);
  expect((await scene.send("PUT", band, { body: before })).status).toBe(204);
  expect(await scene.read(band)).toEqual(before);
});

test("whom to tell of an emergency survives who may not know it and sends the thing back", async () => {
  const contacts = [{ role: "nurse", number: "+33612345678", language: "fr" }];
  const box = "/things/nice:X-1";
  const wish = { features: { config: { desiredProperties: { contacts, profile: "seed" } } } };
  await scene.patch(wish, {}, box);
  const seen = await scene.read(box);
  expect(JSON.stringify(seen)).not.toContain("+336");
  await scene.send("PUT", box, { body: seen });
  const twin = await scene.twins.read(device("X-1").serial);
  expect(twin!.parts.config!.desired).toEqual({ contacts, profile: "seed" });
});

test("a thing that is deleted is retired for good", async () => {
  expect((await scene.send("DELETE", band)).status).toBe(204);
  expect((await scene.send("GET", band)).status).toBe(404);
  expect((await scene.twins.read(device("B-1").serial))!.retiredAt).not.toBeNull();
  const again = scene.send("PUT", band, { body: {} });
  expect(await scene.refusal(again)).toBe("403 things:thing.notcreatable");
});

test("AC-28: another tenant's things do not exist, whatever is asked of them", async () => {
  const other = "/things/lyon:B-9";
  expect((await scene.send("GET", other)).status).toBe(404);
  expect((await scene.send("DELETE", other)).status).toBe(404);
  expect((await scene.send("PUT", other, { body: {} })).status).toBe(400);
  expect((await scene.send("GET", "/things/nice:B-9")).status).toBe(404);
  expect((await scene.send("PUT", "/things/nice:B-9", { body: {} })).status).toBe(404);
  expect(await scene.read("/things?ids=nice:B-1,lyon:B-9,nice:B-9")).toHaveLength(1);
});

test("SE-05: nobody unknown is let in; a key counts as name and password", async () => {
  const path = `/compat/ditto/api/2${band}`;
  const status = async (authorization?: string): Promise<number> =>
    (await scene.ask(path, authorization === undefined ? {} : { headers: { authorization } }))
      .status;
  expect(await status()).toBe(401);
  expect(await status("Bearer nonsense")).toBe(401);
  const { tenant } = device("B-1");
  const { id, secret } = await scene.apiKeys.create({ tenant, role: "fleet", by: "u:1" });
  expect(await status(`Basic ${btoa(`${id}:${secret}`)}`)).toBe(200);
  expect(await status(`Basic ${btoa(`${id}:${secret}x`)}`)).toBe(401);
  await scene.apiKeys.revoke(tenant, id);
  expect(await status(`Basic ${btoa(`${id}:${secret}`)}`)).toBe(401);
});

test("things are searched by anything that they hold, and paged", async () => {
  await scene.patch(lamp);
  await scene.patch({ attributes: { room: "12" } }, {}, "/things/nice:B-2");
  const ids = async (query: string): Promise<string[]> => {
    const { items } = (await scene.read(`/search/things?fields=thingId&${query}`)) as {
      items: { thingId: string }[];
    };
    return items.map(({ thingId }) => thingId);
  };
  const all = ["nice:B-1", "nice:B-2", "nice:X-1", "nice:X-2"];
  expect(await ids("")).toEqual(all);
  expect(await ids("option=sort(-thingId),size(2)")).toEqual(["nice:X-2", "nice:X-1"]);
  expect(await ids("filter=eq(features/lamp/properties/on,true)")).toEqual(["nice:B-1"]);
  expect(await ids("filter=exists(features/*/properties/on)")).toEqual(["nice:B-1"]);
  expect(await ids('filter=like(thingId,"*B-?")')).toEqual(["nice:B-1", "nice:B-2"]);
  expect(await ids('filter=in(attributes/room,"12","13")')).toEqual(["nice:B-2"]);
  expect(await ids("namespaces=lyon")).toEqual([]);
  expect(await ids("filter=gt(features/vitals/properties/heart-rate,1)")).toEqual([]);
  expect(await ids("option=sort(-attributes/room)")).toEqual([
    "nice:B-2",
    ...all.filter((id) => id !== "nice:B-2"),
  ]);
  const first = (await scene.read("/search/things?option=size(3)")) as { cursor: string };
  expect(await ids(`option=size(3),cursor(${first.cursor})`)).toEqual(["nice:X-2"]);
  expect(await scene.read('/search/things/count?filter=like(thingId,"*X*")')).toBe(2);
  expect((await scene.send("GET", "/search/things?filter=eq(a")).status).toBe(400);
});
