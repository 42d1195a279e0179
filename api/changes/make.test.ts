import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { refusal } from "#api/twins/write/scene.ts";
import { bulkLimits } from "#twins/bulk/change.ts";
import { planFor } from "#twins/bulk/scene.ts";
import { createBulkStore } from "#twins/bulk/store.ts";
import { device } from "#twins/specimens.ts";

import { type Asking, type ChangesScene, openChangesScene, wish } from "./scene.ts";

let scene: ChangesScene;
beforeEach(async () => {
  scene = await openChangesScene();
});
afterEach(() => scene.close());

function post(body: unknown, asking: Asking = {}): Promise<Response> {
  return scene.send("POST", "/v1/changes", { ...asking, body });
}

describe("a dry run", () => {
  test("says how many would change, shows a few, and tells what would be hit, changing nothing", async () => {
    const view = await scene.make();
    expect(view).toMatchObject({
      state: "draft",
      by: "u:alice",
      devices: 2,
      needsOther: false,
      acts: ["approve", "abort"],
      forecast: {
        changed: 2,
        unchanged: 0,
        impossible: 0,
        conflicts: [],
        blast: {
          technical: {
            leaves: ["desired/config/profile"],
            devices: 2,
            deviceShare: 0.5,
            homes: 2,
            homeShare: 1,
          },
        },
      },
    });
    expect(view.forecast.samples).toContainEqual({
      device: "B-1",
      leaves: [{ path: "desired/config/profile", from: null, to: "dense" }],
    });
    await scene.pass(5);
    expect(await scene.profileOf("B-1")).toBe(null);
  });

  test("tells leaves that decide what becomes an emergency from all others", async () => {
    const patch = { parts: { config: { desired: { hypoxaemia: 88 } } }, tags: { lot: "a" } };
    const { blast } = (await scene.make({ patch, filter: "id==B-1" })).forecast;
    expect(blast).toMatchObject({
      clinical: { leaves: ["desired/config/hypoxaemia"], devices: 1, homeShare: 0.5 },
      technical: { leaves: ["tags/lot"] },
    });
  });

  test("names other open changes that want the same leaves of the same devices", async () => {
    const first = await scene.make({ filter: "id==B-1" });
    await scene.act(first.id, "approve");
    const { conflicts } = (await scene.make()).forecast;
    expect(conflicts).toEqual([
      { change: first.id, paths: ["desired/config/profile"], devices: 1, samples: ["B-1"] },
    ]);
    await scene.act(first.id, "abort");
    await scene.pass(1);
    expect((await scene.make()).forecast.conflicts).toEqual([]);
    const other = { patch: { tags: { lot: "a" } } };
    expect((await scene.make(other)).forecast.conflicts).toEqual([]);
  });

  test("is made once under its key, and the key is for that request only", async () => {
    const headers = { "idempotency-key": "k1" };
    const first = await scene.make({}, { headers });
    await scene.pass(1);
    expect((await scene.make({}, { headers })).id).toBe(first.id);
    const other = post({ ...wish, reason: "spring" }, { headers });
    expect(await refusal(other)).toBe("409 key_reused");
    expect((await scene.make()).id).not.toBe(first.id);
    const bad = post(wish, { headers: { "idempotency-key": "a b" } });
    expect(await refusal(bad)).toBe("422 invalid /headers/idempotency-key");
  });

  const refused: readonly (readonly [name: string, change: object, expected: string])[] = [
    ["a field that does not exist", { colour: 1 }, "422 invalid /body/colour"],
    ["no reason", { reason: "" }, "422 invalid /body/reason"],
    ["a reason with a control character", { reason: "a\nb" }, "422 invalid /body/reason"],
    ["a filter outside the grammar", { filter: "kind==" }, "422 invalid /body/filter"],
    ["a filter of vital signs", { filter: "vitals.spo2=lt=90" }, "403 forbidden /body/filter"],
    ["a filter that nobody passes", { filter: "id==B-7" }, "422 invalid /body/filter"],
    ["an empty filter", { filter: "" }, "422 invalid /body/filter"],
    ["a deadline that is none", { deadline: "soon" }, "422 invalid /body/deadline"],
    ["a deadline beyond thirty days", { deadline: "P31D" }, "422 invalid /body/deadline"],
    ["no pace at all", { pace: 0 }, "422 invalid /body/pace"],
    ["a pace beyond all bounds", { pace: 60_001 }, "422 invalid /body/pace"],
    ["no canaries", { canary: { share: 0 } }, "422 invalid /body/canary/share"],
    ["an unknown bound", { abort: { late: 1 } }, "422 invalid /body/abort/late"],
    ["a patch that is no object", { patch: 7 }, "400 bad_value /body/patch"],
    ["an empty patch", { patch: {} }, "400 bad_value /body/patch"],
    [
      "a reported leaf",
      { patch: { parts: { config: { reported: {} } } } },
      "403 not_writable /body/patch/parts/config/reported",
    ],
    [
      "an unknown leaf",
      { patch: { parts: { config: { desired: { x: 1 } } } } },
      "400 unknown_field /body/patch/parts/config/desired/x",
    ],
    [
      "a value out of bounds",
      { patch: { parts: { config: { desired: { hypoxaemia: 5 } } } } },
      "400 bad_value /body/patch/parts/config/desired/hypoxaemia",
    ],
    [
      "a leaf that one of the kinds has not",
      { filter: "id=in=(B-1,X-1)", patch: { parts: { config: { desired: { hypoxaemia: 90 } } } } },
      "400 unknown_field /body/patch/parts/config/desired/hypoxaemia",
    ],
    [
      "a whole part taken away",
      { patch: { parts: { config: { desired: null } } } },
      "400 bad_value /body/patch/parts/config/desired",
    ],
    [
      "a group of leaves taken away",
      { filter: "kind==box", patch: { parts: { config: { desired: { thresholds: null } } } } },
      "400 bad_value /body/patch/parts/config/desired/thresholds",
    ],
    ["all tags taken away", { patch: { tags: null } }, "400 bad_value /body/patch/tags"],
    [
      "leaves that name people",
      { filter: "kind==box", patch: { parts: { config: { desired: { contacts: [] } } } } },
      "403 not_writable /body/patch/parts/config/desired/contacts",
    ],
    [
      "more leaves than a change may have",
      {
        patch: {
          tags: Object.fromEntries(
            Array.from({ length: bulkLimits.leaves + 1 }, (_, at) => [`t${at}`, 1]),
          ),
        },
      },
      "413 too_many_leaves /body/patch",
    ],
  ];
  for (const [name, change, expected] of refused) {
    test(`refuses ${name}, and says where`, async () => {
      expect(await refusal(post({ ...wish, ...change }))).toBe(expected);
    });
  }

  test("refuses a body that is no JSON, too large, of another type, or with a parameter", async () => {
    expect(await refusal(post("{"))).toBe("400 bad_json /body");
    const large = { ...wish, reason: "x".repeat(20_000) };
    expect(await refusal(post(large))).toBe("413 too_large /body");
    const headers = { "content-type": "text/plain" };
    expect(await refusal(post(wish, { headers }))).toBe("415 unsupported_media_type");
    expect(await refusal(scene.send("POST", "/v1/changes?a=1", { body: wish }))).toBe(
      "422 invalid /query/a",
    );
  });

  test("is refused when a tenant has so many open; one that is over makes room", async () => {
    const store = createBulkStore({ ...scene.redis, keys: scene.keys, clock: scene.clock });
    for (let at = 0; at < bulkLimits.perTenant; at++) {
      await store.make(planFor(1, { id: `ch-${at}` }), [device("B-1").serial]);
    }
    expect(await refusal(post(wish))).toBe("429 too_many");
    await scene.act("ch-3", "abort");
    await scene.make();
    expect((await scene.send("GET", "/v1/changes/ch-3")).status).toBe(404);
  });
});
