/**
 * Goal: whatever happens to a twin, and to the processes that follow it, its history tells what it was at each revision.
 * Method: random writes through the store and the fold, processors that stop and come back, Redis in memory.
 */
import { afterEach, describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { changesKept } from "#twins/changes.ts";
import { editTwin } from "#twins/desired/edit.ts";
import type { Twin } from "#twins/document.ts";
import { type HistoryBook, openHistoryBook, recordsFrom, stateAfter } from "#twins/history/book.ts";
import { type PastState, stateOf } from "#twins/history/past-state.ts";
import type { HistoryRecord } from "#twins/history/record.ts";
import { after, device, entryOf, factOf, pulse, start } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Serial } from "#wire/identity.ts";
import type { JsonObject } from "#wire/messages.ts";
import { Millis, Seconds } from "#wire/units.ts";

import { openHistoryProcessor } from "./history.ts";
import { createScene, type Scene } from "./scene.ts";

const band = device("B-1").serial;
const author = { by: "u:42", why: "a test" };

let book: HistoryBook;
afterEach(() => book.close());

function open(partitions = 4) {
  book = openHistoryBook(":memory:");
  const scene = createScene({ homes: 2, partitions });
  const twins = createTwinStore(scene);
  const processor = (owner = "a") => openHistoryProcessor({ ...scene.as(owner), book });
  return { scene, twins, processor, ...writing(scene, twins) };
}

/** Writes that also note the twin as it stands after each revision. */
function writing(scene: Scene, twins: ReturnType<typeof createTwinStore>) {
  const stood = new Map<number, PastState>();
  const note = (twin: Twin): void => void stood.set(twin.rev, stateOf(twin));
  const change = async (edit: (before: Twin) => Pick<Twin, never> & EditedBy): Promise<void> => {
    const before = (await twins.read(band))!;
    const { twin, ...rest } = edit(before);
    if (twin === before) return;
    await scene.clock.advance({ by: Millis(7) });
    const [outcome] = await twins.commit([{ before, after: twin, ...rest }]);
    if (outcome?.kind === "committed") note(outcome.twin);
  };
  return {
    stood,
    create: async () => note((await twins.create(device("B-1"))).twin),
    tell: (entry: StreamEntry) =>
      change((before) => {
        const { twin, changed } = fold(before, entry);
        return { twin, changed, cause: entry.channel };
      }),
    wish: (desired: JsonObject, tags: JsonObject = {}) =>
      change((before) => {
        const patch = { desired: { config: desired }, tags };
        return { ...editTwin(before, patch, { author, now: scene.clock.now() }), ...author };
      }),
  };
}

interface EditedBy {
  readonly twin: Twin;
  readonly changed: ReturnType<typeof fold>["changed"];
  readonly by?: string;
  readonly why?: string;
  readonly cause?: StreamEntry["channel"];
}

function recordsOf(serial: Serial): HistoryRecord[] {
  const chain = book.chain(serial);
  if (chain === undefined) return [];
  return [...recordsFrom(book, chain, chain.head)].map(({ record }) => record).toReversed();
}

/** Values by path, without the instants, which a repeated report moves and history does not. */
function valuesAt(rev: number): Record<string, unknown> {
  const chain = book.chain(band)!;
  for (const { id, record } of recordsFrom(book, chain, chain.head)) {
    if (record.rev <= rev) return values(stateAfter(book, chain, id));
  }
  throw new Error(`nothing is known of revision ${rev}`);
}

function values(state: PastState): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).map(([path, [value]]) => [path, value]));
}

const leaf = fc.constantFrom("battery", "cell", "cell/signal", "cell/operator", "cell/a/b");
const value = fc.constantFrom(1, 2, "x", true, [1, 2], null);

function nested(path: string, inner: unknown): JsonObject {
  const [name = "", ...rest] = path.split("/");
  return { [name]: rest.length === 0 ? inner : nested(rest.join("/"), inner) } as JsonObject;
}

