/**
 * Goal: the native writes mean what Ditto's conditional requests and merges mean (spec twins 4B, D1-D14), and every limit
 * and refusal says where.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import type { Role } from "#api/access/roles.ts";
import { lyon, nice, openTrial, type Trial } from "#api/trial.ts";
import { after, device, entryOf, pulse, start } from "#twins/specimens.ts";
import type { Serial } from "#wire/identity.ts";
import { Hours, Millis } from "#wire/units.ts";

import type { WriteReply } from "./reply.ts";

let trial: Trial;
beforeEach(async () => {
  trial = await openTrial();
});
afterEach(() => trial.close());

const band = device("B-1").serial;
const box = device("X-1").serial;
const merge = "application/merge-patch+json";

interface Sending {
  readonly role?: Role;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(method: string, path: string, sending: Sending = {}): Promise<Response> {
  const { role = "fleet", body, headers = {} } = sending;
  const token = await trial.tokens.issue({ tenant: nice, role });
  const type = method === "PATCH" ? merge : "application/json";
  return trial.ask(path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": type, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

const patch = (body: unknown, headers: Record<string, string> = {}, path = "/v1/twins/B-1") =>
  send("PATCH", path, { body, headers });
const profile = (name: string) => ({ parts: { config: { desired: { profile: name } } } });
const replyOf = async (response: Response): Promise<WriteReply> =>
  (await response.json()) as WriteReply;

/** Status, code and pointer of a refusal. */
async function refusal(asked: Promise<Response>): Promise<string> {
  const response = await asked;
  const { code, pointer = "" } = (await response.json()) as { code: string; pointer?: string };
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return `${response.status} ${code} ${pointer}`.trim();
}

function changesOf(id: Serial): Promise<number> {
  return trial.redis.streams.length(trial.keys.changes(trial.keys.of(id)));
}

