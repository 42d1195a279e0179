import { describe, expect, test } from "bun:test";

import { openMemorySql } from "#platform/sql/memory.ts";
import { parseChange } from "#twins/changes.ts";
import { openCheckpoint, savedPositions } from "#twins/checkpoint.ts";
import type { Twin } from "#twins/document.ts";
import { differing, rebuildTwins } from "#twins/rebuild.ts";
import { after, device, entryOf, factOf, pulse } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import type { PresenceFact } from "#wire/entry.ts";
import { Hours, type Instant, Minutes, Seconds } from "#wire/units.ts";

import { createScene } from "./scene.ts";
import { openTwinsProcessor } from "./twins.ts";

function open(options: { homes?: number } = {}) {
  const scene = createScene(options);
  const checkpoint = openMemorySql();
  const store = createTwinStore(scene);
  const openAs = (owner: string) =>
    openTwinsProcessor({ ...scene.as(owner), registry: scene.registry, checkpoint });
  const read = async (serial: string): Promise<Twin> => (await store.read(device(serial).serial))!;
  const changes = async () => {
    const all = await Promise.all([0, 1, 2, 3].map((q) => scene.all(scene.keys.changes(q))));
    return all.flat().map(({ fields }) => parseChange(fields)!);
  };
  return { scene, store, checkpoint, openAs, read, changes };
}

function heard(at: Instant, more: Partial<PresenceFact> = {}): PresenceFact {
  return { at, state: "heard", heardAt: at, power: "mains", ...more };
}

const home = { device: "B-1", box: "X-1" };

