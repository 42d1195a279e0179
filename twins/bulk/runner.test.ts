import { afterEach, describe, expect, test } from "bun:test";

import type { Twin } from "#twins/document.ts";
import { entryOf } from "#twins/specimens.ts";
import type { Serial } from "#wire/identity.ts";
import type { JsonObject } from "#wire/messages.ts";
import { Hours, Minutes } from "#wire/units.ts";

import type { BulkPlan } from "./change.ts";
import { type BulkScene, openBulkScene, planFor } from "./scene.ts";

const scenes: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.close();
});

async function open(homes: number): Promise<BulkScene> {
  const scene = await openBulkScene(homes);
  scenes.push(scene);
  return scene;
}

/** What the devices of a scene should be. */
async function profiles(scene: BulkScene): Promise<unknown[]> {
  const twins = await scene.twins.readMany(scene.bands);
  return twins.map((twin) => twin?.parts.config?.desired["profile"] ?? null);
}

let seq = 0;
/** The device's word on what it was told. */
async function answer(scene: BulkScene, serial: Serial, result: "applied" | "rejected") {
  const twin = (await scene.twins.read(serial)) as Twin;
  seq++;
  const word: JsonObject =
    result === "applied" ? { state: "applied" } : { state: "rejected", code: "unsupported" };
  const t = scene.clock.now();
  const body = {
    t,
    id: `desired-${twin.desiredV}`,
    state: "done",
    result: { "config/profile": word },
  };
  const box = twin.links.box ?? "";
  await scene.tell(entryOf("answer", body, { device: serial, box, seq, receivedAt: t }));
}

async function written(scene: BulkScene): Promise<Serial[]> {
  const all = await profiles(scene);
  return scene.bands.filter((_, at) => all[at] === "dense");
}

async function make(scene: BulkScene, wish: Partial<BulkPlan> = {}): Promise<BulkPlan> {
  const plan = planFor(scene.bands.length, wish);
  expect((await scene.store.make(plan, scene.bands)).kind).toBe("made");
  return plan;
}

