import { describe, expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { origin } from "#platform/stream/port.ts";
import { Millis } from "#wire/units.ts";

import { parseChange } from "./changes.ts";
import type { Change } from "./document.ts";
import { keysFor } from "./keys.ts";
import { after, device, pulse, start } from "./specimens.ts";
import { createTwinStore, type TwinStore } from "./store.ts";
import { fold } from "./twin.ts";

const keys = keysFor(4);
const band = device("B-1");

function open() {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const store = createTwinStore({ ...redis, keys, clock });
  const changes = async (): Promise<(Change | undefined)[]> => {
    const key = keys.changes(keys.of(band.serial));
    const entries = await redis.streams.range(key, { after: origin, limit: 100 });
    return entries.map(({ fields }) => parseChange(fields));
  };
  return { ...redis, clock, store, changes };
}

/** Folds one pulse into the stored twin, as it is or as it was read before. */
async function beat(store: TwinStore, value: number, seq: number) {
  const before = (await store.read(band.serial))!;
  const { twin, changed } = fold(before, pulse(value, after(seq), { seq }));
  return { before, after: twin, changed };
}

describe("the store", () => {
  test("TW-01: creating a device makes its twin once, with a change event", async () => {
    const { store, changes } = open();
    expect((await store.create(band)).kind).toBe("created");
    expect((await store.create(band)).kind).toBe("exists");
    expect((await store.read(band.serial))?.links.box).toBe(band.box);
    expect((await changes()).map((change) => change?.kind)).toEqual(["created"]);
  });

  test("TW-01: a retired twin stays readable, takes nothing in, and its id is not used again", async () => {
    const { store, changes } = open();
    await store.create(band);
    expect((await store.retire(band.serial))?.retiredAt).toBe(start);
    expect((await store.retire(band.serial))?.rev).toBe(2);
    expect((await store.create(band)).kind).toBe("retired");
    expect((await changes()).map((change) => change?.kind)).toEqual(["created", "retired"]);
    expect(await store.retire(device("B-2").serial)).toBeNull();
  });

  test("TW-02: a commit raises the revision and the parts that changed, and tells what changed", async () => {
    const { store, changes, clock } = open();
    await store.create(band);
    await clock.advance({ by: Millis(500) });
    const [outcome] = await store.commit([await beat(store, 72, 1)]);
    const twin = (await store.read(band.serial))!;
    expect(outcome).toMatchObject({ kind: "committed", twin });
    expect([twin.rev, twin.modifiedAt, twin.parts.vitals?.v]).toEqual([2, after(500), 1]);
    const change = (await changes())[1];
    expect(change).toMatchObject({ rev: 2, at: after(500), kind: "changed", tenant: "nice" });
    expect(change?.changed[0]).toEqual({ path: "vitals/heart-rate", value: 72, t: after(1) });
  });

  test("TW-07: of two writers that read the same revision, the second meets a conflict", async () => {
    const { store } = open();
    await store.create(band);
    const first = await beat(store, 72, 1);
    const second = await beat(store, 99, 2);
    expect((await store.commit([first]))[0]?.kind).toBe("committed");
    expect((await store.commit([second]))[0]?.kind).toBe("conflict");
    expect((await store.read(band.serial))?.parts.vitals?.reported).toEqual({ "heart-rate": 72 });
  });

  test("F34: a writer whose fence has moved writes nothing", async () => {
    const { store, cells } = open();
    await store.create(band);
    const write = await beat(store, 72, 1);
    const fence = (q: number) => ({ key: keys.leases(q), field: "twins@0", expected: "1" });
    const q = keys.of(band.serial);
    expect((await store.commit([write], fence))[0]?.kind).toBe("fenced");
    const writes = [{ op: "HSET", key: keys.leases(q), field: "twins@0", value: "1" }] as const;
    await cells.commit([{ checks: [], writes }]);
    expect((await store.commit([write], fence))[0]?.kind).toBe("committed");
  });

  test("writes twins of many partitions at once, and answers in order", async () => {
    const { store } = open();
    const devices = Array.from({ length: 40 }, (_, n) => device(`B-${n}`));
    for (const one of devices) await store.create(one);
    const ids = devices.map(({ serial }) => serial);
    const read = await store.readMany(ids);
    const writes = read.map((before, n) => {
      const { twin, changed } = fold(before!, pulse(60 + n, after(1), { device: ids[n]! }));
      return { before: before!, after: twin, changed };
    });
    const outcomes = await store.commit(writes);
    expect(outcomes.map((o) => o.kind === "committed" && o.twin.id)).toEqual(ids);
    const stored = await store.readMany(ids);
    expect(stored.map((twin) => twin?.parts.vitals?.reported["heart-rate"])).toEqual(
      ids.map((_, n) => 60 + n),
    );
    expect(await store.readMany([])).toEqual([]);
  });
});