describe("the twins processor", () => {
  test("TW-02: moves battery, firmware, readings and link with their own times, in one commit each", async () => {
    const { scene, openAs, read, changes } = open();
    await scene.say(factOf(heard(after(0)), "X-1", "X-1"));
    await scene.say(factOf({ ...heard(after(1)), up: true }, "B-1", "X-1"));
    await scene.say(pulse(71, after(2), { ...home, seq: 1 }));
    await scene.say(pulse(72, after(3), { ...home, seq: 2, battery: 79 }));
    await openAs("a").drain();
    const band = await read("B-1");
    expect(band.parts.vitals?.reported).toEqual({ "heart-rate": 72 });
    expect(band.parts.power?.reported).toEqual({ battery: 79 });
    expect(band.parts.power?.meta["battery"]?.t).toBe(after(3));
    expect(band.parts.radio?.reported).toEqual({ link: "up" });
    expect(band.presence.state).toBe("online");
    expect((await read("X-1")).presence.state).toBe("online");
    const commits = (await changes()).filter(({ id, kind }) => id === "B-1" && kind === "changed");
    expect(commits).toHaveLength(1);
  });

  test("TW-06: shows the depth of a box's buffer as its last heartbeat told it", async () => {
    const { scene, openAs, read } = open();
    const buffer = { depth: 412, oldest: after(-600_000) };
    await scene.say(factOf(heard(after(0), { buffer }), "X-1", "X-1"));
    await openAs("a").drain();
    const box = await read("X-1");
    expect(box.parts.buffer?.reported).toEqual({ depth: 412, oldest: after(-600_000) });
    expect(box.presence.state).toBe("returned");
  });

  test("TW-04: repeated and late entries change nothing and tell nobody", async () => {
    const { scene, openAs, read, changes } = open();
    const processor = openAs("a");
    await scene.say(pulse(72, after(9), { ...home, seq: 2 }));
    await processor.drain();
    const before = await read("B-1");
    const told = await changes();
    await scene.say(pulse(72, after(9), { ...home, seq: 2 }));
    await scene.say(pulse(55, after(1), { ...home, seq: 1 }));
    expect(await processor.drain()).toBe(2);
    expect(await read("B-1")).toEqual(before);
    expect(await changes()).toEqual(told);
  });

  test("TW-07: folds again when somebody else wrote between its reading and its commit", async () => {
    const { scene, store, openAs, read } = open();
    const processor = openAs("a");
    await scene.say(pulse(70, after(1), { ...home, seq: 1 }));
    await processor.drain();
    const mine = await read("B-1");
    const links = { ...mine.links, assignment: "A-91c3" };
    await store.commit([{ before: mine, after: { ...mine, links }, changed: [] }]);
    await scene.say(pulse(71, after(2), { ...home, seq: 2 }));
    await processor.drain();
    const band = await read("B-1");
    expect(band.links.assignment).toBe("A-91c3");
    expect(band.parts.vitals?.reported).toEqual({ "heart-rate": 71 });
  });

  test("counts the parts of a report that a twin does not take over", async () => {
    const { scene, openAs } = open();
    const parts = { vitals: { spo2: 99 }, radio: { rssi: -60 } };
    await scene.say(entryOf("reported", { t: after(1), parts }, home));
    await openAs("a").drain();
    expect(await scene.metrics.text()).toContain(
      'vigie_twin_refusals_total{why="not_reportable"} 1',
    );
  });

  test("SP-23: makes a home that was cut off late and then silent, its wristband with it", async () => {
    const { scene, openAs, read, changes } = open();
    const processor = openAs("a");
    await scene.say(factOf(heard(after(0)), "X-1", "X-1"));
    await scene.say(factOf({ ...heard(after(0)), up: true }, "B-1", "X-1"));
    await scene.say(factOf(heard(after(1), { heardAt: after(0), ended: "cut" }), "X-1", "X-1"));
    await processor.drain();
    const told = (await changes()).length;
    const states: string[] = [];
    for (let seconds = 0; seconds < 120; seconds += 5) {
      await scene.clock.advance({ by: Seconds(5) });
      await processor.drain();
      const [box, band] = [await read("X-1"), await read("B-1")];
      states.push(`${box.presence.state} ${band.presence.state} ${band.presence.cause}`);
    }
    expect([...new Set(states)]).toEqual([
      "online online null",
      "late online null",
      "silent silent box_net",
    ]);
    expect((await changes()).length - told).toBe(3);
    expect(states.indexOf("silent silent box_net")).toBe(18);
  });

  test("finds after a long absence what the clock has brought", async () => {
    const { scene, openAs, read } = open();
    const first = openAs("a");
    await scene.say(factOf(heard(after(0), { ended: "will" }), "X-1", "X-1"));
    await first.drain();
    await first.close();
    await scene.clock.advance({ by: Hours(3) });
    await openAs("b").drain();
    expect((await read("X-1")).presence).toMatchObject({ state: "silent", since: after(90_001) });
  });

  test("TW-01: gives a device that is enrolled its twin, also when enrolment died before it did", async () => {
    const { scene, openAs, read } = open();
    const processor = openAs("a");
    await processor.drain();
    scene.registry.put(device("G-7", "X-1"));
    await processor.drain();
    expect((await read("G-7")).presence).toMatchObject({ state: "in_stock", cause: null });
  });

  test("F34: a zombie that wakes writes nothing, and its partitions go on elsewhere", async () => {
    const { scene, openAs, read } = open();
    const zombie = openAs("a");
    await scene.say(pulse(70, after(1), { ...home, seq: 1 }));
    await zombie.drain();
    await scene.clock.advance({ by: Minutes(10) });
    const holder = openAs("b");
    await holder.drain();
    const now = scene.clock.now();
    await scene.say(pulse(75, now, { ...home, seq: 2 }));
    // It reads before it looks at its lease, as one does that was stopped in the middle of a round.
    const rev = (await read("B-1")).rev;
    const p = scene.keys.of("X-1");
    const [stolen] = await scene.streams.readGroup(
      [scene.keys.inbound(p)],
      { group: "twins", consumer: "a" },
      { limit: 1, blockMs: 0 },
    );
    expect(stolen?.entries).toHaveLength(1);
    await zombie.drain();
    expect((await read("B-1")).rev).toBe(rev);
    await scene.clock.advance({ by: Seconds(31) });
    await holder.drain();
    expect((await read("B-1")).parts.vitals?.reported).toEqual({ "heart-rate": 75 });
  });

  test("TW-10: a checkpoint lets the streams be trimmed, and gives the twins back with what came after", async () => {
    const { scene, store, checkpoint, openAs } = open();
    const processor = openAs("a");
    for (let round = 0; round < 30; round += 1) {
      const t = scene.clock.now();
      for (let n = 0; n < 4; n += 1) {
        await scene.say(pulse(60 + round, t, { device: `B-${n}`, box: `X-${n}`, seq: round }));
      }
      await processor.drain();
      await scene.clock.advance({ by: Minutes(5) });
      await processor.drain();
    }
    const key = scene.keys.inbound(scene.keys.of("X-1"));
    expect((await savedPositions(scene)).get(key)).toBeDefined();
    expect(await scene.streams.length(key)).toBeLessThan(30);
    const source = { ...scene, checkpoint: openCheckpoint(checkpoint) };
    const rebuilt = await rebuildTwins(source);
    if (rebuilt.kind !== "rebuilt") throw new Error(rebuilt.stream);
    expect(rebuilt.entries).toBeLessThan(120);
    expect(await differing(rebuilt.twins, store)).toEqual([]);
    expect(
      (await rebuildTwins({ ...scene, checkpoint: openCheckpoint(openMemorySql()) })).kind,
    ).toBe("incomplete");
  });
});
