import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { Value } from "@sinclair/typebox/value";

import { listen, named, settle } from "#api/listening.ts";
import { lyon, nice } from "#api/trial.ts";
import { refusal } from "#api/twins/write/scene.ts";
import { planFor } from "#twins/bulk/scene.ts";
import { createBulkStore } from "#twins/bulk/store.ts";
import { parseChange } from "#twins/changes.ts";
import { device, entryOf } from "#twins/specimens.ts";

import { BulkList, BulkResult, type BulkView } from "./contract.ts";
import { type ChangesScene, openChangesScene, viewOf } from "./scene.ts";

let scene: ChangesScene;
beforeEach(async () => {
  scene = await openChangesScene();
});
afterEach(() => scene.close());

describe("a change", () => {
  test("is approved, started, written in its own name, and taken back, each step with who and why", async () => {
    const { id } = await scene.make();
    expect(
      (await viewOf(await scene.act(id, "approve", { body: { reason: "looks good" } }))).state,
    ).toBe("approved");
    expect((await viewOf(await scene.act(id, "start"))).state).toBe("canary");
    await scene.pass(3);
    expect([await scene.profileOf("B-1"), await scene.profileOf("B-9")]).toEqual(["dense", null]);
    const list = await scene.send(
      "GET",
      "/v1/twins?filter=desired.config.profile==dense&count=true",
    );
    expect(await list.json()).toMatchObject({ total: 2 });
    await scene.act(id, "undo", { subject: "bob", body: { reason: "a mistake" } });
    await scene.pass(3);
    expect(await scene.profileOf("B-1")).toBe(null);
    const view = await viewOf(await scene.send("GET", `/v1/changes/${id}`));
    expect(view.steps.map(({ act: name, by, why }) => `${name} ${by} ${why}`)).toEqual([
      "create u:alice winter",
      "approve u:alice looks good",
      "start u:alice null",
      "pass vigie no canary",
      "settle vigie 2 devices written",
      "undo u:bob a mistake",
      "undone vigie 2 put back, 0 not",
    ]);
    const audit = scene.keys.audit(scene.keys.of(nice));
    const lines = await scene.redis.streams.latest(audit, 10);
    expect(lines.map(({ fields }) => fields["what"]).toReversed()).toEqual(
      view.steps.map(({ act: name }) => `change_${name}`),
    );
    expect(lines.find(({ fields }) => fields["what"] === "change_undo")?.fields["detail"]).toBe(
      `${id} u:bob a mistake`,
    );
    const changes = await scene.redis.streams.latest(scene.keys.changes(scene.keys.of("B-1")), 10);
    const told = changes.map(({ fields }) => parseChange(fields));
    expect(told.map((change) => [change?.by, change?.why])).toContainEqual([
      `change:${id}`,
      "a mistake",
    ]);
  });

  test("of more devices than the bound is approved by somebody else than its author", async () => {
    const store = createBulkStore({ ...scene.redis, keys: scene.keys, clock: scene.clock });
    const plan = planFor(101, { needsOther: true, by: "u:alice" });
    await store.make(plan, [device("B-1").serial]);
    expect(await refusal(scene.act(plan.id, "approve"))).toBe("403 own_change");
    expect(await refusal(scene.act(plan.id, "start"))).toBe("409 wrong_state");
    expect((await scene.act(plan.id, "approve", { subject: "bob" })).status).toBe(200);
  });

  test("answers a step that was taken already as before, and refuses one out of its turn", async () => {
    const { id } = await scene.make();
    expect(await refusal(scene.act(id, "start"))).toBe("409 wrong_state");
    expect(await refusal(scene.act(id, "undo"))).toBe("409 wrong_state");
    await scene.act(id, "approve");
    const { rev } = await viewOf(await scene.act(id, "approve"));
    expect(rev).toBe(2);
    await scene.act(id, "abort");
    expect((await viewOf(await scene.act(id, "abort"))).rev).toBe(3);
    expect(await refusal(scene.act(id, "resume"))).toBe("409 wrong_state");
    expect(await refusal(scene.act(id, "abort", { body: { why: 1 } }))).toBe(
      "422 invalid /body/why",
    );
  });

  test("AC-28: of another tenant does not exist, and its devices are out of reach", async () => {
    const { id } = await scene.make();
    const asking = { tenant: lyon };
    for (const path of [
      `/v1/changes/${id}`,
      `/v1/changes/${id}/results`,
      `/v1/changes/${id}/stream`,
    ]) {
      expect((await scene.send("GET", path, asking)).status).toBe(404);
    }
    for (const name of ["approve", "start", "abort", "undo"]) {
      expect((await scene.act(id, name, asking)).status).toBe(404);
    }
    const list: unknown = await (await scene.send("GET", "/v1/changes", asking)).json();
    expect(list).toEqual({ items: [] });
    expect((await scene.make({}, asking)).devices).toBe(1);
  });

  test("lives on when the process ends", async () => {
    const { id } = await scene.make();
    await scene.act(id, "approve");
    await scene.act(id, "start");
    await scene.restart();
    await scene.pass(3);
    expect(await scene.profileOf("B-2")).toBe("dense");
    const list: unknown = await (await scene.send("GET", "/v1/changes")).json();
    expect([...Value.Errors(BulkList, list)]).toEqual([]);
    expect(list).toMatchObject({ items: [{ id, state: "settling" }] });
  });
});

