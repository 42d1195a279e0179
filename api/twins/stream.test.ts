import { afterEach, expect, test } from "bun:test";

import * as fc from "fast-check";

import { changes, listen, named, settle, snapshots, type Source } from "#api/listening.ts";
import { openTrial, type Trial } from "#api/trial.ts";
import { device, entryOf, pulse, start } from "#twins/specimens.ts";
import { Instant, Minutes, Seconds } from "#wire/units.ts";

import type { ChangeFrame } from "./contract.ts";

const trials: Trial[] = [];
afterEach(async () => {
  for (const trial of trials.splice(0)) await trial.close();
});

async function trialOf(partitions = 2): Promise<Trial> {
  const trial = await openTrial({ partitions });
  trials.push(trial);
  return trial;
}

let seq = 0;
async function charge(trial: Trial, serial: string, level: number): Promise<void> {
  seq++;
  const body = { t: start + seq, parts: { power: { battery: level } } };
  await trial.tell(entryOf("reported", body, { device: serial, seq }));
}

test("TW-08: a stream says that it is ready, then tells each change with the twin as it is now", async () => {
  const trial = await trialOf();
  const source = await listen(trial);
  await charge(trial, "B-1", 42);
  await settle(trial);
  expect(source.frames.map(({ event }) => event)).toEqual([undefined, "ready", "change"]);
  expect(changes(source)[0]).toMatchObject({
    id: "B-1",
    rev: 2,
    changed: [{ path: "power/battery", value: 42 }],
    twin: { id: "B-1", rev: 2, power: { battery: 42 } },
  });
  expect(source.frames.slice(1).every(({ id }) => id !== undefined)).toBe(true);
});

test("a filter is asked of the whole twin, and a twin that ceases to pass is said to leave", async () => {
  const trial = await trialOf();
  const source = await listen(trial, { query: "?filter=power.battery=lt=20;kind==wristband" });
  for (const level of [50, 10, 60, 70]) await charge(trial, "B-1", level);
  await charge(trial, "X-1", 5);
  await settle(trial);
  expect(source.frames.slice(2).map(({ event }) => event)).toEqual(["enter", "leave"]);
  expect(changes(source).map(({ rev, twin }) => [rev, twin?.power.battery])).toEqual([
    [3, 10],
    [4, undefined],
  ]);
  expect(changes(source)[1]!.twin).toBeUndefined();
});

test("TW-09: vital signs reach clinical streams only, and a change of nothing else is no news to others", async () => {
  const trial = await trialOf();
  const [fleet, nurse] = [await listen(trial), await listen(trial, { role: "nurse" })];
  await trial.tell(pulse(70, start));
  await trial.tell(pulse(75, Instant(start + 60_000), { battery: 80, seq: 2 }));
  await trial.tell(
    entryOf(
      "readings",
      { readings: [{ metric: "spo2", value: 97, t: start, window: 300_000 }] },
      { seq: 3 },
    ),
  );
  await settle(trial);
  expect(JSON.stringify(fleet.frames)).not.toMatch(/vitals|heart-rate|spo2/);
  expect(changes(nurse)).toHaveLength(3);
  expect(changes(nurse)[2]).toMatchObject({
    changed: [{ path: "vitals/spo2", value: 97 }],
    twin: { vitals: { spo2: 97, "heart-rate": 75 } },
  });
  expect(changes(fleet).length).toBeLessThan(3);
});

test("changes of another tenant are no news", async () => {
  const trial = await trialOf();
  const source = await listen(trial);
  await charge(trial, "B-9", 42);
  await settle(trial);
  expect(changes(source)).toEqual([]);
});

test("a heartbeat each 15 s renews the position of a reader whom nothing concerns", async () => {
  const trial = await trialOf();
  const source = await listen(trial, { query: "?filter=id==none" });
  const before = source.lastId();
  await charge(trial, "B-1", 42);
  await trial.clock.advance({ by: Seconds(15) });
  await settle(trial);
  expect(source.frames.at(-1)).toMatchObject({ event: undefined, data: undefined });
  expect(source.lastId()).not.toBe(before);
  const again = await listen(trial, { lastId: source.lastId() });
  expect(named(again, "ready")).toMatchObject([{ resumed: true }]);
  expect(changes(again)).toEqual([]);
});

/** Revisions that a frame stands for: a merged one for several. */
function covered(frames: readonly ChangeFrame[], serial: string): Set<number> {
  const revs = new Set<number>();
  for (const { id, rev, coalesced = 1 } of frames.filter((frame) => frame.id === serial)) {
    for (let at = rev - coalesced + 1; at <= rev; at++) revs.add(at);
    expect(id).toBe(serial);
  }
  return revs;
}

const serials = ["B-1", "B-2", "X-1", "X-2"] as const;