describe("TW-08: a merge patch", () => {
  test("sets what is desired, and says what changed, at which revision and position", async () => {
    const response = await patch(profile("dense"), { "x-reason": "winter", "x-deadline": "PT8H" });
    expect(response.status).toBe(200);
    expect(response.headers.get("etag")).toBe('"2"');
    expect(response.headers.get("x-position")).toMatch(/^\d+-\d+-\d+$/);
    expect(await replyOf(response)).toEqual({
      id: "B-1",
      rev: 2,
      changed: [
        { path: "desired/config/profile", value: "dense", t: after(1) },
        { path: "sync/config/profile", value: "pending", t: after(1) },
      ],
      skipped: [],
    });
    const twin = (await trial.twins.read(band))!;
    expect(twin.parts.config?.wishes["profile"]).toEqual({
      v: 1,
      state: "pending",
      at: after(1),
      setAt: after(1),
      by: "u:fleet@nice",
      why: "winter",
      deadline: after(1 + Hours(8)),
    });
  });

  test("reaches tags and parts by their own addresses", async () => {
    await patch({ lot: "L24-07", zone: 3 }, {}, "/v1/twins/B-1/tags");
    await patch({ zone: null }, {}, "/v1/twins/B-1/tags");
    await patch({ desired: { profile: "dense" } }, {}, "/v1/twins/B-1/parts/config");
    await patch({ hypoxaemia: 88 }, {}, "/v1/twins/B-1/parts/config/desired");
    const twin = (await trial.twins.read(band))!;
    expect(twin.tags).toEqual({ lot: "L24-07" });
    expect(twin.parts.config?.desired).toEqual({ profile: "dense", hypoxaemia: 88 });
    expect(twin.rev).toBe(5);
  });

  test("D6: null deletes, arrays replace, new members are added", async () => {
    const someone = { role: "nurse", number: "+33612345678", language: "fr" };
    const at = "/v1/twins/X-1/parts/config/desired";
    await patch({ contacts: [someone, someone], zone: "Europe/Paris" }, {}, at);
    await patch({ contacts: [], zone: null, profile: "dense" }, {}, at);
    expect((await trial.twins.read(box))?.parts.config?.desired).toEqual({
      contacts: [],
      profile: "dense",
    });
    await patch(null, {}, at);
    expect((await trial.twins.read(box))?.parts.config?.desired).toEqual({});
  });

  test("that changes nothing answers 200, raises no revision and tells nobody", async () => {
    await patch({ ...profile("dense"), tags: { lot: "L1" } });
    const before = await changesOf(band);
    const again = await patch({ ...profile("dense"), tags: { lot: "L1" } });
    expect(again.headers.get("etag")).toBe('"2"');
    expect(await replyOf(again)).toEqual({ id: "B-1", rev: 2, changed: [], skipped: [] });
    expect((await replyOf(await patch({}))).changed).toEqual([]);
    expect(await changesOf(band)).toBe(before);
  });

  test("D5: answers 204 to whoever prefers little, and 415 to any other type", async () => {
    const brief = await patch(profile("dense"), { prefer: "return=minimal" });
    expect([brief.status, await brief.text()]).toEqual([204, ""]);
    expect(brief.headers.get("etag")).toBe('"2"');
    expect(brief.headers.get("preference-applied")).toBe("return=minimal");
    for (const type of ["application/json", "text/plain"]) {
      expect(await refusal(patch({}, { "content-type": type }))).toBe("415 unsupported_media_type");
    }
  });

  test("MD-36: keeps whom a box tells from all but clinicians, in the answer as in the twin", async () => {
    const contacts = [{ role: "relative", number: "+33612345678", language: "fr" }];
    const body = { parts: { config: { desired: { contacts, alias: "Jo" } } } };
    const response = await patch(body, {}, "/v1/twins/X-1");
    expect((await replyOf(response)).changed.map(({ path }) => path)).toEqual([
      "sync/config/contacts",
      "sync/config/alias",
    ]);
    const told = entryOf(
      "answer",
      { id: "desired-1", t: after(5), state: "applied" },
      { device: "X-1" },
    );
    await trial.tell(told);
  });

  test("who may: fleet managers and administrators", async () => {
    for (const role of ["support", "doctor", "nurse", "patient"] as const) {
      const response = await send("PATCH", "/v1/twins/B-1", { role, body: profile("dense") });
      expect(response.status).toBe(403);
    }
  });
});