describe("results", () => {
  test("say of each device what was written and what came of it, page by page and by state", async () => {
    const { id } = await scene.make();
    expect((await scene.results(id)).items.map(({ state }) => state)).toEqual([
      "planned",
      "planned",
    ]);
    await scene.act(id, "approve");
    await scene.act(id, "start");
    await scene.pass(3);
    const body = {
      t: scene.clock.now(),
      id: "desired-1",
      state: "done",
      result: { "config/profile": { state: "rejected", code: "unsupported" } },
    };
    await scene.tell(entryOf("answer", body, { device: "B-2", box: "X-2" }));
    await scene.pass(3);
    expect((await scene.results(id, "?state=rejected")).items).toMatchObject([
      {
        device: "B-2",
        code: "unsupported",
        leaves: [{ path: "desired/config/profile", from: null, to: "dense" }],
      },
    ]);
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = (await (
        await scene.send("GET", `/v1/changes/${id}/results?limit=1${query}`)
      ).json()) as { items: BulkResult[]; cursor: string | null };
      seen.push(...page.items.map(({ device: serial }) => serial));
      cursor = page.cursor;
    }
    expect(seen.toSorted()).toEqual(["B-1", "B-2"]);
  });

  test("refuse a state, a limit, a cursor and a parameter that are none", async () => {
    const { id } = await scene.make();
    for (const [query, pointer] of [
      ["state=lost", "state"],
      ["limit=0", "limit"],
      ["cursor=9.B-1", "cursor"],
      ["cursor=x", "cursor"],
      ["sort=id", "sort"],
    ]) {
      const asked = scene.send("GET", `/v1/changes/${id}/results?${query}`);
      expect(await refusal(asked)).toBe(`422 invalid /query/${pointer}`);
    }
  });

  test("stream as they come, and go on where a reader was cut off", async () => {
    const { id } = await scene.make({ pace: 30 });
    const path = `/v1/changes/${id}/stream`;
    const source = await listen(scene, { path });
    await scene.act(id, "approve");
    await scene.act(id, "start");
    await scene.pass(3);
    await settle(scene);
    const first = named(source, "result") as BulkResult[];
    for (const frame of first) expect([...Value.Errors(BulkResult, frame)]).toEqual([]);
    expect(first).toHaveLength(1);
    expect((named(source, "change") as BulkView[]).at(-1)).toMatchObject({ state: "running" });
    const lastId = source.lastId();
    await source.close();
    await scene.pass(5);
    const again = await listen(scene, { path, lastId });
    await settle(scene);
    const second = named(again, "result") as BulkResult[];
    expect(new Set([...first, ...second].map((each) => each.device))).toEqual(
      new Set(["B-1", "B-2"]),
    );
    expect(second).toHaveLength(1);
  });

  test("that were more than are kept leave a gap, which is told", async () => {
    const id = await scene.started();
    const source = await listen(scene, { path: `/v1/changes/${id}/stream` });
    const lastId = source.lastId();
    await source.close();
    for (let q = 0; q < scene.keys.partitions; q++) {
      const key = scene.keys.bulkResults(q);
      for (let at = 0; at < 3; at++)
        await scene.redis.streams.append(key, { id: "x" }, { atMost: 1 });
    }
    const again = await listen(scene, { path: `/v1/changes/${id}/stream`, lastId });
    expect(named(again, "gap")).toEqual([{ reason: "trimmed" }]);
  });

  test("refuse a position that we never gave", async () => {
    const id = await scene.started();
    const path = `/v1/changes/${id}/stream?cursor=nonsense!`;
    expect(await refusal(scene.send("GET", path))).toBe("422 invalid /query/cursor");
  });
});
