import { describe, expect, test } from "bun:test";

import type { Cells, Unit } from "#platform/cells/port.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { origin } from "#platform/stream/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { parseChange } from "#twins/changes.ts";
import { keysFor } from "#twins/keys.ts";
import { after, device, pulse, start } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { createTwin, fold } from "#twins/twin.ts";
import type { JsonObject } from "#wire/messages.ts";

import { editTwin } from "./edit.ts";
import { createTwinWriter, type Edit } from "./writer.ts";

type None = { readonly kind: "none" };

/** A writer over memory, and how often the cells were asked to commit. */
async function open(serials: readonly string[] = ["B-1"], around?: (cells: Cells) => Cells) {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(4);
  const calls = { commits: 0, units: 0 };
  const counted: Cells = {
    ...redis.cells,
    commit: async (units) => {
      calls.commits += 1;
      calls.units += units.length;
      return redis.cells.commit(units);
    },
  };
  const cells = around === undefined ? counted : around(counted);
  const store = createTwinStore({ cells, keys, clock });
  for (const serial of serials)
    await createTwinStore({ ...redis, keys, clock }).create(device(serial));
  const writer = createTwinWriter({ store, cells, keys, clock });
  const { streams } = redis;
  const all = (key: string) => streams.range(key, { after: origin, limit: 1000 });
  return { ...redis, clock, keys, store, writer, calls, all };
}

function wishing(config: JsonObject, beside?: Unit): Edit<None> {
  return (twin, now) => {
    if (twin === null) return { kind: "none" };
    const author = { by: "u:fleet@nice", why: "winter" };
    const { twin: edited, changed } = editTwin(twin, { desired: { config } }, { author, now });
    return { kind: "edited", after: edited, changed, ...author, ...(beside ? { beside } : {}) };
  };
}

const band = device("B-1").serial;

test("TW-03: what is heard late and undoes a wish asks the doors to look again", async () => {
  const { writer, keys, all, store } = await open();
  await writer.write(band, wishing({ profile: "dense" }));
  const before = (await store.read(band))!;
  const late = { path: "sync/config/profile", value: "pending", t: start };
  await store.commit([{ before, after: { ...before, tags: { room: 2 } }, changed: [late] }]);
  expect(await all(keys.down(keys.of(band)))).toHaveLength(2);
});

