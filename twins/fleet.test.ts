import { afterEach, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { Trouble } from "#platform/trouble.ts";
import { parseTenant } from "#wire/identity.ts";
import { Millis, Seconds } from "#wire/units.ts";

import type { Sighting } from "./circles.ts";
import { type Cell, columns, declared } from "./columns.ts";
import { judgeFilter } from "./filter.ts";
import { type Fleet, openFleet } from "./fleet.ts";
import { keysFor } from "./keys.ts";
import { parseFilter } from "./rsql.ts";
import { device, entryOf, start } from "./specimens.ts";
import { createTwinStore, type TwinStore } from "./store.ts";
import { cellsOf } from "./twin-row.ts";
import { fold } from "./twin.ts";

const nice = parseTenant("nice")!;
const battery = declared("power.battery");
const open: Fleet[] = [];

afterEach(() => {
  for (const fleet of open.splice(0)) void fleet.close();
});

interface Place {
  readonly clock: VirtualClock;
  readonly store: TwinStore;
  readonly fleet: Fleet;
  readonly redis: ReturnType<typeof createMemoryRedis>;
  readonly report: (
    serial: string,
    level: number,
    seq: number,
  ) => Promise<{ q: number; id: string }>;
}

/** A fleet over a memory Redis; `prepare` runs before it opens. */
async function place(
  prepare: (store: TwinStore) => Promise<void> = async () => undefined,
): Promise<Place> {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(4);
  const store = createTwinStore({ ...redis, keys, clock });
  await prepare(store);
  const fleet = openFleet({ ...redis, keys, clock, log: silent, twins: store });
  open.push(fleet);
  await clock.advance({ by: Millis(0) });
  const report = async (serial: string, percent: number, seq: number) => {
    const before = await store.read(device(serial).serial);
    if (before === null) throw new Error(`no twin ${serial}`);
    const body = { t: start + seq, parts: { power: { battery: percent } } };
    const { twin: after, changed } = fold(
      before,
      entryOf("reported", body, { device: serial, seq }),
    );
    const [outcome] = await store.commit([{ before, after, changed }]);
    if (outcome?.kind !== "committed") throw new Error("not committed");
    return outcome.position;
  };
  return { clock, store, fleet, redis, report };
}

function filterOf(text: string) {
  const filter = parseFilter(text);
  if (filter.kind === "fault") throw new Error(filter.why.en);
  const judged = judgeFilter(filter, "technical");
  if (judged.kind === "fault" || judged.kind === "forbidden") throw new Error(text);
  return judged;
}

function level(fleet: Fleet, serial: string): Cell | undefined {
  const row = fleet.table(nice).row(serial);
  return row === undefined ? undefined : fleet.table(nice).get(row, battery);
}

test("twins that stood before the start and twins that come later are all in the index", async () => {
  const { fleet, store, clock, report } = await place(async (before) => {
    await before.create(device("B-1"));
  });
  expect(fleet.isBuilt()).toBe(true);
  await store.create(device("B-2"));
  await report("B-2", 70, 1);
  await clock.advance({ by: Millis(1) });
  expect([level(fleet, "B-1"), level(fleet, "B-2")]).toEqual([null, 70]);
  await store.retire(device("B-1").serial);
  await clock.advance({ by: Millis(1) });
  expect(level(fleet, "B-1")).toBeUndefined();
});

test("whatever changes in whatever order, each row is the cells of its twin", async () => {
  const step = fc.record({
    serial: fc.constantFrom("B-1", "B-2", "X-1"),
    level: fc.nat(100),
    pause: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { fleet, store, clock, report } = await place();
      for (const serial of ["B-1", "B-2", "X-1"]) await store.create(device(serial));
      for (const [seq, { serial, level: percent, pause }] of steps.entries()) {
        await report(serial, percent, seq + 1);
        if (pause) await clock.advance({ by: Millis(1) });
      }
      await clock.advance({ by: Millis(1) });
      const table = fleet.table(nice);
      for (const serial of ["B-1", "B-2", "X-1"]) {
        const twin = await store.read(device(serial).serial);
        const row = table.row(serial);
        expect(row).toBeDefined();
        cellsOf(twin!).forEach((cell, at) => expect(table.get(row!, columns[at]!)).toBe(cell));
      }
      await closed(fleet, clock);
    }),
    { numRuns: 30 },
  );
});

async function closed(fleet: Fleet, clock: VirtualClock): Promise<void> {
  const closing = fleet.close();
  await clock.advance({ by: Seconds(2) });
  await closing;
}

test("a writer who waits for the position of the write reads what was written", async () => {
  const { fleet, clock, report } = await place(async (before) => {
    await before.create(device("B-1"));
  });
  const { q, id } = await report("B-1", 15, 1);
  const wanted = fleet.positions().map((position, p) => (p === q ? id : position));
  const waiting = fleet.reach(wanted, Seconds(2));
  await clock.advance({ by: Millis(1) });
  expect(await waiting).toBe(true);
  expect(level(fleet, "B-1")).toBe(15);
  const never = fleet.reach(
    wanted.map(() => "9999999999999-0"),
    Seconds(2),
  );
  await clock.advance({ by: Seconds(2) });
  expect(await never).toBe(false);
  expect(await fleet.reach(fleet.positions(), Millis(0))).toBe(true);
});

