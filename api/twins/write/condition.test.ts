/** Goal: conditional writes mean what HTTP and, where it is better, Ditto mean by them (spec twins 4B, D2-D12). */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { after, pulse } from "#twins/specimens.ts";

import { band, openScene, profile, refusal, replyOf, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("a condition", () => {
  test("D2, TW-07: a stale If-Match is refused with the current ETag, a good one and * are not", async () => {
    await scene.patch(profile("dense"));
    const stale = await scene.patch(profile("seed"), { "if-match": '"1"' });
    expect(stale.headers.get("etag")).toBe('"2"');
    expect(await refusal(Promise.resolve(stale))).toBe("412 precondition_failed /headers/if-match");
    expect((await scene.patch(profile("seed"), { "if-match": '"1", "2"' })).status).toBe(200);
    expect((await scene.patch(profile("dense"), { "if-match": "*" })).status).toBe(200);
    expect((await scene.patch(profile("seed"), { "if-match": 'W/"4"' })).status).toBe(412);
    expect(await refusal(scene.patch({}, { "if-match": "4" }))).toBe(
      "422 invalid /headers/if-match",
    );
  });

  test("D2, D4: on a twin that does not exist If-Match fails, but a missing twin is just missing", async () => {
    for (const id of ["B-404", "B-9"]) {
      const at = `/v1/twins/${id}`;
      expect(await refusal(scene.patch({}, {}, at))).toBe("404 not_found");
      expect(await refusal(scene.patch({}, { "if-match": "*" }, at))).toBe(
        "412 precondition_failed /headers/if-match",
      );
      expect(await refusal(scene.send("DELETE", at))).toBe("404 not_found");
    }
  });

  test("two who read the same revision: one writes, the other is told", async () => {
    const both = ["dense", "seed"].map((name) => scene.patch(profile(name), { "if-match": '"1"' }));
    const statuses = new Set((await Promise.all(both)).map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 412]));
  });

  test("D8: X-If is asked of the stored twin, ETag first; when it fails nothing is written or told", async () => {
    await scene.tell(pulse(70, after(1), { battery: 15 }));
    const before = await scene.changesOf(band);
    const low = { "x-if": "power.battery=ge=20" };
    expect(await refusal(scene.patch(profile("dense"), low))).toBe(
      "412 condition_failed /headers/x-if",
    );
    expect(await refusal(scene.patch(profile("dense"), { ...low, "if-match": '"1"' }))).toBe(
      "412 precondition_failed /headers/if-match",
    );
    expect(await scene.changesOf(band)).toBe(before);
    const good = { "x-if": "power.battery=lt=20;presence.state=in=(silent,in_stock,late,online)" };
    expect((await scene.patch(profile("dense"), good)).status).toBe(200);
    const deep = {
      "x-if": "parts.config.desired.profile==dense;desired.config.profile==dense;sync==pending",
    };
    expect((await scene.patch(profile("seed"), deep)).status).toBe(200);
    expect((await scene.patch(profile("dense"), { "x-if": "tags.lot==L1" })).status).toBe(412);
    expect((await scene.patch(profile("dense"), { "x-if": "config.profile==null" })).status).toBe(
      200,
    );
  });

  test("D8, TW-09: one on a leaf that the asker may not see fails for everybody who may not", async () => {
    await scene.tell(pulse(70, after(1)));
    for (const path of ["vitals.heart-rate=gt=1", "vitals.none=gt=1", "config.contacts!=null"]) {
      expect(await refusal(scene.patch(profile("dense"), { "x-if": path }))).toBe(
        "412 condition_failed /headers/x-if",
      );
    }
  });

  test("D9: one that is none says where", async () => {
    const bad = await scene.patch({}, { "x-if": "power.battery=lt" });
    expect(await bad.json()).toMatchObject({ code: "invalid", pointer: "/headers/x-if", at: 13 });
    expect(await refusal(scene.patch({}, { "x-if": "soul.weight==21" }))).toBe(
      "422 invalid /headers/x-if",
    );
  });

  test("D10, D11: X-If-Path keeps single paths out, scalars too, and sees the twin as it was", async () => {
    await scene.patch({ tags: { lot: "L1" } });
    const conditions = {
      "/parts/config/desired/profile": "tags.lot==L2",
      "/tags/zone": "tags.lot==L1",
      "/tags/none": "tags.lot==L2",
    };
    const body = { ...profile("dense"), tags: { zone: "south", lot: "L2" } };
    const reply = await replyOf(
      await scene.patch(body, { "x-if-path": JSON.stringify(conditions) }),
    );
    expect(reply.skipped).toEqual(["/parts/config/desired/profile"]);
    expect(reply.changed.map(({ path }) => path)).toEqual(["tags/lot", "tags/zone"]);
    const below = { "x-if-path": JSON.stringify({ "/profile": "tags.lot==L1" }) };
    const at = "/v1/twins/B-1/parts/config/desired";
    expect((await replyOf(await scene.patch({ profile: "dense" }, below, at))).skipped).toEqual([
      "/profile",
    ]);
  });

  test("D12: when every path is kept out, nothing is written", async () => {
    const before = await scene.changesOf(band);
    const none = { "x-if-path": JSON.stringify({ "/parts": "tags.lot==L2" }) };
    const reply = await replyOf(await scene.patch(profile("dense"), none));
    expect(reply).toEqual({ id: "B-1", rev: 1, changed: [], skipped: ["/parts"] });
    expect(await scene.changesOf(band)).toBe(before);
  });

  test("X-If-Path that is none is refused", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 33 }, (_, n) => [`/tags/t${n}`, "rev==1"]),
    );
    for (const text of ["[]", "{", '{"tags":"rev==1"}', '{"/tags":1}', JSON.stringify(many)]) {
      expect(await refusal(scene.patch({}, { "x-if-path": text }))).toBe(
        "422 invalid /headers/x-if-path",
      );
    }
    expect((await scene.patch({}, { "x-if-path": '{"/tags":"vitals.spo2==1"}' })).status).toBe(412);
  });
});