describe("a condition", () => {
  test("D2, TW-07: a stale If-Match is refused with the current ETag, a good one and * are not", async () => {
    await patch(profile("dense"));
    const stale = await patch(profile("seed"), { "if-match": '"1"' });
    expect(stale.headers.get("etag")).toBe('"2"');
    expect(await refusal(Promise.resolve(stale))).toBe("412 precondition_failed /headers/if-match");
    expect((await patch(profile("seed"), { "if-match": '"1", "2"' })).status).toBe(200);
    expect((await patch(profile("dense"), { "if-match": "*" })).status).toBe(200);
    expect((await patch(profile("seed"), { "if-match": 'W/"4"' })).status).toBe(412);
    expect(await refusal(patch({}, { "if-match": "4" }))).toBe("422 invalid /headers/if-match");
  });

  test("D2, D4: on a twin that does not exist If-Match fails, but a missing twin is just missing", async () => {
    for (const id of ["B-404", "B-9"]) {
      const at = `/v1/twins/${id}`;
      expect(await refusal(patch({}, {}, at))).toBe("404 not_found");
      expect(await refusal(patch({}, { "if-match": "*" }, at))).toBe(
        "412 precondition_failed /headers/if-match",
      );
      expect(await refusal(send("DELETE", at))).toBe("404 not_found");
    }
  });

  test("two who read the same revision: one writes, the other is told", async () => {
    const both = ["dense", "seed"].map((name) => patch(profile(name), { "if-match": '"1"' }));
    const statuses = new Set((await Promise.all(both)).map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 412]));
  });

  test("D8: X-If is asked of the stored twin, ETag first; when it fails nothing is written or told", async () => {
    await trial.tell(pulse(70, after(1), { battery: 15 }));
    const before = await changesOf(band);
    const low = { "x-if": "power.battery=ge=20" };
    expect(await refusal(patch(profile("dense"), low))).toBe("412 condition_failed /headers/x-if");
    expect(await refusal(patch(profile("dense"), { ...low, "if-match": '"1"' }))).toBe(
      "412 precondition_failed /headers/if-match",
    );
    expect(await changesOf(band)).toBe(before);
    const good = { "x-if": "power.battery=lt=20;presence.state=in=(silent,in_stock,late,online)" };
    expect((await patch(profile("dense"), good)).status).toBe(200);
    const deep = {
      "x-if": "parts.config.desired.profile==dense;desired.config.profile==dense;sync==pending",
    };
    expect((await patch(profile("seed"), deep)).status).toBe(200);
    expect((await patch(profile("dense"), { "x-if": "tags.lot==L1" })).status).toBe(412);
    expect((await patch(profile("dense"), { "x-if": "config.profile==null" })).status).toBe(200);
  });

  test("D8, TW-09: one on a leaf that the asker may not see fails for everybody who may not", async () => {
    await trial.tell(pulse(70, after(1)));
    for (const path of ["vitals.heart-rate=gt=1", "vitals.none=gt=1", "config.contacts!=null"]) {
      expect(await refusal(patch(profile("dense"), { "x-if": path }))).toBe(
        "412 condition_failed /headers/x-if",
      );
    }
  });

  test("D9: one that is none says where", async () => {
    const bad = await patch({}, { "x-if": "power.battery=lt" });
    expect(await bad.json()).toMatchObject({ code: "invalid", pointer: "/headers/x-if", at: 13 });
    expect(await refusal(patch({}, { "x-if": "soul.weight==21" }))).toBe(
      "422 invalid /headers/x-if",
    );
  });

  test("D10, D11: X-If-Path keeps single paths out, scalars too, and sees the twin as it was", async () => {
    await patch({ tags: { lot: "L1" } });
    const conditions = {
      "/parts/config/desired/profile": "tags.lot==L2",
      "/tags/zone": "tags.lot==L1",
      "/tags/none": "tags.lot==L2",
    };
    const body = { ...profile("dense"), tags: { zone: "south", lot: "L2" } };
    const reply = await replyOf(await patch(body, { "x-if-path": JSON.stringify(conditions) }));
    expect(reply.skipped).toEqual(["/parts/config/desired/profile"]);
    expect(reply.changed.map(({ path }) => path)).toEqual(["tags/lot", "tags/zone"]);
    const below = { "x-if-path": JSON.stringify({ "/profile": "tags.lot==L1" }) };
    const at = "/v1/twins/B-1/parts/config/desired";
    expect((await replyOf(await patch({ profile: "dense" }, below, at))).skipped).toEqual([
      "/profile",
    ]);
  });

  test("D12: when every path is kept out, nothing is written", async () => {
    const before = await changesOf(band);
    const none = { "x-if-path": JSON.stringify({ "/parts": "tags.lot==L2" }) };
    const reply = await replyOf(await patch(profile("dense"), none));
    expect(reply).toEqual({ id: "B-1", rev: 1, changed: [], skipped: ["/parts"] });
    expect(await changesOf(band)).toBe(before);
  });

  test("X-If-Path that is none is refused", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 33 }, (_, n) => [`/tags/t${n}`, "rev==1"]),
    );
    for (const text of ["[]", "{", '{"tags":"rev==1"}', '{"/tags":1}', JSON.stringify(many)]) {
      expect(await refusal(patch({}, { "x-if-path": text }))).toBe(
        "422 invalid /headers/x-if-path",
      );
    }
    expect((await patch({}, { "x-if-path": '{"/tags":"vitals.spo2==1"}' })).status).toBe(412);
  });
});

