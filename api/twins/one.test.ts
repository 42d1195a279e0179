import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { after, entryOf, pulse } from "#twins/specimens.ts";

import type { TwinView } from "./contract.ts";
import { openScene, profile, refusal, type Scene } from "./write/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

async function view(query = ""): Promise<TwinView> {
  return (await (await scene.get(`/v1/twins/B-1${query}`, "fleet")).json()) as TwinView;
}

describe("one twin", () => {
  test("TW-03: tells, when asked, what is outstanding and how far each wish has come", async () => {
    await scene.patch(profile("dense"), { "x-reason": "winter", "x-deadline": "PT8H" });
    await scene.patch({ parts: { config: { desired: { hypoxaemia: 85 } } }, tags: { lot: "L1" } });
    const result = { "config/hypoxaemia": { state: "rejected", code: "too_low" } };
    await scene.tell(entryOf("answer", { id: "desired-2", t: after(9), state: "done", result }));
    const twin = await view("?include=sync,delta");
    expect(twin).toMatchObject({ tags: { lot: "L1" }, desiredV: 2 });
    expect(twin.delta).toEqual({ config: { profile: "dense", hypoxaemia: 85 } });
    expect(twin.sync?.["config/profile"]).toMatchObject({
      state: "delivered",
      v: 1,
      by: "u:fleet@nice",
      why: "winter",
      code: null,
    });
    expect(twin.sync?.["config/hypoxaemia"]).toMatchObject({ state: "rejected", code: "too_low" });
    expect(await view()).not.toHaveProperty("sync");
  });

  test("tells the selected fields only, of what the reader may see", async () => {
    await scene.tell(pulse(70, after(1)));
    expect(await view("?fields=id,parts/*/reported")).toEqual({
      id: "B-1",
      parts: {
        firmware: { reported: { version: "2.3.0" } },
        power: { reported: { battery: 80 } },
        wear: { reported: { worn: true } },
      },
    } as never);
    expect(await view("?fields=parts/vitals")).toEqual({} as never);
    expect(await view("?include=meta&fields=meta")).toMatchObject({
      meta: { "power/battery": { value: 80, source: "readings" } },
    });
    const bad = (query: string) => refusal(scene.get(`/v1/twins/B-1${query}`, "fleet"));
    expect(await bad("?fields=a(")).toBe("422 invalid /query/fields");
    expect(await bad("?include=soul")).toBe("422 invalid /query/include");
    expect(await bad("?colour=red")).toBe("422 invalid /query/colour");
  });

  test("D3: is not told again to whoever has this revision", async () => {
    const etag = (await scene.get("/v1/twins/B-1", "fleet")).headers.get("etag") ?? "";
    expect((await scene.get("/v1/twins/B-1", "fleet", { "if-none-match": etag })).status).toBe(304);
    await scene.patch(profile("dense"));
    expect((await scene.get("/v1/twins/B-1", "fleet", { "if-none-match": etag })).status).toBe(200);
  });

  test("TW-11: what is old is told as stale, with its age", async () => {
    await scene.tell(pulse(70, after(-3_600_000)));
    const twin = (await (await scene.get("/v1/twins/B-1", "nurse")).json()) as TwinView;
    expect(twin.parts["vitals"]?.leaves["heart-rate"]).toMatchObject({ value: 70, stale: true });
  });
});