test("a watcher hears of twins that pass its filter, and of those that cease to", async () => {
  const { fleet, clock, report } = await place(async (before) => {
    await before.create(device("B-1"));
    await before.create(device("B-2"));
  });
  const seen: Sighting[] = [];
  const stop = fleet.watch({
    tenant: nice,
    filter: filterOf("power.battery=lt=20"),
    see: (sighting) => seen.push(sighting),
    lose: () => undefined,
  });
  for (const [seq, percent] of [50, 19, 5, 80, 90].entries()) await report("B-1", percent, seq + 1);
  await report("B-2", 90, 9);
  await clock.advance({ by: Millis(1) });
  expect(seen.map(({ change, passes }) => [change.rev, passes])).toEqual([
    [3, true],
    [4, true],
    [5, false],
  ]);
  stop();
  await report("B-1", 1, 20);
  await clock.advance({ by: Millis(1) });
  expect(seen).toHaveLength(3);
});

test("the index of one tenant never holds a twin of another", async () => {
  const other = parseTenant("lyon")!;
  const { fleet } = await place(async (before) => {
    await before.create(device("B-1"));
    await before.create({ ...device("B-2"), tenant: other });
  });
  expect([fleet.table(nice).size(), fleet.table(other).size()]).toEqual([1, 1]);
  expect(fleet.table(nice).row("B-2")).toBeUndefined();
});

test("trouble with Redis is ridden out, and changes trimmed away unread have everything read anew", async () => {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(1);
  const store = createTwinStore({ ...redis, keys, clock });
  await store.create(device("B-1"));
  let down = false;
  const read: typeof redis.streams.read = (...args) =>
    down
      ? Promise.reject(new Trouble("stream-unreachable", { retry: "safe" }))
      : redis.streams.read(...args);
  const fleet = openFleet({
    ...redis,
    streams: { ...redis.streams, read },
    keys,
    clock,
    log: silent,
    twins: store,
  });
  open.push(fleet);
  let lost = 0;
  await clock.advance({ by: Millis(10) });
  fleet.watch({ tenant: nice, filter: undefined, see: () => undefined, lose: () => lost++ });
  down = true;
  await clock.advance({ by: Seconds(5) });
  await store.create(device("B-2"));
  await clock.advance({ by: Seconds(5) });
  const gone = await redis.streams.last(keys.changes(0));
  await store.create(device("B-3"));
  await redis.streams.trim(keys.changes(0), `${gone}9`);
  down = false;
  await clock.advance({ by: Seconds(5) });
  expect(fleet.isBuilt()).toBe(true);
  expect(lost).toBe(1);
  expect(fleet.table(nice).size()).toBe(3);
});

test("what this process wrote is waited for, without anybody naming where it stands", async () => {
  const { fleet, clock, report } = await place(async (before) => {
    await before.create(device("B-1"));
  });
  expect(await fleet.reach(undefined, Millis(0))).toBe(true);
  fleet.wrote(await report("B-1", 15, 1));
  const waiting = fleet.reach(undefined, Seconds(2));
  await clock.advance({ by: Millis(1) });
  expect([await waiting, level(fleet, "B-1")]).toEqual([true, 15]);
  fleet.wrote({ q: 0, id: "9999999999999-0" });
  const never = fleet.reach(undefined, Seconds(2));
  await clock.advance({ by: Seconds(2) });
  expect(await never).toBe(false);
});

test("watchers of one filter share what they see, and each change is seen once", async () => {
  const { fleet, clock, report } = await place(async (before) => {
    await before.create(device("B-1"));
  });
  const seen: Sighting[][] = [[], []];
  const stops = seen.map((own) =>
    fleet.watch({
      tenant: nice,
      filter: filterOf("power.battery=lt=20"),
      see: (sighting) => own.push(sighting),
      lose: () => undefined,
    }),
  );
  await report("B-1", 15, 1);
  await clock.advance({ by: Millis(1) });
  expect(seen.map((own) => own.length)).toEqual([1, 1]);
  expect(seen[0]?.[0]).toBe(seen[1]?.[0]);
  stops[0]?.();
  await report("B-1", 80, 2);
  await clock.advance({ by: Millis(1) });
  expect(seen.map((own) => own.map(({ passed, passes }) => [passed, passes]))).toEqual([
    [[false, true]],
    [
      [false, true],
      [true, false],
    ],
  ]);
});

test("time alone moves twins in and out of as many filters as ask for ages, a few at each second", async () => {
  const { fleet, clock } = await place(async (before) => {
    await before.create(device("B-1"));
  });
  const entered = new Set<number>();
  for (let at = 0; at < 40; at++) {
    fleet.watch({
      tenant: nice,
      filter: filterOf(`createdAt=older=PT${10 + at}S`),
      see: ({ passes }) => (passes ? entered.add(at) : entered.delete(at)),
      lose: () => undefined,
    });
  }
  await clock.advance({ by: Seconds(9) });
  expect(entered.size).toBe(0);
  await clock.advance({ by: Seconds(60) });
  expect(entered.size).toBe(40);
});