describe("a writer", () => {
  test("TW-03: commits the twin, its change with author and reason, and the notice to the doors as one", async () => {
    const { writer, keys, all, store } = await open();
    const written = await writer.write(band, wishing({ profile: "dense" }));
    expect(written).toMatchObject({ kind: "written", position: { q: keys.of(band) } });
    expect(await store.read(band)).toMatchObject({ rev: 2, desiredV: 1 });
    const change = (await all(keys.changes(keys.of(band)))).at(-1)!;
    expect(written).toMatchObject({ position: { id: change.id } });
    expect(parseChange(change.fields)).toMatchObject({
      by: "u:fleet@nice",
      why: "winter",
      cause: "api",
      changed: [
        { path: "desired/config/profile" },
        { path: "sync/config/profile", value: "pending" },
      ],
    });
    const [notice] = await all(keys.down(keys.of(band)));
    expect(notice?.fields).toEqual({ device: "B-1", box: "X-1", v: "1" });
  });

  test("writes nothing and tells nobody when nothing changes", async () => {
    const { writer, keys, all, store } = await open();
    await writer.write(band, wishing({ profile: "dense" }));
    expect((await writer.write(band, wishing({ profile: "dense" }))).kind).toBe("unchanged");
    expect((await store.read(band))?.rev).toBe(2);
    expect(await all(keys.changes(keys.of(band)))).toHaveLength(2);
    expect(await writer.write(device("B-2").serial, wishing({}))).toEqual({ kind: "none" });
  });

  test("TW-07: many writers of one twin all get through, each on top of the one before", async () => {
    const { writer, store } = await open();
    const names = Array.from({ length: 40 }, (_, n) => `n${n}`);
    const all = names.map((name) => writer.write(band, wishing({ [name]: 1 })));
    expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(["written"]));
    const twin = await store.read(band);
    expect(Object.keys(twin?.parts.config?.desired ?? {})).toHaveLength(40);
    expect([twin?.rev, twin?.desiredV]).toEqual([41, 40]);
  });

  test("writes of the same turn share one commit per partition", async () => {
    const serials = Array.from({ length: 100 }, (_, n) => `B-${n + 1}`);
    const { writer, calls } = await open(serials);
    await Promise.all(serials.map((one) => writer.write(device(one).serial, wishing({ a: 1 }))));
    expect(calls).toEqual({ commits: 4, units: 100 });
  });

  test("TW-07: edits again what somebody else wrote first, and gives up when it never ends", async () => {
    let meddle: (() => Promise<void>) | undefined;
    const { writer, store, cells, keys, clock } = await open(["B-1"], (real) => ({
      ...real,
      commit: async (units) => {
        await meddle?.();
        return real.commit(units);
      },
    }));
    const others = createTwinStore({ cells, keys, clock });
    let beats = 0;
    const beat = async (): Promise<void> => {
      const before = (await others.read(band))!;
      const { twin, changed } = fold(before, pulse(70 + ++beats, after(beats), { seq: beats }));
      await others.commit([{ before, after: twin, changed }]);
    };
    meddle = async () => {
      meddle = undefined;
      await beat();
    };
    expect((await writer.write(band, wishing({ a: 1 }))).kind).toBe("written");
    expect((await store.read(band))?.parts.vitals?.reported).toEqual({ "heart-rate": 71 });
    meddle = beat;
    expect((await writer.write(band, wishing({ a: 2 }))).kind).toBe("contended");
    expect(beats).toBe(5);
  });

  test("what is to be written beside an edit is written with it or neither is, also when nothing changes", async () => {
    const { writer, cells, keys, store } = await open();
    const key = keys.once(band, "k");
    const beside: Unit = {
      checks: [{ key, field: "f", expected: null }],
      writes: [{ op: "HSET", key, field: "f", value: "1" }],
    };
    expect((await writer.write(band, wishing({ a: 1 }, beside))).kind).toBe("written");
    expect(await cells.get(key, "f")).toBe("1");
    expect((await writer.write(band, wishing({ a: 2 }, beside))).kind).toBe("beside");
    expect((await writer.write(band, wishing({ a: 1 }, beside))).kind).toBe("beside");
    expect((await store.read(band))?.rev).toBe(2);
    const other = { ...beside, checks: [{ key, field: "f", expected: "1" }] };
    expect((await writer.write(band, wishing({ a: 1 }, other))).kind).toBe("unchanged");
  });

  test("a twin can be made and ended by an edit, whichever comes first", async () => {
    const { writer, store } = await open([]);
    const make: Edit<None> = (twin, now) =>
      twin === null
        ? { kind: "edited", after: createTwin(device("B-1"), now), changed: [], change: "created" }
        : { kind: "none" };
    const made = await Promise.all([writer.write(band, make), writer.write(band, make)]);
    expect(made.map(({ kind }) => kind)).toEqual(["written", "none"]);
    expect((await store.read(band))?.rev).toBe(1);
  });

  test("a store that fails fails the writes of that round, and the next are tried", async () => {
    let isDown = true;
    const { writer } = await open(["B-1"], (real) => ({
      ...real,
      getAllOf: async (keys) => {
        if (isDown) throw new Trouble("cells-unreachable", { retry: "safe" });
        return real.getAllOf(keys);
      },
    }));
    const failed = writer.write(band, wishing({ a: 1 })).catch(String);
    expect(await failed).toContain("cells-unreachable");
    isDown = false;
    expect((await writer.write(band, wishing({ a: 1 }))).kind).toBe("written");
  });

  test("an edit that throws fails its own write only", async () => {
    const { writer } = await open(["B-1", "B-2"]);
    const broken: Edit<None> = () => {
      throw new Error("a mistake");
    };
    const bad = writer.write(band, broken).catch(String);
    const good = writer.write(device("B-2").serial, wishing({ a: 1 }));
    expect(await bad).toContain("a mistake");
    expect((await good).kind).toBe("written");
  });
});
