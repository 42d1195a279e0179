/**
 * TW-10: whatever was settled when the checkpoint was taken, wherever it broke off, and however much was trimmed, the
 * checkpoint and the entries after it give the twins that were stored.
 */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { compareIds, type Entry, origin } from "#platform/stream/port.ts";
import { encodeEntry, parseEntry, type StreamEntry } from "#wire/entry.ts";

import { openCheckpoint, savedPositions } from "./checkpoint.ts";
import { editTwin, type TwinPatch } from "./desired/edit.ts";
import { createTwinWriter } from "./desired/writer.ts";
import type { Twin } from "./document.ts";
import { keysFor } from "./keys.ts";
import { emptyPart, type LeafWrite, writeLeaf } from "./leaves.ts";
import { deviceOf, differing, rebuildTwins, restore } from "./rebuild.ts";
import { after, device, entryOf, factOf, pulse, start } from "./specimens.ts";
import { createTwinStore } from "./store.ts";
import { fold } from "./twin.ts";

const keys = keysFor(2);
const group = "twins";
const consumer = { group, consumer: "a" };
const homes = [0, 1, 2].map((n) => [device(`X-${n}`, `X-${n}`), device(`B-${n}`, `X-${n}`)]);
const devices = homes.flat();
const registry = {
  device: (serial: string) => devices.find((one) => one.serial === serial),
  all: () => devices,
};

async function open() {
  const clock = createVirtualClock({ start });
  const { cells, streams } = createMemoryRedis(clock);
  const store = createTwinStore({ cells, keys, clock });
  const checkpoint = openCheckpoint(openMemorySql());
  const inbound = [0, 1].map((p) => keys.inbound(p));
  for (const key of inbound) await streams.createGroup(key, group, origin);
  const source = { cells, streams, keys, registry, checkpoint };
  const say = (entry: StreamEntry): Promise<string> =>
    streams.append(keys.inbound(keys.of(entry.box)), encodeEntry(entry));
  const take = async (key: string, entries: readonly Entry[]): Promise<void> => {
    for (const { id, fields } of entries) {
      const entry = parseEntry(fields)!;
      const { twin: before } = await store.create(deviceOf(entry, registry));
      const { twin, changed } = fold(before, entry);
      if (twin !== before) await store.commit([{ before, after: twin, changed }]);
      await streams.acknowledge(key, group, [id]);
    }
  };
  /** Folds what it left last time, then up to `limit` entries of each stream, all but the last `unsettled`. */
  const settle = async (limit: number, unsettled = 0): Promise<void> => {
    for (const key of inbound) {
      await take(key, await streams.readOwn(key, consumer, { after: origin, limit: 1000 }));
    }
    const batches = await streams.readGroup(inbound, consumer, { limit, blockMs: 0 });
    for (const { key, entries } of batches) {
      await take(key, entries.slice(0, Math.max(0, entries.length - unsettled)));
    }
  };
  const save = async (steps: number): Promise<void> => {
    const ids = devices.map(({ serial }) => serial);
    const saving = await checkpoint.save(source, { group, partitions: [0, 1], ids });
    for (let step = 0; step < steps; step += 1) if ((await saving.step()) === "saved") return;
  };
  const trim = async (): Promise<void> => {
    for (const [key, id] of await savedPositions(source)) await streams.trim(key, id);
  };
  const writer = createTwinWriter({ store, cells, keys, clock });
  const write = async (home: number, patch: TwinPatch, spoken?: LeafWrite): Promise<void> => {
    await writer.write(device(`B-${home}`).serial, (before, now) => {
      if (before === null) return { kind: "none" };
      const author = { by: "u:fleet@nice", why: "winter" };
      const { twin, changed } = editTwin(before, patch, { author, now });
      const edited = spoken === undefined ? twin : withConfig(twin, spoken);
      return { kind: "edited", after: edited, changed, ...author };
    });
  };
  /** What the device that was wished least knows of. */
  const newest = async (): Promise<number> => {
    const twins = await store.readMany([0, 1, 2].map((n) => device(`B-${n}`).serial));
    return Math.min(...twins.map((twin) => twin?.desiredV ?? 0));
  };
  return { clock, cells, streams, store, source, say, settle, save, trim, write, newest };
}

/** With a leaf reported in the device's stead, as compatibility faces do: no stream of entries tells it. */
function withConfig(twin: Twin, leaf: LeafWrite): Twin {
  const config = twin.parts.config ?? emptyPart;
  const told = writeLeaf(config, leaf);
  return told === config ? twin : { ...twin, parts: { ...twin.parts, config: told } };
}