/** What may happen: reports in any order, packs, presence facts, wishes, tags, and a processor that begins anew. */
const deed = fc.oneof(
  fc.record({ kind: fc.constant("report" as const), leaf, value, t: fc.nat(50), seq: fc.nat(99) }),
  fc.record({
    kind: fc.constant("pulse" as const),
    bpm: fc.integer({ min: 50, max: 53 }),
    t: fc.nat(50),
  }),
  fc.record({ kind: fc.constant("fact" as const), t: fc.nat(50), up: fc.boolean() }),
  fc.record({
    kind: fc.constant("wish" as const),
    profile: fc.constantFrom("dense", "seed", null),
  }),
  fc.record({ kind: fc.constant("tag" as const), lot: fc.constantFrom("a", "b", null) }),
  fc.record({ kind: fc.constant("follow" as const), owner: fc.constantFrom("a", "b") }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

async function act(world: ReturnType<typeof open>, one: Deed): Promise<void> {
  if (one.kind === "report") {
    const body = { t: after(one.t), parts: { power: nested(one.leaf, one.value) } };
    return world.tell(entryOf("reported", body, { seq: one.seq }));
  }
  if (one.kind === "pulse") return world.tell(pulse(one.bpm, after(one.t), { battery: one.bpm }));
  if (one.kind === "wish") return world.wish({ profile: one.profile });
  if (one.kind === "tag") return world.wish({}, { lot: one.lot });
  if (one.kind === "fact") {
    const fact = { at: after(one.t), state: "heard", heardAt: after(one.t), up: one.up } as const;
    return world.tell(factOf(fact, "B-1"));
  }
  const processor = world.processor(one.owner);
  await processor.drain();
  await processor.close();
}

describe("the history of a twin", () => {
  test("TW-08: its state at each revision is the twin as it was folded then", async () => {
    const law = fc.asyncProperty(fc.array(deed, { maxLength: 60, size: "max" }), async (deeds) => {
      const world = open();
      await world.create();
      for (const one of deeds) await act(world, one);
      await act(world, { kind: "follow", owner: "a" });
      for (const [rev, state] of world.stood) expect(valuesAt(rev)).toEqual(values(state));
      const revs = recordsOf(band).map(({ rev }) => rev);
      expect(revs).toEqual([...new Set(revs)].toSorted((a, b) => a - b));
      book.close();
    });
    await fc.assert(law, { numRuns: 100 });
    open();
  }, 30_000);

  test("holds who changed what, why and by which way, and nothing that a repeated message says", async () => {
    const { create, tell, wish, processor } = open();
    await create();
    await tell(pulse(70, after(10), { battery: 80 }));
    await tell(pulse(75, after(20), { battery: 80 }));
    await wish({ profile: "dense" });
    await processor().drain();
    expect(recordsOf(band)).toMatchObject([
      { rev: 1, kind: "created" },
      {
        rev: 2,
        cause: "readings",
        changed: [
          { path: "wear/worn", value: true, t: after(10) },
          { path: "power/battery", value: 80 },
          { path: "firmware/version", value: "2.3.0" },
        ],
      },
      {
        ...{ rev: 4, by: "u:42", why: "a test" },
        changed: [{ path: "desired/config/profile", value: "dense" }, { value: "pending" }],
      },
    ]);
  });

  test("TW-09: no vital sign and nobody's name or number is ever written down", async () => {
    const { create, tell, wish, processor } = open();
    await create();
    await tell(pulse(137, after(10)));
    const config = { alias: "Odile", contacts: [{ number: "+33612345678" }] };
    await tell(entryOf("reported", { t: after(30), parts: { config } }, { seq: 7 }));
    await tell(
      entryOf(
        "reported",
        { t: after(40), parts: { config: { alias: { a: "Odile" } } } },
        { seq: 8 },
      ),
    );
    await wish(config);
    await processor().drain();
    const texts = book.recordsAfter(0, 1000).map(({ text }) => text);
    expect(texts.join()).not.toMatch(/vitals|heart|137|Odile|336/);
    expect(texts.join()).toContain("sync/config/contacts");
  });
});

test("TW-05: begins with the box that the twin hangs on", async () => {
  const { create, processor } = open();
  await create();
  await processor().drain();
  expect(valuesAt(1)).toMatchObject({ "links/box": "X-1", "presence/state": "in_stock" });
});

describe("nothing is lost and nothing told twice", () => {
  test("F34: of two processors that both believe to hold a partition one writes", async () => {
    const { scene, create, tell, processor } = open(1);
    await create();
    const zombie = processor();
    await zombie.drain();
    await tell(pulse(70, after(10), { battery: 80 }));
    const holder = processor();
    expect(await holder.drain()).toBe(1);
    await tell(pulse(70, after(20), { battery: 70 }));
    await zombie.step();
    await holder.drain();
    expect(recordsOf(band).map(({ rev }) => rev)).toEqual([1, 2, 3]);
    await scene.clock.advance({ by: Seconds(1) });
    await zombie.drain();
    expect(recordsOf(band).map(({ rev }) => rev)).toEqual([1, 2, 3]);
  });

  test("what is trimmed before it was recorded is a gap, in the chain of each twin that it may concern", async () => {
    const { scene, create, tell, processor, stood } = open(1);
    await create();
    await processor().drain();
    await tell(pulse(70, after(10), { battery: 80 }));
    await tell(pulse(70, after(20), { battery: 70 }));
    await scene.streams.trim(
      scene.keys.changes(0),
      await scene.streams.last(scene.keys.changes(0)),
    );
    await processor().drain();
    expect(recordsOf(band)).toMatchObject([
      { rev: 1, kind: "created" },
      { rev: 3, kind: "gap", since: start },
    ]);
    expect(book.gaps()).toMatchObject([{ partition: 0, since: start, twins: 1 }]);
    expect(valuesAt(3)).toEqual(values(stood.get(3)!));
    await tell(pulse(70, after(30), { battery: 60 }));
    await processor().drain();
    expect(recordsOf(band).at(-1)).toMatchObject({ rev: 4, kind: "changed" });
  });

  test("a history that begins late begins with the twins as they stand", async () => {
    const { scene, create, tell, processor } = open(1);
    await create();
    await tell(pulse(70, after(10), { battery: 80 }));
    const key = scene.keys.changes(0);
    const more = Array.from(
      { length: changesKept },
      () => ({ op: "XADD", key, fields: {} }) as const,
    );
    for (let done = 0; done < more.length; done += 512) {
      await scene.cells.commit([{ checks: [], writes: more.slice(done, done + 512) }]);
    }
    await processor().drain();
    expect(recordsOf(band)).toMatchObject([{ rev: 2, kind: "seen" }]);
    expect(book.gaps()).toEqual([]);
    await tell(pulse(70, after(30), { battery: 60 }));
    await processor().drain();
    expect(recordsOf(band)).toMatchObject([{ kind: "seen" }, { rev: 3, kind: "changed" }]);
  });

  test("TW-10: a twin that was put back as it was before is told as it stands, and goes on from there", async () => {
    const { twins, create, tell, processor, stood } = open(1);
    await create();
    const early = (await twins.read(band))!;
    for (const battery of [80, 70, 60]) await tell(pulse(70, after(battery), { battery }));
    for (const t of [90, 91]) await tell(pulse(70, after(t), { battery: t }));
    await processor().drain();
    const stored = (await twins.read(band))!;
    await twins.replace({ ...early, rev: 1, parts: stored.parts }, null);
    await tell(pulse(70, after(95), { battery: 50 }));
    await processor().drain();
    const last = recordsOf(band).slice(-1);
    expect(last).toMatchObject([{ rev: 3, kind: "gap" }]);
    expect(valuesAt(3)).toEqual(values(stood.get(3)!));
  });
});