describe("a bulk change", () => {
  test("writes nothing before it is started, then every member and nobody else, in its own name", async () => {
    const scene = await open(5);
    const plan = await make(scene);
    scene.run("a");
    await scene.steps(plan, "approve");
    await scene.pass(3);
    expect(await written(scene)).toEqual([]);
    await scene.steps(plan, "start");
    await scene.pass(3);
    expect(await written(scene)).toEqual([...scene.bands]);
    const twin = (await scene.twins.read(scene.bands[0]!))!;
    expect(twin.parts.config?.wishes["profile"]).toMatchObject({
      by: `change:${plan.id}`,
      why: "winter",
      state: "pending",
    });
    const box = (await scene.twins.read(twin.links.box!))!;
    expect(box.rev).toBe(1);
    expect((await scene.at(plan)).standing).toMatchObject({
      state: "settling",
      tally: { waiting: 5 },
    });
  });

  test("is done when every device has answered or let its deadline pass", async () => {
    const scene = await open(3);
    const plan = await make(scene);
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(3);
    const [one, two] = scene.bands as [Serial, Serial, Serial];
    await answer(scene, one, "applied");
    await answer(scene, two, "rejected");
    await scene.pass(3);
    expect((await scene.at(plan)).standing.tally).toMatchObject({
      applied: 1,
      rejected: 1,
      waiting: 1,
    });
    await scene.clock.advance({ by: Hours(8) });
    await expireWishes(scene);
    await scene.pass(3);
    const { state, tally } = (await scene.at(plan)).standing;
    expect([state, tally.silent, tally.waiting]).toEqual(["done", 1, 0]);
    const items = await itemsOf(scene, plan);
    expect(items.get(two)).toMatchObject({ state: "rejected", code: "unsupported" });
  });

  test("keeps its pace, in devices a minute", async () => {
    const scene = await open(20);
    const plan = await make(scene, { perMinute: 60 });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    const counts: number[] = [];
    for (let second = 0; second < 5; second++) {
      await scene.pass(1);
      counts.push((await written(scene)).length);
    }
    expect(Math.max(...counts.map((count, at) => count - (counts[at - 1] ?? 0)))).toBe(1);
    await scene.clock.advance({ by: Minutes(1) });
    expect(await written(scene)).toHaveLength(20);
  });

  test("writes its canaries first, and the others once enough of these have applied it", async () => {
    const scene = await open(20);
    const plan = await make(scene, { canary: { devices: 4, success: 0.75 } });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(60);
    const canaries = await written(scene);
    expect(canaries).toHaveLength(4);
    const [one, two, three, four] = canaries as [Serial, Serial, Serial, Serial];
    await answer(scene, one, "applied");
    await answer(scene, two, "rejected");
    await answer(scene, three, "applied");
    await scene.pass(5);
    expect(await written(scene)).toHaveLength(4);
    await answer(scene, four, "applied");
    await scene.pass(5);
    expect(await written(scene)).toHaveLength(20);
  });

  test("aborts when so many canaries refuse it that too few can apply it, and touches nobody else", async () => {
    const scene = await open(20);
    const plan = await make(scene, { canary: { devices: 4, success: 0.75 } });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(5);
    for (const serial of (await written(scene)).slice(0, 2))
      await answer(scene, serial, "rejected");
    await scene.pass(60);
    const { state, steps } = (await scene.at(plan)).standing;
    expect([state, steps.at(-1)]).toMatchObject(["aborted", { by: "vigie", act: "abort" }]);
    expect(await written(scene)).toHaveLength(4);
  });

  test("aborts by itself above the bound of refusals, never before its sample", async () => {
    const scene = await open(40);
    const abort = { rejected: 0.25, silent: 1, sample: 4 };
    const plan = await make(scene, { perMinute: 60, abort });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(12);
    const [one, two, three, four] = (await written(scene)) as [Serial, Serial, Serial, Serial];
    for (const serial of [one, two]) await answer(scene, serial, "rejected");
    await scene.pass(3);
    await answer(scene, three, "applied");
    await scene.pass(2);
    expect((await scene.at(plan)).standing.state).toBe("running");
    await answer(scene, four, "applied");
    await scene.pass(2);
    const { state, steps } = (await scene.at(plan)).standing;
    expect([state, steps.at(-1)?.why]).toEqual(["aborted", "2 of 4 rejected"]);
    const count = (await written(scene)).length;
    await scene.pass(30);
    expect(await written(scene)).toHaveLength(count);
  });

  test("aborts by itself above the bound of devices that let their deadline pass", async () => {
    const scene = await open(40);
    const abort = { rejected: 1, silent: 0.5, sample: 3 };
    const plan = await make(scene, { perMinute: 6, abort, within: Minutes(1) });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    for (let minute = 0; minute < 2; minute++) {
      await scene.clock.advance({ by: Minutes(1) });
      await expireWishes(scene);
    }
    await scene.pass(2);
    const { state, steps } = (await scene.at(plan)).standing;
    expect([state, steps.at(-1)?.why]).toMatchObject([
      "aborted",
      expect.stringContaining("silent"),
    ]);
  });

  test("pauses within the handful under way, and goes on where it was", async () => {
    const scene = await open(10);
    const plan = await make(scene, { perMinute: 60 });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(4);
    await scene.steps(plan, "pause");
    const count = (await written(scene)).length;
    await scene.pass(30);
    expect(await written(scene)).toHaveLength(count);
    expect(count).toBeLessThan(10);
    await scene.steps(plan, "resume");
    await scene.pass(30);
    expect(await written(scene)).toHaveLength(10);
  });

  test("goes on in another process where the first was cut off, and writes no device twice", async () => {
    const scene = await open(30);
    const plan = await make(scene, { perMinute: 60 });
    const first = scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(10);
    await first.close();
    expect((await written(scene)).length).toBeGreaterThan(3);
    scene.run("b");
    await scene.pass(60);
    expect(await written(scene)).toHaveLength(30);
    const twins = await scene.twins.readMany(scene.bands);
    expect(twins.map((twin) => twin?.desiredV)).toEqual(scene.bands.map(() => 1));
  });

  test("of two processes one runs it, and the other takes over when that one ends", async () => {
    const scene = await open(30);
    const plan = await make(scene, { perMinute: 60 });
    const first = scene.run("a");
    scene.run("b");
    await scene.steps(plan, "approve", "start");
    await scene.pass(10);
    const key = scene.keys.bulkChange(plan.tenant, plan.id);
    const lease = (): Promise<string | null> => scene.redis.cells.get(key, "lease");
    expect(await lease()).toStartWith("a 1 ");
    expect((await written(scene)).length).toBeLessThanOrEqual(10);
    void first.close();
    await scene.pass(20);
    expect(await lease()).toStartWith("b 2 ");
    await scene.pass(60);
    expect(await written(scene)).toHaveLength(30);
  });

  test("leaves alone what is so already, and skips what is retired", async () => {
    const scene = await open(3);
    const [one, two] = scene.bands as [Serial, Serial, Serial];
    const earlier = await make(scene, { id: "ch-0000000000000002" });
    scene.run("a");
    await scene.steps(earlier, "approve", "start");
    await scene.pass(2);
    await scene.twins.retire(two);
    const plan = await make(scene);
    await scene.steps(plan, "approve", "start");
    await scene.pass(3);
    const items = await itemsOf(scene, plan);
    expect([items.get(one)?.state, items.get(two)]).toMatchObject([
      "unchanged",
      { state: "skipped", code: "retired" },
    ]);
    expect((await scene.at(plan)).standing.state).toBe("done");
  });
});

