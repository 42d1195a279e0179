/** Goal: a twin is made once, ended once, and a request that is sent again is done once. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { lyon } from "#api/trial.ts";
import { after, device, pulse } from "#twins/specimens.ts";
import { Hours, Millis } from "#wire/units.ts";

import { band, openScene, profile, refusal, replyOf, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("an idempotency key", () => {
  const key = { "idempotency-key": "k-1" };

  test("gives the same answer for a day and does nothing more, whatever happened meanwhile", async () => {
    const first = await (await scene.patch(profile("dense"), key)).text();
    await scene.patch(profile("seed"));
    const again = await scene.patch(profile("dense"), key);
    expect([again.status, await again.text()]).toEqual([200, first]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await scene.twins.read(band))?.parts.config?.desired).toEqual({ profile: "seed" });
    await scene.clock.advance({ by: Millis(Hours(24)) });
    expect((await replyOf(await scene.patch(profile("dense"), key))).rev).toBe(4);
  });

  test("belongs to one request, one twin and one person", async () => {
    await scene.patch(profile("dense"), key);
    expect(await refusal(scene.patch(profile("seed"), key))).toBe("409 key_reused");
    expect(await refusal(scene.patch(profile("dense"), { ...key, "if-match": "*" }))).toBe(
      "409 key_reused",
    );
    expect((await scene.patch(profile("dense"), key, "/v1/twins/B-2")).status).toBe(200);
    const admin = await scene.send("PATCH", "/v1/twins/B-1", {
      role: "admin",
      body: {},
      headers: key,
    });
    expect(admin.status).toBe(200);
  });

  test("is kept for what changed nothing, and not for what was refused", async () => {
    await scene.patch({ tags: { lot: "L1" } }, { ...key, "if-match": '"7"' });
    expect((await scene.patch({ tags: { lot: "L1" } }, { ...key, "if-match": '"1"' })).status).toBe(
      200,
    );
    const still = { "idempotency-key": "k-2" };
    expect((await replyOf(await scene.patch({ tags: { lot: "L1" } }, still))).changed).toEqual([]);
    await scene.patch({ tags: { lot: "L2" } });
    expect((await replyOf(await scene.patch({ tags: { lot: "L1" } }, still))).changed).toEqual([]);
  });

  test("sent twice at once is done once", async () => {
    const both = await Promise.all([
      scene.patch(profile("dense"), key),
      scene.patch(profile("dense"), key),
    ]);
    const texts = await Promise.all(both.map((each) => each.text()));
    expect(texts[0]).toBe(texts[1]);
    expect((await scene.twins.read(band))?.rev).toBe(2);
  });

  test("is visible text of at most 255 characters", async () => {
    for (const text of ["", "a b", "x".repeat(256)]) {
      expect(await refusal(scene.patch({}, { "idempotency-key": text }))).toBe(
        "422 invalid /headers/idempotency-key",
      );
    }
  });
});

describe("PUT", () => {
  const create = { "if-none-match": "*" };
  const put = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    scene.send("PUT", path, { body, headers });

  test("D1, TW-01: makes the twin of a device in stock, once", async () => {
    const body = { ...profile("dense"), tags: { lot: "L1" } };
    const made = await put("/v1/twins/B-77", body, create);
    expect([made.status, made.headers.get("etag")]).toEqual([201, '"1"']);
    expect(made.headers.get("location")).toBe("/v1/twins/B-77");
    expect(await refusal(put("/v1/twins/B-77", body, create))).toBe(
      "412 precondition_failed /headers/if-none-match",
    );
    const twin = await scene.twins.read(device("B-77").serial);
    expect(twin).toMatchObject({ rev: 1, tags: { lot: "L1" }, presence: { state: "in_stock" } });
    expect(twin?.parts.config?.desired).toEqual({ profile: "dense" });
  });

  test("replaces tags and all that is desired, and leaves what is reported alone", async () => {
    await scene.tell(pulse(70, after(1)));
    await scene.patch({ tags: { lot: "L1", zone: "south" }, ...profile("dense") });
    const body = { tags: { lot: "L2" }, parts: { config: { desired: { hypoxaemia: 85 } } } };
    const replaced = await put("/v1/twins/B-1", body);
    expect(replaced.status).toBe(200);
    const twin = (await scene.twins.read(band))!;
    expect([twin.tags, twin.parts.config?.desired]).toEqual([{ lot: "L2" }, { hypoxaemia: 85 }]);
    expect(twin.parts.power?.reported).toEqual({ battery: 80 });
    expect((await replyOf(await put("/v1/twins/B-1", body))).changed).toEqual([]);
  });

  test("a serial that another tenant holds does not exist", async () => {
    for (const headers of [{}, create]) {
      expect(await refusal(put("/v1/twins/B-9", {}, headers))).toBe("404 not_found");
    }
    expect(await refusal(put("/v1/twins/nonsense", {}))).toBe("404 not_found");
    expect((await scene.twins.read(device("B-9").serial))?.tenant).toBe(lyon);
  });
});

describe("DELETE", () => {
  test("TW-01, H-08: retires for good: 410 from then on, and the id is never used again", async () => {
    const gone = await scene.send("DELETE", "/v1/twins/B-1", {
      headers: { "x-reason": "drowned" },
    });
    expect([gone.status, (await replyOf(gone)).rev]).toEqual([200, 2]);
    for (const asked of [
      scene.get("/v1/twins/B-1", "fleet"),
      scene.patch({}),
      scene.send("DELETE", "/v1/twins/B-1"),
      scene.send("PUT", "/v1/twins/B-1", { body: {} }),
      scene.send("PUT", "/v1/twins/B-1", { body: {}, headers: { "if-none-match": "*" } }),
    ]) {
      expect(await refusal(asked)).toBe("410 retired");
    }
    expect((await scene.twins.read(band))?.retiredAt).toBe(after(1));
  });

  test("takes the same conditions", async () => {
    expect(
      (await scene.send("DELETE", "/v1/twins/B-1", { headers: { "if-match": '"7"' } })).status,
    ).toBe(412);
    expect((await scene.twins.read(band))?.retiredAt).toBeNull();
  });
});