test("whoever is cut off and comes back with the last id has missed nothing, whenever it happens", async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ serial: fc.constantFrom(...serials), level: fc.nat(100) }),
    },
    { weight: 2, arbitrary: fc.constant("cut" as const) },
    { weight: 2, arbitrary: fc.constant("return" as const) },
    { weight: 1, arbitrary: fc.constant("beat" as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const trial = await trialOf();
      const heard: ChangeFrame[] = [];
      let source: Source | undefined = await listen(trial);
      let lastId = source.lastId();
      const cut = async (): Promise<void> => {
        heard.push(...(source === undefined ? [] : changes(source)));
        expect(source === undefined ? [] : named(source, "gap")).toEqual([]);
        lastId = source?.lastId() ?? lastId;
        await source?.close();
        source = undefined;
      };
      for (const one of steps) {
        if (one === "cut") await cut();
        else if (one === "return") source ??= await listen(trial, { lastId });
        else if (one === "beat") await trial.clock.advance({ by: Seconds(15) });
        else await charge(trial, one.serial, one.level);
      }
      source ??= await listen(trial, { lastId });
      await settle(trial);
      await cut();
      for (const serial of serials) {
        const { rev } = (await trial.twins.read(serial as never))!;
        const wanted = Array.from({ length: rev - 1 }, (_, at) => at + 2);
        expect([...covered(heard, serial)].toSorted((a, b) => a - b)).toEqual(wanted);
      }
      await trials.pop()?.close();
    }),
    { numRuns: 60 },
  );
});

test("what was trimmed away is told as a gap, made up for by every twin that passes", async () => {
  const trial = await trialOf(1);
  const source = await listen(trial);
  await charge(trial, "B-1", 42);
  await settle(trial);
  await source.close();
  for (const level of [41, 40, 39]) await charge(trial, "B-1", level);
  const key = trial.keys.changes(0);
  await trial.redis.streams.trim(key, await trial.redis.streams.last(key));
  const again = await listen(trial, { lastId: source.lastId(), query: "?filter=kind==wristband" });
  expect(again.frames.map(({ event }) => event)).toEqual([undefined, "gap", "snapshot", "ready"]);
  expect(named(again, "gap")).toMatchObject([{ reason: "trimmed" }]);
  const [snapshot] = snapshots(again);
  expect(snapshot).toMatchObject({ first: true, last: true });
  expect(snapshot!.items.map(({ id, power }) => [id, power.battery])).toEqual([
    ["B-1", 39],
    ["B-2", null],
  ]);
  // Until the snapshot is whole, coming back means all of it again.
  const [, gap, part, ready] = again.frames;
  expect([gap!.id, part!.id]).toEqual([source.lastId(), source.lastId()]);
  expect(ready!.id).not.toBe(source.lastId());
  await charge(trial, "B-1", 38);
  await settle(trial);
  expect(changes(again)).toHaveLength(1);
});

test("LS-04: after a restart of the server a reader goes on from the last id, missing nothing", async () => {
  const trial = await trialOf();
  const source = await listen(trial);
  await charge(trial, "B-1", 42);
  await settle(trial);
  await trial.restart();
  await settle(trial);
  expect(source.isEnded()).toBe(true);
  for (const level of [41, 40]) await charge(trial, "B-1", level);
  const again = await listen(trial, { lastId: source.lastId() });
  expect(changes(again).map(({ rev }) => rev)).toEqual([3, 4]);
  expect(named(again, "ready")).toMatchObject([{ resumed: true }]);
});

test("a partition that nothing had been written to yet is no gap", async () => {
  const trial = await trialOf(64);
  const source = await listen(trial);
  await source.close();
  const untouched = Array.from({ length: 99 }, (_, at) => `B-N${at}`).find(
    (serial) =>
      !["B-1", "X-1", "B-2", "X-2", "B-9", "X-9"].some(
        (known) => trial.keys.of(known) === trial.keys.of(serial),
      ),
  )!;
  await trial.twins.create(device(untouched));
  const again = await listen(trial, { lastId: source.lastId() });
  expect(again.frames.map(({ event }) => event)).toEqual([undefined, "enter", "ready"]);
  expect(changes(again)).toMatchObject([{ id: untouched, kind: "created" }]);
});

test("an id that is none of ours is a gap, never an error that a browser would repeat for ever", async () => {
  const trial = await trialOf();
  for (const lastId of ["nonsense", "AAAA", "%%", "_____________________________"]) {
    const source = await listen(trial, { lastId });
    await trial.clock.advance({ by: Seconds(3) });
    await settle(trial);
    expect(named(source, "gap")).toMatchObject([{ reason: "unknown_cursor" }]);
    expect(named(source, "ready")).toMatchObject([{ resumed: false }]);
    await source.close();
  }
});

test("a snapshot can be asked for to begin with, and the position can stand in the address", async () => {
  const trial = await trialOf();
  const source = await listen(trial, { query: "?snapshot=true" });
  expect(source.frames.map(({ event }) => event)).toEqual([undefined, "snapshot", "ready"]);
  const before = source.lastId();
  await charge(trial, "B-1", 1);
  const again = await listen(trial, { query: `?cursor=${before}` });
  expect(changes(again).map(({ id }) => id)).toEqual(["B-1"]);
});

