import { describe, expect, test } from "bun:test";

import type { Cells } from "#platform/cells/port.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";

import { editTwin } from "./desired/edit.ts";
import { createTwinWriter } from "./desired/writer.ts";
import { keysFor } from "./keys.ts";
import { rememberTwins } from "./known-twins.ts";
import { after, device, pulse, start } from "./specimens.ts";
import { createTwinStore, type TwinStore } from "./store.ts";
import { fold } from "./twin.ts";

const keys = keysFor(4);
const bands = Array.from({ length: 12 }, (_, n) => device(`B-${n + 1}`));
const ids = bands.map(({ serial }) => serial);
const first = device("B-1").serial;

/** A store that remembers, one of another process, and how often each thing was asked of the cells by the former. */
async function open(most?: number) {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const asked = { revisions: 0, twins: 0 };
  const cells: Cells = {
    ...redis.cells,
    get: (key, field) => ((asked.revisions += 1), redis.cells.get(key, field)),
    getAll: (key) => ((asked.twins += 1), redis.cells.getAll(key)),
    getAllOf: (all) => ((asked.twins += all.length), redis.cells.getAllOf(all)),
  };
  const others = createTwinStore({ ...redis, keys, clock });
  for (const band of bands) await others.create(band);
  const store = createTwinStore({ cells, keys, clock });
  const known = rememberTwins(store, { cells, keys, ...(most === undefined ? {} : { most }) });
  return { clock, cells, known, others, asked };
}

/** Has another process write the first twin. */
async function beat(others: TwinStore): Promise<void> {
  const before = (await others.read(first))!;
  const { twin, changed } = fold(before, pulse(70, after(1), { seq: 1 }));
  await others.commit([{ before, after: twin, changed }]);
}

describe("known twins", () => {
  test("a twin that nobody wrote is read once, then known by its revision", async () => {
    const { known, others, asked } = await open();
    const read = await known.read(first);
    expect(read).toEqual(await others.read(first));
    expect(await known.read(first)).toBe(read);
    expect(asked).toEqual({ revisions: 1, twins: 1 });
  });

  test("what another process wrote is seen at once", async () => {
    const { known, others } = await open();
    await known.read(first);
    await beat(others);
    expect(await known.read(first)).toEqual(await others.read(first));
    expect(await known.read(device("B-99").serial)).toBeNull();
  });

  test("many are read in the order asked for, and only those that are not known", async () => {
    const { known, others, asked } = await open();
    await known.readMany(ids.slice(0, 6));
    await beat(others);
    asked.twins = 0;
    const missing = device("B-99").serial;
    const wanted = [missing, ...ids.toReversed()];
    expect(await known.readMany(wanted)).toEqual(await others.readMany(wanted));
    expect(asked.twins).toBe(1 + 6 + 1);
  });

  test("no more are remembered than were allowed, the latest for sure", async () => {
    const { known } = await open(4);
    for (const id of ids) await known.read(id);
    const held = ids.filter((id) => known.recall(id) !== undefined);
    expect(held.length).toBeLessThanOrEqual(4);
    expect(held).toContain(ids.at(-1)!);
  });
});

describe("a writer over known twins", () => {
  const wish = (profile: string) => (writer: ReturnType<typeof createTwinWriter>) =>
    writer.write(first, (twin, now) => {
      if (twin === null) return { kind: "none" as const };
      const author = { by: "u:fleet@nice" };
      const edited = editTwin(twin, { desired: { config: { profile } } }, { author, now });
      return { kind: "edited" as const, after: edited.twin, changed: edited.changed, ...author };
    });

  test("reads nothing to write a twin that it knows", async () => {
    const { known, clock, cells, asked } = await open();
    const writer = createTwinWriter({ store: known, cells, keys, clock });
    expect((await wish("dense")(writer)).kind).toBe("written");
    const before = { ...asked };
    expect((await wish("seed")(writer)).kind).toBe("written");
    expect(asked).toEqual(before);
  });

  test("TW-07: writes on top of what another process wrote since", async () => {
    const { known, others, clock, cells } = await open();
    const writer = createTwinWriter({ store: known, cells, keys, clock });
    await wish("dense")(writer);
    await beat(others);
    expect((await wish("seed")(writer)).kind).toBe("written");
    const { parts, rev } = (await others.read(first))!;
    expect(parts.vitals?.reported).toEqual({ "heart-rate": 70 });
    expect([rev, parts.config?.desired]).toEqual([4, { profile: "seed" }]);
  });

  test("says that nothing changes, or no, only of a twin that it read", async () => {
    const { known, others, clock, cells } = await open();
    const writer = createTwinWriter({ store: known, cells, keys, clock });
    const elsewhere = createTwinWriter({ store: others, cells, keys, clock });
    await wish("dense")(writer);
    await wish("seed")(elsewhere);
    expect((await wish("dense")(writer)).kind).toBe("written");
    await others.retire(first);
    const refused = await writer.write(first, (twin) =>
      twin?.retiredAt === null ? { kind: "alive" as const } : { kind: "ended" as const },
    );
    expect(refused.kind).toBe("ended");
  });
});