describe("undo", () => {
  test("puts back each device's own former value with its author, and takes away what was not there", async () => {
    const scene = await open(3);
    const [one] = scene.bands as [Serial, Serial, Serial];
    const earlier = await make(scene, {
      id: "ch-0000000000000002",
      leaves: [{ path: "desired/config/profile", value: "saver" }],
      devices: 1,
    });
    await scene.store.make({ ...earlier, id: "ch-0000000000000003" }, [one]);
    scene.run("a");
    await scene.steps({ ...earlier, id: "ch-0000000000000003" }, "approve", "start");
    await scene.pass(3);
    const plan = await make(scene);
    await scene.steps(plan, "approve", "start");
    await scene.pass(3);
    expect(await profiles(scene)).toEqual(["dense", "dense", "dense"]);
    await scene.steps(plan, "undo");
    await scene.pass(3);
    expect(await profiles(scene)).toEqual(["saver", null, null]);
    const twin = (await scene.twins.read(one))!;
    expect(twin.parts.config?.wishes["profile"]?.by).toBe("change:ch-0000000000000003");
    expect((await scene.at(plan)).standing).toMatchObject({
      state: "undone",
      tally: { undone: 3 },
    });
  });

  test("leaves alone what somebody else wrote since, and says so", async () => {
    const scene = await open(2);
    const [one, two] = scene.bands as [Serial, Serial];
    const plan = await make(scene);
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(3);
    const later = { ...plan, id: "ch-0000000000000009", devices: 1 };
    const leaves = [{ path: "desired/config/profile", value: "saver" }];
    await scene.store.make({ ...later, leaves }, [one]);
    await scene.steps(later, "approve", "start");
    await scene.pass(3);
    await scene.steps(plan, "undo");
    await scene.pass(3);
    expect(await profiles(scene)).toEqual(["saver", null]);
    const items = await itemsOf(scene, plan);
    expect([items.get(one), items.get(two)?.state]).toMatchObject([
      { state: "conflict", left: [0] },
      "undone",
    ]);
  });

  test("takes back a change that was aborted half way, and what was not written stays as it is", async () => {
    const scene = await open(30);
    const plan = await make(scene, { perMinute: 60 });
    scene.run("a");
    await scene.steps(plan, "approve", "start");
    await scene.pass(8);
    await scene.steps(plan, "abort", "undo");
    await scene.pass(5);
    expect(await written(scene)).toEqual([]);
    const { state, tally } = (await scene.at(plan)).standing;
    expect(state).toBe("undone");
    expect(tally.undone).toBeGreaterThan(0);
    expect(tally.undone).toBeLessThan(30);
  });
});

/** What the pipeline does when a deadline passes. */
async function expireWishes(scene: BulkScene): Promise<void> {
  const { judgeWishes } = await import("#twins/desired/judgement.ts");
  for (const before of await scene.twins.readMany(scene.bands)) {
    if (before === null) continue;
    const { twin: after, changed } = judgeWishes(before, scene.clock.now());
    if (after !== before) await scene.twins.commit([{ before, after, changed }]);
  }
}

async function itemsOf(scene: BulkScene, { id }: BulkPlan) {
  const all = await Promise.all(
    Array.from({ length: scene.keys.partitions }, (_, q) => scene.store.items(id, q)),
  );
  return new Map(all.flatMap((some) => [...some]));
}