test("a slow reader costs a bounded amount and gets the latest of each twin, with how many changes it is", async () => {
  const trial = await trialOf();
  const source = await listen(trial, { paused: true });
  const total = 400;
  for (let at = 0; at < total; at++) await charge(trial, at % 2 === 0 ? "B-1" : "B-2", at % 100);
  source.resume();
  await settle(trial);
  const told = changes(source);
  expect(told.length).toBeLessThan(total / 2 + 100);
  expect(told.some(({ coalesced }) => coalesced !== undefined)).toBe(true);
  for (const [serial, level] of [
    ["B-1", 98],
    ["B-2", 99],
  ] as const) {
    expect(covered(told, serial).size).toBe(total / 2);
    const last = told.findLast(({ id }) => id === serial);
    expect(last).toMatchObject({
      changed: [{ path: "power/battery", value: level }],
      twin: { power: { battery: level } },
    });
  }
});

test("a slow reader who is cut off between merged changes still misses nothing", async () => {
  const trial = await trialOf();
  const slow = await listen(trial, { paused: true });
  for (let at = 0; at < 300; at++) await charge(trial, serials[at % 4]!, at % 100);
  // Reads some of what waits, then is gone.
  slow.resume();
  await Bun.sleep(0);
  const heard = [...changes(slow)];
  const lastId = slow.lastId();
  await slow.close();
  const again = await listen(trial, { lastId });
  await settle(trial);
  heard.push(...changes(again));
  for (const serial of serials) {
    const { rev } = (await trial.twins.read(serial as never))!;
    expect(covered(heard, serial).size).toBe(rev - 1);
  }
});

test("a reader who takes nothing for two minutes is let go, and so is one whose token expires", async () => {
  const trial = await trialOf();
  const stuck = await listen(trial, { paused: true });
  for (let at = 0; at < 400; at++) await charge(trial, "B-1", at % 100);
  await trial.clock.advance({ by: Minutes(3) });
  stuck.resume();
  await settle(trial);
  expect(stuck.isEnded()).toBe(true);
  const source = await listen(trial);
  for (let hour = 0; hour < 24; hour++) {
    await trial.clock.advance({ by: Minutes(60) });
    await Bun.sleep(0);
  }
  await settle(trial);
  expect(source.isEnded()).toBe(true);
});

test("LS-05: one person holds at most 32 streams; the next is told when to try again, the others stay", async () => {
  const trial = await trialOf();
  const sources: Source[] = [];
  for (let at = 0; at < 32; at++) sources.push(await listen(trial));
  const refused = await trial.get("/v1/twins/stream", "fleet");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "30"]);
  await charge(trial, "B-1", 42);
  await settle(trial);
  expect(sources.every((source) => changes(source).length === 1)).toBe(true);
  await sources[0]!.close();
  await settle(trial);
  await (await listen(trial)).close();
  expect((await listen(trial, { role: "support" })).frames.length).toBeGreaterThan(0);
});

test("a twin enters a filter of old readings as time goes by, and leaves it when it is read again", async () => {
  const trial = await trialOf();
  await trial.tell(pulse(71, start, { device: "B-1", seq: 1 }));
  const source = await listen(trial, { query: "?filter=freshness=gt=PT10M" });
  await trial.clock.advance({ by: Minutes(10) });
  await settle(trial);
  expect(changes(source)).toEqual([]);
  await trial.clock.advance({ by: Seconds(2) });
  await settle(trial);
  expect(changes(source)).toMatchObject([{ id: "B-1", changed: [], twin: { readingAt: start } }]);
  const later = Instant(start + 605_000);
  await trial.tell(pulse(72, later, { device: "B-1", seq: 2 }));
  await settle(trial);
  const events = source.frames.map(({ event }) => event).filter(Boolean);
  expect(events).toEqual(["ready", "enter", "leave"]);
});

test("whoever was away while time moved a twin in or out is told when they come back", async () => {
  const trial = await trialOf();
  for (const [serial, box] of [
    ["B-1", "X-1"],
    ["B-2", "X-2"],
  ] as const) {
    await trial.tell(pulse(71, start, { device: serial, box, seq: 1 }));
  }
  const source = await listen(trial, { query: "?filter=freshness=gt=PT10M" });
  await source.close();
  await trial.clock.advance({ by: Minutes(9) });
  const later = trial.clock.now();
  await trial.tell(pulse(72, later, { device: "B-2", box: "X-2", seq: 2, receivedAt: later }));
  await trial.clock.advance({ by: Minutes(2) });
  const query = "?filter=freshness=gt=PT10M";
  const again = await listen(trial, { query, lastId: source.lastId() });
  const told = again.frames.map(({ event, data }) => [event, (data as ChangeFrame)?.id]);
  expect(told.slice(1)).toEqual([
    ["leave", "B-2"],
    ["enter", "B-1"],
    ["ready", undefined],
  ]);
});