describe("an idempotency key", () => {
  const key = { "idempotency-key": "k-1" };

  test("gives the same answer for a day and does nothing more, whatever happened meanwhile", async () => {
    const first = await (await patch(profile("dense"), key)).text();
    await patch(profile("seed"));
    const again = await patch(profile("dense"), key);
    expect([again.status, await again.text()]).toEqual([200, first]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await trial.twins.read(band))?.parts.config?.desired).toEqual({ profile: "seed" });
    await trial.clock.advance({ by: Millis(Hours(24)) });
    expect((await replyOf(await patch(profile("dense"), key))).rev).toBe(4);
  });

  test("belongs to one request, one twin and one person", async () => {
    await patch(profile("dense"), key);
    expect(await refusal(patch(profile("seed"), key))).toBe("409 key_reused");
    expect(await refusal(patch(profile("dense"), { ...key, "if-match": "*" }))).toBe(
      "409 key_reused",
    );
    expect((await patch(profile("dense"), key, "/v1/twins/B-2")).status).toBe(200);
    const admin = await send("PATCH", "/v1/twins/B-1", { role: "admin", body: {}, headers: key });
    expect(admin.status).toBe(200);
  });

  test("is kept for what changed nothing, and not for what was refused", async () => {
    await patch({ tags: { lot: "L1" } }, { ...key, "if-match": '"7"' });
    expect((await patch({ tags: { lot: "L1" } }, { ...key, "if-match": '"1"' })).status).toBe(200);
    const still = { "idempotency-key": "k-2" };
    expect((await replyOf(await patch({ tags: { lot: "L1" } }, still))).changed).toEqual([]);
    await patch({ tags: { lot: "L2" } });
    expect((await replyOf(await patch({ tags: { lot: "L1" } }, still))).changed).toEqual([]);
  });

  test("sent twice at once is done once", async () => {
    const both = await Promise.all([patch(profile("dense"), key), patch(profile("dense"), key)]);
    const texts = await Promise.all(both.map((each) => each.text()));
    expect(texts[0]).toBe(texts[1]);
    expect((await trial.twins.read(band))?.rev).toBe(2);
  });

  test("is visible text of at most 255 characters", async () => {
    for (const text of ["", "a b", "x".repeat(256)]) {
      expect(await refusal(patch({}, { "idempotency-key": text }))).toBe(
        "422 invalid /headers/idempotency-key",
      );
    }
  });
});

describe("PUT", () => {
  const create = { "if-none-match": "*" };
  const put = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send("PUT", path, { body, headers });

  test("D1, TW-01: makes the twin of a device in stock, once", async () => {
    const body = { ...profile("dense"), tags: { lot: "L1" } };
    const made = await put("/v1/twins/B-77", body, create);
    expect([made.status, made.headers.get("etag")]).toEqual([201, '"1"']);
    expect(made.headers.get("location")).toBe("/v1/twins/B-77");
    expect(await refusal(put("/v1/twins/B-77", body, create))).toBe(
      "412 precondition_failed /headers/if-none-match",
    );
    const twin = await trial.twins.read(device("B-77").serial);
    expect(twin).toMatchObject({ rev: 1, tags: { lot: "L1" }, presence: { state: "in_stock" } });
    expect(twin?.parts.config?.desired).toEqual({ profile: "dense" });
  });

  test("replaces tags and all that is desired, and leaves what is reported alone", async () => {
    await trial.tell(pulse(70, after(1)));
    await patch({ tags: { lot: "L1", zone: "south" }, ...profile("dense") });
    const body = { tags: { lot: "L2" }, parts: { config: { desired: { hypoxaemia: 85 } } } };
    const replaced = await put("/v1/twins/B-1", body);
    expect(replaced.status).toBe(200);
    const twin = (await trial.twins.read(band))!;
    expect([twin.tags, twin.parts.config?.desired]).toEqual([{ lot: "L2" }, { hypoxaemia: 85 }]);
    expect(twin.parts.power?.reported).toEqual({ battery: 80 });
    expect((await replyOf(await put("/v1/twins/B-1", body))).changed).toEqual([]);
  });

  test("a serial that another tenant holds does not exist", async () => {
    for (const headers of [{}, create]) {
      expect(await refusal(put("/v1/twins/B-9", {}, headers))).toBe("404 not_found");
    }
    expect(await refusal(put("/v1/twins/nonsense", {}))).toBe("404 not_found");
    expect((await trial.twins.read(device("B-9").serial))?.tenant).toBe(lyon);
  });
});

