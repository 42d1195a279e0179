/** Goal: two processes never write for one change, and what the world interrupts goes on where it was. */
import { afterEach, beforeEach, expect, test } from "bun:test";

import type { Cells } from "#platform/cells/port.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { Trouble } from "#platform/trouble.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import { keysFor } from "#twins/keys.ts";
import { start } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { Hours } from "#wire/units.ts";

import { writeDevice } from "./device.ts";
import { renewLease, takeLease } from "./lease.ts";
import { openBulkRunner } from "./runner.ts";
import { type BulkScene, openBulkScene, planFor } from "./scene.ts";
import { createBulkStore } from "./store.ts";

let scene: BulkScene;
beforeEach(async () => {
  scene = await openBulkScene(20);
});
afterEach(() => scene.close());

function leaseOf(owner: string) {
  const { redis, keys, clock } = scene;
  return { cells: redis.cells, keys, clock, owner };
}

test("a lease is one's until it runs out, and whoever was replaced writes no device any more", async () => {
  const plan = planFor(20);
  await scene.store.make(plan, scene.bands);
  const first = (await takeLease(leaseOf("a"), plan))!;
  expect(await takeLease(leaseOf("b"), plan)).toBeNull();
  await scene.pass(10);
  expect(await renewLease(leaseOf("a"), plan, first)).toBe(true);
  await scene.pass(10);
  expect(await takeLease(leaseOf("b"), plan)).toBeNull();
  await scene.pass(6);
  const second = (await takeLease(leaseOf("b"), plan))!;
  expect(second.number).toBe(first.number + 1);
  expect(await renewLease(leaseOf("a"), plan, first)).toBe(false);
  const deps = { writer: scene.writer, cells: scene.redis.cells, keys: scene.keys };
  const [band] = scene.bands;
  expect(await writeDevice(deps, { plan, lease: first }, band!)).toEqual({ kind: "lost" });
  expect((await scene.twins.read(band!))!.desiredV).toBe(0);
  expect(await writeDevice(deps, { plan, lease: second }, band!)).toMatchObject({ kind: "noted" });
  expect((await scene.twins.read(band!))!.desiredV).toBe(1);
});

test("a process that was restarted takes its change up at once, under a new number", async () => {
  const plan = planFor(20);
  await scene.store.make(plan, scene.bands);
  const first = (await takeLease(leaseOf("a"), plan))!;
  expect((await takeLease(leaseOf("a"), plan))!.number).toBe(first.number + 1);
});

test("a Redis that fails now and then, before or after it wrote, leaves no device written twice or forgotten", async () => {
  const { redis, keys, clock, fleet } = scene;
  let calls = 0;
  const cells: Cells = {
    ...redis.cells,
    commit: async (units) => {
      calls += 1;
      if (calls % 7 === 3) throw new Trouble("cells-unreachable", { retry: "safe" });
      const outcomes = await redis.cells.commit(units);
      if (calls % 7 === 5) throw new Trouble("cells-unreachable", { retry: "ambiguous" });
      return outcomes;
    },
  };
  const twins = createTwinStore({ cells, keys, clock });
  const writer = createTwinWriter({ store: twins, cells, keys, clock, written: fleet.wrote });
  const store = createBulkStore({ cells, keys, clock });
  const plan = planFor(20, { perMinute: 600 });
  await scene.store.make(plan, scene.bands);
  const parts = { store, writer, fleet, cells, keys, clock, log: silent };
  const runner = openBulkRunner({ ...parts, owner: "a" });
  await scene.steps(plan, "approve", "start");
  await scene.pass(120);
  expect((await scene.at(plan)).standing).toMatchObject({
    state: "settling",
    tally: { waiting: 20 },
  });
  const written = await scene.twins.readMany(scene.bands);
  expect(written.map((twin) => twin?.desiredV)).toEqual(scene.bands.map(() => 1));
  await scene.steps(plan, "undo");
  await scene.pass(120);
  expect((await scene.at(plan)).standing).toMatchObject({ state: "undone", tally: { undone: 20 } });
  const restored = await scene.twins.readMany(scene.bands);
  expect(restored.map((twin) => twin?.parts.config?.desired)).toEqual(scene.bands.map(() => ({})));
  await runner.close();
});

test("what is over is forgotten after thirty days, with all its items", async () => {
  const clock = createVirtualClock({ start });
  const store = createBulkStore({ ...createMemoryRedis(clock), keys: keysFor(4), clock });
  const plan = planFor(20);
  await store.make(plan, scene.bands);
  await store.step(plan, { act: "abort", at: start, by: "u:other" });
  await clock.advance({ by: Hours(29 * 24) });
  expect(await store.get(plan)).toBeDefined();
  expect(await store.members(plan.id)).toHaveLength(20);
  await clock.advance({ by: Hours(2 * 24) });
  expect(await store.get(plan)).toBeUndefined();
  expect(await store.members(plan.id)).toEqual([]);
  expect(await store.list(plan.tenant)).toEqual([]);
});
