/** A door that dies alone leaves nobody heard for ever. */
import { expect, test } from "bun:test";

import { openMemorySql } from "#platform/sql/memory.ts";
import { after, device, factOf } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { type Duration, Minutes, Seconds } from "#wire/units.ts";

import { createScene } from "./scene.ts";
import { openTwinsProcessor } from "./twins.ts";

/** Home X-1 with door `d1` and home X-2 with door `d2`, both heard; the doors named in `alive` beat every 5 s. */
async function open() {
  const scene = createScene();
  const { cells, keys, clock, registry } = scene;
  const twins = createTwinStore(scene);
  const alive = new Set(["d1", "d2"]);
  const set = (key: string, field: string, value: string) =>
    cells.commit([{ checks: [], writes: [{ op: "HSET", key, field, value }] }]);
  const beat = async () => {
    for (const door of alive) await set(keys.state(), `door:${door}`, String(clock.now()));
  };
  for (const [box, door] of [
    ["X-1", "d1"],
    ["X-2", "d2"],
  ] as const) {
    await set(keys.doors(keys.of(box)), box, door);
    await scene.say(factOf({ at: after(0), state: "heard", heardAt: after(0) }, box, box));
  }
  const processor = openTwinsProcessor({
    ...scene.as("a"),
    registry,
    checkpoint: openMemorySql(),
  });
  await beat();
  await processor.drain();
  return {
    ...scene,
    alive,
    pass: async (time: Duration, { looks = true } = {}) => {
      for (let passed = 0; passed < time; passed += 5_000) {
        await clock.advance({ by: Seconds(5) });
        await beat();
        if (looks) await processor.drain();
      }
    },
    presence: async (box: string) => (await twins.read(device(box).serial))?.presence,
    holder: async (box: string) => cells.get(keys.doors(keys.of(box)), box),
  };
}

test("homes of a lone door that dies are late and then silent, counted from its last beat", async () => {
  const { alive, pass, presence, holder } = await open();
  await pass(Minutes(2));
  expect((await presence("X-1"))?.state).toBe("online");
  alive.delete("d1");
  await pass(Seconds(50));
  expect(await presence("X-1")).toMatchObject({ state: "late", cause: "box_net" });
  await pass(Seconds(50));
  expect(await presence("X-1")).toMatchObject({
    state: "silent",
    heardAt: after(120_000),
    since: after(120_000 + 90_001),
  });
  expect(await holder("X-1")).toBeNull();
  expect((await presence("X-2"))?.state).toBe("online");
  expect(await holder("X-2")).toBe("d2");
});

test("nobody is dead for a processor that did not look meanwhile", async () => {
  const { alive, pass, presence } = await open();
  const all = [...alive];
  alive.clear();
  await pass(Minutes(10), { looks: false });
  for (const door of all) alive.add(door);
  await pass(Minutes(1));
  expect((await presence("X-1"))?.state).toBe("online");
});

test("a home that another door has taken is not told of", async () => {
  const { alive, pass, presence, cells, keys } = await open();
  alive.delete("d1");
  const key = keys.doors(keys.of("X-1"));
  const taken = { op: "HSET", key, field: "X-1", value: "d2" } as const;
  await cells.commit([{ checks: [], writes: [taken] }]);
  await pass(Minutes(5));
  expect((await presence("X-1"))?.state).toBe("online");
});