describe("DELETE", () => {
  test("TW-01, H-08: retires for good: 410 from then on, and the id is never used again", async () => {
    const gone = await send("DELETE", "/v1/twins/B-1", { headers: { "x-reason": "drowned" } });
    expect([gone.status, (await replyOf(gone)).rev]).toEqual([200, 2]);
    for (const asked of [
      trial.get("/v1/twins/B-1", "fleet"),
      patch({}),
      send("DELETE", "/v1/twins/B-1"),
      send("PUT", "/v1/twins/B-1", { body: {} }),
      send("PUT", "/v1/twins/B-1", { body: {}, headers: { "if-none-match": "*" } }),
    ]) {
      expect(await refusal(asked)).toBe("410 retired");
    }
    expect((await trial.twins.read(band))?.retiredAt).toBe(after(1));
  });

  test("takes the same conditions", async () => {
    expect((await send("DELETE", "/v1/twins/B-1", { headers: { "if-match": '"7"' } })).status).toBe(
      412,
    );
    expect((await trial.twins.read(band))?.retiredAt).toBeNull();
  });
});

describe("bad input", () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { n: nested(levels - 1) });
  const cases: readonly (readonly [why: string, body: unknown, expected: string])[] = [
    ["no object", [], "400 bad_value /body"],
    ["no JSON", "{", "400 bad_json /body"],
    ["a field that does not exist", { colour: 1 }, "400 unknown_field /body/colour"],
    ["a field that follows from others", { rev: 7 }, "403 not_writable /body/rev"],
    ["the links", { links: { box: "X-2" } }, "403 not_writable /body/links"],
    ["a part that does not exist", { parts: { soul: {} } }, "400 unknown_field /body/parts/soul"],
    ["a part away", { parts: { config: null } }, "403 not_writable /body/parts/config"],
    [
      "what is reported",
      { parts: { power: { reported: { battery: 100 } } } },
      "403 not_writable /body/parts/power/reported",
    ],
    ["a part's version", { parts: { config: { v: 1 } } }, "403 not_writable /body/parts/config/v"],
    [
      "a vital sign",
      { parts: { vitals: { desired: { spo2: 99 } } } },
      "400 unknown_field /body/parts/vitals/desired",
    ],
    [
      "a leaf that the device does not know",
      { parts: { config: { desired: { volume: 3 } } } },
      "400 unknown_field /body/parts/config/desired/volume",
    ],
    [
      "a profile that is none",
      profile("turbo"),
      "400 bad_value /body/parts/config/desired/profile",
    ],
    [
      "a threshold beyond what a doctor may ask for",
      { parts: { config: { desired: { hypoxaemia: 96 } } } },
      "400 bad_value /body/parts/config/desired/hypoxaemia",
    ],
    ["a name that stands in no path", { tags: { "a/b": 1 } }, "400 bad_name /body/tags/a~1b"],
    ["a name of every object", `{"tags":{"__proto__":1}}`, "400 bad_name /body/tags/__proto__"],
    ["a tag that is no plain value", { tags: { lot: {} } }, "400 bad_value /body/tags/lot"],
    ["a tag too long", { tags: { lot: "x".repeat(257) } }, "400 bad_value /body/tags/lot"],
    [
      "too many tags at once",
      { tags: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`t${n}`, n])) },
      "413 too_many_leaves /body/tags",
    ],
    [
      "nesting beyond eight levels",
      { parts: { config: { desired: nested(10) } } },
      "400 too_deep /body/parts/config/desired/n/n/n/n/n/n/n/n",
    ],
    ["a body beyond 64 KiB", { tags: { lot: "x".repeat(65_536) } }, "413 too_large"],
  ];
  for (const [why, body, expected] of cases) {
    test(`${why}: ${expected}`, async () => {
      expect(await refusal(patch(body))).toBe(expected);
      expect((await trial.twins.read(band))?.rev).toBe(1);
    });
  }

  test("D7: one field that may not be written refuses the whole patch", async () => {
    const body = { tags: { lot: "L1" }, parts: { power: { reported: { battery: 1 } } } };
    expect((await patch(body)).status).toBe(403);
    expect((await trial.twins.read(band))?.tags).toEqual({});
  });

  test("pointers lead into the body that was sent, wherever it was sent to", async () => {
    const below = "/v1/twins/B-1/parts";
    expect(await refusal(patch({ volume: 3 }, {}, `${below}/config/desired`))).toBe(
      "400 unknown_field /body/volume",
    );
    expect(await refusal(patch({ battery: 3 }, {}, `${below}/power/reported`))).toBe(
      "403 not_writable /body",
    );
    expect(await refusal(patch({}, {}, `${below}/soul/desired`))).toBe("404 not_found");
    expect(await refusal(patch({ lot: [] }, {}, "/v1/twins/B-1/tags"))).toBe(
      "400 bad_value /body/lot",
    );
  });

  test("tags that would become too many, a name at a time", async () => {
    const some = (from: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`t${from + n}`, n]));
    await patch({ tags: some(0) });
    expect(await refusal(patch({ tags: some(20) }))).toBe("413 too_many_leaves /body/tags");
  });

  test("a contact that nobody could call", async () => {
    const at = "/v1/twins/X-1/parts/config/desired";
    for (const number of ["0612345678", "+0612345678", "+33", 33]) {
      const contacts = [{ role: "nurse", number, language: "fr" }];
      const response = await patch({ contacts }, {}, at);
      expect(await response.clone().text()).not.toContain("612345678");
      expect(await refusal(Promise.resolve(response))).toBe("400 bad_value /body/contacts");
    }
  });

  test("what a writer says of itself", async () => {
    const past = { "x-deadline": String(start) };
    expect(await refusal(patch({}, past))).toBe("422 invalid /headers/x-deadline");
    expect(await refusal(patch({}, { "x-deadline": "soon" }))).toBe(
      "422 invalid /headers/x-deadline",
    );
    expect(await refusal(patch({}, { "x-deadline": "P400D" }))).toBe(
      "422 invalid /headers/x-deadline",
    );
    expect(await refusal(patch({}, { "x-escalate": "yes" }))).toBe(
      "422 invalid /headers/x-escalate",
    );
    const long = `/v1/twins/B-1?reason=${"x".repeat(201)}`;
    expect(await refusal(patch({}, {}, long))).toBe("422 invalid /query/reason");
    expect(await refusal(patch({}, {}, "/v1/twins/B-1?colour=red"))).toBe(
      "422 invalid /query/colour",
    );
    const why = encodeURIComponent("été à Nice");
    expect(
      (await patch(profile("dense"), {}, `/v1/twins/B-1?reason=${why}&escalate=true`)).status,
    ).toBe(200);
    expect((await trial.twins.read(band))?.parts.config?.wishes["profile"]).toMatchObject({
      why: "été à Nice",
      escalate: true,
    });
  });
});

test("writers see their own writes in the next list, whatever the index has read", async () => {
  await patch(profile("dense"));
  const list = await trial.get("/v1/twins?filter=sync==pending", "fleet");
  expect(((await list.json()) as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([
    "B-1",
  ]);
});
