/** Goal: merge patches mean what RFC 7396 says, and what may not be written is refused with its place. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { after, entryOf, start } from "#twins/specimens.ts";
import { Hours } from "#wire/units.ts";

import { band, box, openScene, profile, refusal, replyOf, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("TW-08: a merge patch", () => {
  test("sets what is desired, and says what changed, at which revision and position", async () => {
    const response = await scene.patch(profile("dense"), {
      "x-reason": "winter",
      "x-deadline": "PT8H",
    });
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
    const twin = (await scene.twins.read(band))!;
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
    await scene.patch({ lot: "L24-07", zone: 3 }, {}, "/v1/twins/B-1/tags");
    await scene.patch({ zone: null }, {}, "/v1/twins/B-1/tags");
    await scene.patch({ desired: { profile: "dense" } }, {}, "/v1/twins/B-1/parts/config");
    await scene.patch({ hypoxaemia: 88 }, {}, "/v1/twins/B-1/parts/config/desired");
    const twin = (await scene.twins.read(band))!;
    expect(twin.tags).toEqual({ lot: "L24-07" });
    expect(twin.parts.config?.desired).toEqual({ profile: "dense", hypoxaemia: 88 });
    expect(twin.rev).toBe(5);
  });

  test("D6: null deletes, arrays replace, new members are added", async () => {
    const someone = { role: "nurse", number: "+33612345678", language: "fr" };
    const at = "/v1/twins/X-1/parts/config/desired";
    await scene.patch({ contacts: [someone, someone], zone: "Europe/Paris" }, {}, at);
    await scene.patch({ contacts: [], zone: null, profile: "dense" }, {}, at);
    expect((await scene.twins.read(box))?.parts.config?.desired).toEqual({
      contacts: [],
      profile: "dense",
    });
    await scene.patch(null, {}, at);
    expect((await scene.twins.read(box))?.parts.config?.desired).toEqual({});
  });

  test("that changes nothing answers 200, raises no revision and tells nobody", async () => {
    await scene.patch({ ...profile("dense"), tags: { lot: "L1" } });
    const before = await scene.changesOf(band);
    const again = await scene.patch({ ...profile("dense"), tags: { lot: "L1" } });
    expect(again.headers.get("etag")).toBe('"2"');
    expect(await replyOf(again)).toEqual({ id: "B-1", rev: 2, changed: [], skipped: [] });
    expect((await replyOf(await scene.patch({}))).changed).toEqual([]);
    expect(await scene.changesOf(band)).toBe(before);
  });

  test("D5: answers 204 to whoever prefers little, and 415 to any other type", async () => {
    const brief = await scene.patch(profile("dense"), { prefer: "return=minimal" });
    expect([brief.status, await brief.text()]).toEqual([204, ""]);
    expect(brief.headers.get("etag")).toBe('"2"');
    expect(brief.headers.get("preference-applied")).toBe("return=minimal");
    for (const type of ["application/json", "text/plain"]) {
      expect(await refusal(scene.patch({}, { "content-type": type }))).toBe(
        "415 unsupported_media_type",
      );
    }
  });

  test("MD-36: keeps whom a box tells from all but clinicians, in the answer as in the twin", async () => {
    const contacts = [{ role: "relative", number: "+33612345678", language: "fr" }];
    const body = { parts: { config: { desired: { contacts, alias: "Jo" } } } };
    const response = await scene.patch(body, {}, "/v1/twins/X-1");
    expect((await replyOf(response)).changed.map(({ path }) => path)).toEqual([
      "sync/config/contacts",
      "sync/config/alias",
    ]);
    const told = entryOf(
      "answer",
      { id: "desired-1", t: after(5), state: "applied" },
      { device: "X-1" },
    );
    await scene.tell(told);
    const asked = "/v1/twins/X-1?include=sync,delta,meta";
    for (const role of ["fleet", "support", "admin"] as const) {
      const text = await (await scene.get(asked, role)).text();
      expect(text).not.toMatch(/33612345678|"Jo"/);
      expect(text).toContain('"config/contacts":{"state":"applied"');
    }
    expect(await (await scene.get(asked, "doctor")).text()).toContain("+33612345678");
  });

  test("who may: fleet managers and administrators", async () => {
    for (const role of ["support", "doctor", "nurse", "patient"] as const) {
      const response = await scene.send("PATCH", "/v1/twins/B-1", { role, body: profile("dense") });
      expect(response.status).toBe(403);
    }
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
    ["a body beyond 64 KiB", { tags: { lot: "x".repeat(65_536) } }, "413 too_large /body"],
  ];
  for (const [why, body, expected] of cases) {
    test(`${why}: ${expected}`, async () => {
      expect(await refusal(scene.patch(body))).toBe(expected);
      expect((await scene.twins.read(band))?.rev).toBe(1);
    });
  }

  test("D7: one field that may not be written refuses the whole patch", async () => {
    const body = { tags: { lot: "L1" }, parts: { power: { reported: { battery: 1 } } } };
    expect((await scene.patch(body)).status).toBe(403);
    expect((await scene.twins.read(band))?.tags).toEqual({});
  });

  test("pointers lead into the body that was sent, wherever it was sent to", async () => {
    const below = "/v1/twins/B-1/parts";
    expect(await refusal(scene.patch({ volume: 3 }, {}, `${below}/config/desired`))).toBe(
      "400 unknown_field /body/volume",
    );
    expect(await refusal(scene.patch({ battery: 3 }, {}, `${below}/power/reported`))).toBe(
      "403 not_writable /body",
    );
    expect(await refusal(scene.patch({}, {}, `${below}/soul/desired`))).toBe("404 not_found");
    expect(await refusal(scene.patch({ lot: [] }, {}, "/v1/twins/B-1/tags"))).toBe(
      "400 bad_value /body/lot",
    );
  });

  test("tags that would become too many, a name at a time", async () => {
    const some = (from: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`t${from + n}`, n]));
    await scene.patch({ tags: some(0) });
    expect(await refusal(scene.patch({ tags: some(20) }))).toBe("413 too_many_leaves /body/tags");
  });

  test("what would make the part, or the twin, too large beside what the device reported", async () => {
    const text = "x".repeat(16_340);
    const report = (parts: object, seq: number) =>
      entryOf("reported", { t: after(seq), parts } as never, { seq });
    await scene.tell(report({ config: { note: text } }, 1));
    const at = "/v1/twins/B-1/parts/config";
    expect(
      await refusal(scene.patch({ desired: { profile: "dense", hypoxaemia: 85 } }, {}, at)),
    ).toBe("413 part_too_large /body/desired");
    const parts = { radio: { text }, sensors: { text }, buffer: { text } };
    await scene.tell(report({ ...parts, config: { note: "x".repeat(16_200) } }, 2));
    const tags = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`t${n}`, "x".repeat(50)]),
    );
    const more = { tags, ...profile("dense") };
    expect(await refusal(scene.patch(more))).toBe("413 twin_too_large /body");
  });

  test("a contact that nobody could call", async () => {
    const at = "/v1/twins/X-1/parts/config/desired";
    for (const number of ["0612345678", "+0612345678", "+33", 33]) {
      const contacts = [{ role: "nurse", number, language: "fr" }];
      const response = await scene.patch({ contacts }, {}, at);
      expect(await response.clone().text()).not.toContain("612345678");
      expect(await refusal(Promise.resolve(response))).toBe("400 bad_value /body/contacts");
    }
  });

  test("what a writer says of itself", async () => {
    const past = { "x-deadline": String(start) };
    expect(await refusal(scene.patch({}, past))).toBe("422 invalid /headers/x-deadline");
    expect(await refusal(scene.patch({}, { "x-deadline": "soon" }))).toBe(
      "422 invalid /headers/x-deadline",
    );
    expect(await refusal(scene.patch({}, { "x-deadline": "P400D" }))).toBe(
      "422 invalid /headers/x-deadline",
    );
    expect(await refusal(scene.patch({}, { "x-escalate": "yes" }))).toBe(
      "422 invalid /headers/x-escalate",
    );
    const long = `/v1/twins/B-1?reason=${"x".repeat(201)}`;
    expect(await refusal(scene.patch({}, {}, long))).toBe("422 invalid /query/reason");
    expect(await refusal(scene.patch({}, {}, "/v1/twins/B-1?colour=red"))).toBe(
      "422 invalid /query/colour",
    );
    const why = encodeURIComponent("été à Nice");
    expect(
      (await scene.patch(profile("dense"), {}, `/v1/twins/B-1?reason=${why}&escalate=true`)).status,
    ).toBe(200);
    expect((await scene.twins.read(band))?.parts.config?.wishes["profile"]).toMatchObject({
      why: "été à Nice",
      escalate: true,
    });
  });
});

test("writers see their own writes in the next list, whatever the index has read", async () => {
  await scene.patch(profile("dense"));
  const list = await scene.get("/v1/twins?filter=sync==pending", "fleet");
  expect(((await list.json()) as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([
    "B-1",
  ]);
});