/** What homes may say: readings, reports, presence, of devices and times in no order. */
const entry = fc
  .record({
    home: fc.nat({ max: 2 }),
    t: fc.nat({ max: 50 }).map(after),
    what: fc.constantFrom("pulse", "report", "fact", "answer"),
    value: fc.integer({ min: 40, max: 60 }),
  })
  .map(({ home, t, what, value }) => (seq: number, desiredV: number): StreamEntry => {
    const wish = { device: `B-${home}`, box: `X-${home}`, seq };
    if (what === "answer") {
      const state = value % 2 === 0 ? "applied" : "rejected";
      return entryOf("answer", { id: `desired-${value % (desiredV + 1)}`, t, state }, wish);
    }
    if (what === "pulse") return pulse(value, t, wish);
    const config = value % 3 === 0 ? null : { level: value };
    if (what === "report")
      return entryOf("reported", { t, parts: { config: { a: config } } }, wish);
    return factOf({ at: t, state: "heard", heardAt: t, up: value > 50 }, wish.device, wish.box);
  });

/** What people may write meanwhile. */
const patch: fc.Arbitrary<TwinPatch> = fc.record({
  tags: fc.dictionary(fc.constantFrom("lot", "zone"), fc.constantFrom("1", "2", null)),
  desired: fc.record({
    config: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom(1, 2, null)),
  }),
});

const spoken: fc.Arbitrary<LeafWrite> = fc
  .tuple(fc.nat({ max: 50 }).map(after), fc.constantFrom(1, 2, null))
  .map(([t, value]) => ({
    path: "a",
    value,
    meta: { t, r: t, epoch: "aws", seq: 0, src: "reported" },
  }));

describe("a rebuild", () => {
  test("TW-10: gives the stored twins back from a checkpoint and what came after", async () => {
    const act = fc.oneof(
      fc.record({ act: fc.constant("say" as const), entry }),
      fc.record({
        act: fc.constant("settle" as const),
        limit: fc.integer({ min: 1, max: 5 }),
        unsettled: fc.nat({ max: 2 }),
      }),
      fc.record({ act: fc.constant("save" as const), steps: fc.nat({ max: 2 }) }),
      fc.constant({ act: "trim" as const }),
      fc.record({
        act: fc.constant("write" as const),
        home: fc.nat({ max: 2 }),
        patch,
        spoken: fc.option(spoken, { nil: undefined }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const state = await open();
        let seq = 0;
        for (const done of acts) {
          seq += 1;
          if (done.act === "say") await state.say(done.entry(seq, await state.newest()));
          else if (done.act === "settle") await state.settle(done.limit, done.unsettled);
          else if (done.act === "save") await state.save(done.steps);
          else if (done.act === "write") await state.write(done.home, done.patch, done.spoken);
          else await state.trim();
        }
        await state.settle(1000);
        for (const one of devices) await state.store.create(one);
        const rebuilt = await rebuildTwins(state.source);
        if (rebuilt.kind !== "rebuilt") throw new Error(`incomplete: ${rebuilt.stream}`);
        expect(await differing(rebuilt.twins, state.store)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("TW-10: from an untrimmed stream needs no checkpoint, and puts flushed and damaged twins back", async () => {
    const state = await open();
    for (let seq = 0; seq < 30; seq += 1) {
      const n = seq % 3;
      await state.say(pulse(60 + seq, after(seq), { device: `B-${n}`, box: `X-${n}`, seq }));
    }
    await state.settle(100);
    const [first, second, third] = ["B-0", "B-1", "B-2"].map((text) => device(text).serial);
    const before = await state.store.readMany([first!, second!, third!]);
    const key = keys.twin(first!);
    await state.cells.commit([{ checks: [], writes: [{ op: "DEL", key }] }]);
    const ruined = { op: "HSET", key: keys.twin(second!), field: "vi", value: "[]" } as const;
    await state.cells.commit([{ checks: [], writes: [ruined] }]);
    const rebuilt = await rebuildTwins(state.source);
    if (rebuilt.kind !== "rebuilt") throw new Error("incomplete");
    expect(rebuilt).toMatchObject({ entries: 30, skipped: 0 });
    const boxes = homes.map(([box]) => box!.serial);
    expect(await differing(rebuilt.twins, state.store)).toEqual([
      boxes[0]!,
      first!,
      boxes[1]!,
      second!,
      boxes[2]!,
    ]);
    for (const twin of rebuilt.twins.values()) expect(await restore(twin, state.store)).toBe(true);
    expect(await differing(rebuilt.twins, state.store)).toEqual([]);
    const now = await state.store.readMany([first!, second!, third!]);
    for (const [n, twin] of now.entries()) {
      expect(twin?.parts.vitals?.reported).toEqual(before[n]!.parts.vitals!.reported);
      expect(twin?.parts.vitals?.meta).toEqual(before[n]!.parts.vitals!.meta);
    }
  });

  test("TW-10: is refused when the streams were trimmed on the word of another checkpoint", async () => {
    const state = await open();
    for (let seq = 0; seq < 6; seq += 1)
      await state.say(pulse(60, after(seq), { box: "X-1", seq }));
    await state.settle(100);
    await state.save(1);
    await state.trim();
    const other = { ...state.source, checkpoint: openCheckpoint(openMemorySql()) };
    expect((await rebuildTwins(other)).kind).toBe("incomplete");
    expect((await rebuildTwins(state.source)).kind).toBe("rebuilt");
  });

  test("TW-10: what people wrote survives the loss of every twin, before a checkpoint and after", async () => {
    const state = await open();
    await state.say(pulse(60, after(1), { device: "B-0", box: "X-0" }));
    await state.settle(100);
    const journal = async (): Promise<number> => {
      const all = [0, 1].map((q) => state.cells.getAll(keys.journal(q)));
      return (await Promise.all(all)).flatMap((fields) => Object.keys(fields)).length;
    };
    const { serial: band } = device("B-0");
    const kept = () => state.cells.get(keys.journal(keys.of(band)), band);
    for (const name of ["before", "after"]) {
      await state.write(0, { tags: { lot: name }, desired: { config: { profile: name } } });
      expect(await journal()).toBe(1);
      expect(await kept()).not.toContain("heart-rate");
      for (const key of await state.cells.keys(keys.prefix)) {
        const isTwin = [0, 1].some((q) => key.startsWith(keys.twinPrefix(q)));
        if (isTwin) await state.cells.commit([{ checks: [], writes: [{ op: "DEL", key }] }]);
      }
      const rebuilt = await rebuildTwins(state.source);
      if (rebuilt.kind !== "rebuilt") throw new Error("incomplete");
      for (const twin of rebuilt.twins.values()) await restore(twin, state.store);
      const twin = await state.store.read(device("B-0").serial);
      expect(twin).toMatchObject({ tags: { lot: name }, links: { box: "X-0" } });
      expect(twin?.parts.config).toMatchObject({ desired: { profile: name } });
      expect(twin?.parts.config?.wishes["profile"]).toMatchObject({ by: "u:fleet@nice" });
      expect(twin?.parts.vitals?.reported).toEqual({ "heart-rate": 60 });
      await state.save(2);
      expect(await journal()).toBe(0);
    }
  });

  test("a twin written while the checkpoint is taken is saved as it was written last", async () => {
    const state = await open();
    for (const one of devices) await state.store.create(one);
    await state.write(1, { tags: { lot: "1" }, desired: {} });
    const ids = devices.map(({ serial }) => serial);
    const { checkpoint } = state.source;
    const saving = await checkpoint.save(state.source, { group, partitions: [0, 1], ids });
    await state.write(1, { tags: { lot: "2" }, desired: {} });
    await saving.step();
    const { serial } = device("B-1");
    expect(await state.cells.get(keys.journal(keys.of(serial)), serial)).toBeNull();
    expect([...checkpoint.twins()].find(({ id }) => id === serial)?.tags).toEqual({ lot: "2" });
  });

  test("leaves a retired twin as it ended, and counts what nobody understands", async () => {
    const state = await open();
    await state.say(pulse(60, after(1), { box: "X-1" }));
    await state.settle(100);
    await state.store.retire(device("B-1").serial);
    await state.say(pulse(99, after(2), { box: "X-1", seq: 2 }));
    await state.streams.append(keys.inbound(0), { garbage: "x" });
    await state.say({ ...pulse(1, after(3), { device: "B-2", box: "X-2" }), body: "[]" });
    const rebuilt = await rebuildTwins(state.source);
    if (rebuilt.kind !== "rebuilt") throw new Error("incomplete");
    expect(rebuilt).toMatchObject({ entries: 4, skipped: 2 });
    expect(rebuilt.twins.get(device("B-1").serial)?.retiredAt).toBe(start);
    expect(await differing(rebuilt.twins, state.store)).not.toContain(device("B-1").serial);
  });
});

test("a position just before an unsettled entry is older than it", async () => {
  const state = await open();
  const id = await state.say(pulse(60, after(1), { box: "X-1" }));
  await state.settle(1, 1);
  await state.save(2);
  const key = keys.inbound(keys.of("X-1"));
  expect(compareIds(state.source.checkpoint.positions().get(key)!, id)).toBeLessThan(0);
});
