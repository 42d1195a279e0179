/**
 * A region comes back after a day: everything its boxes kept arrives at once, in any order, more than once, among what
 * other homes and the same homes say now. The twins must be what they would be had every word come in time.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Cells } from "#platform/cells/port.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import type { Random } from "#platform/random/port.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { parseChange } from "#twins/changes.ts";
import { editTwin } from "#twins/desired/edit.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import type { Twin } from "#twins/document.ts";
import { regressionsOf } from "#twins/regression.ts";
import { after, device, entryOf, type EntryWish, pulse } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { createTwin, fold } from "#twins/twin.ts";
import { cadence } from "#wire/cadence.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Serial } from "#wire/identity.ts";
import type { JsonObject } from "#wire/messages.ts";
import { Hours, Minutes } from "#wire/units.ts";

import { createScene, type Scene } from "./scene.ts";
import { openTwinsProcessor } from "./twins.ts";

const homes = 3;
const dayMs = Hours(24);
const author = { by: "u:fleet@nice" };

/** Where a home's wristband stands in its counting. */
interface Voice {
  readonly band: EntryWish;
  readonly box: EntryWish;
  seq: number;
}

function voiceOf(n: number): Voice {
  const box = `X-${n}`;
  return {
    band: { device: `B-${n}`, box, epoch: "k3j9x0q2" },
    box: { device: box, box, epoch: "p4m1z8v7" },
    seq: 0,
  };
}

/** A day of a home as it was lived: packs by the plan, and what its devices reported, wished and deleted meanwhile. */
function dayOf(voice: Voice, random: Random): StreamEntry[] {
  const entries: StreamEntry[] = [];
  const number = (): number => (voice.seq += 1);
  for (let t: number = cadence.heartRate.batch; t <= dayMs; t += cadence.heartRate.batch) {
    const at = { ...voice.band, seq: number(), receivedAt: after(dayMs) };
    const battery = 100 - Math.floor((60 * t) / dayMs);
    entries.push(pulse(random.integer({ low: 50, high: 110 }), after(t), { ...at, battery }));
    if (t % Hours(1) === 0) entries.push(...hourly(voice, t, { number, random }));
  }
  return entries;
}

/** What is told by the hour: leaves that come, go, and change their shape. */
function hourly(
  { band, box }: Voice,
  t: number,
  { number, random }: { number: () => number; random: Random },
): StreamEntry[] {
  const receivedAt = after(dayMs);
  const cell = random.integer({ low: 0, high: 2 });
  const radio: JsonObject[] = [
    { cell: null },
    { cell: { operator: "F", signal: -t / Hours(1) } },
    { cell: "none" },
  ];
  const told = (parts: JsonObject, wish: EntryWish, at = t): StreamEntry =>
    entryOf("reported", { t: after(at), parts }, { ...wish, seq: number(), receivedAt });
  const off = { id: `event-${box.device}-${t}`, kind: "off_wrist", t: after(t) };
  const answer = { id: "desired-1", t: after(t), state: "done", result };
  return [
    told({ radio: radio[cell] ?? {}, sensors: { ppg: `seen-${t}` } }, box),
    told({ config: { profile: cell === 0 ? "dense" : "seed" } }, band),
    // The same instant from two counters, for one was lost; and a word that was a while on its way to the box.
    told({ sensors: { imu: `again-${cell}` } }, { ...band, epoch: "z9z9z9z9" }),
    told({ sensors: { imu: cell } }, band),
    told({ config: { profile: "late" }, sensors: { imu: null } }, band, t - Minutes(5)),
    entryOf("event", off, { ...band, seq: number(), receivedAt }),
    ...(t === Hours(9) ? [entryOf("answer", answer, { ...band, seq: number(), receivedAt })] : []),
  ];
}

const result = { "config/profile": { state: "applied" } };

/** What a home says while its past still arrives. */
function liveOf(voice: Voice, random: Random): StreamEntry[] {
  return Array.from({ length: 6 }, (_, n) => {
    const t = after(dayMs + n * Minutes(10));
    const wish = { ...voice.band, seq: (voice.seq += 1), receivedAt: t };
    return pulse(random.integer({ low: 50, high: 110 }), t, { ...wish, battery: 40 - n });
  });
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const all = [...list];
  for (let n = all.length - 1; n > 0; n--) {
    const other = random.integer({ low: 0, high: n });
    [all[n], all[other]] = [all[other]!, all[n]!];
  }
  return all;
}

/** Cells that look at every twin after each commit that told of a change of it. */
function watched(
  cells: Cells,
  store: TwinStore,
  { seen, regressions }: { seen: Map<Serial, Twin>; regressions: string[] },
): Cells {
  return {
    ...cells,
    commit: async (units) => {
      const outcomes = await cells.commit(units);
      const told = units.flatMap(({ writes }) => writes);
      for (const write of told) {
        const change = write.op === "XADD" ? parseChange(write.fields) : undefined;
        const now = change && (await store.read(change.id));
        if (!now) continue;
        const before = seen.get(now.id);
        if (before !== undefined) regressions.push(...regressionsOf(before, now));
        seen.set(now.id, now);
      }
      return outcomes;
    },
  };
}

/** Everything that does not count commits or tell of the clock. */
function beliefOf({ id, parts, tags, desiredV }: Twin): object {
  const believed = Object.entries(parts).map(([name, { reported, desired, meta, wishes }]) => {
    const states = Object.entries(wishes).map(([path, { state, told }]) => ({ path, state, told }));
    return [name, { reported, desired, meta, states }];
  });
  return { id, desiredV, tags, parts: Object.fromEntries(believed) };
}

/** The twins of the scene's homes with a wish each, made before their day began. */
async function wished(store: TwinStore): Promise<Map<string, Twin>> {
  const twins = new Map<string, Twin>();
  for (let n = 0; n < homes; n++) {
    for (const one of [device(`X-${n}`, `X-${n}`), device(`B-${n}`, `X-${n}`)]) {
      const { twin: before } = await store.create(one);
      const edit = { desired: { config: { profile: "dense" } } };
      const { twin: wishing, changed } = editTwin(before, edit, { author, now: after(0) });
      await store.commit([{ before, after: wishing, changed }]);
      const { twin } = editTwin(createTwin(one, after(0)), edit, { author, now: after(0) });
      twins.set(one.serial, twin);
    }
  }
  return twins;
}

/** Says it all in bursts, with a processor that is now and then replaced, and people who write meanwhile. */
async function arrive(
  scene: Scene,
  { arriving, cells, random }: { arriving: StreamEntry[]; cells: Cells; random: Random },
): Promise<void> {
  const open = () =>
    openTwinsProcessor({
      ...{ ...scene.as("a"), cells, registry: scene.registry, checkpoint: openMemorySql() },
      cachedTwins: random.integer({ low: 1, high: 10 }),
    });
  const store = createTwinStore({ ...scene, cells });
  const writer = createTwinWriter({ ...scene, cells, store });
  let processor = open();
  for (let from = 0; from < arriving.length;) {
    const burst = random.integer({ low: 1, high: 200 });
    for (const entry of arriving.slice(from, from + burst)) await scene.say(entry);
    from += burst;
    const { device: about } = arriving[from - 1] ?? arriving[0]!;
    const tagging = writer.write<{ kind: "none" }>(about, (twin, now) => {
      if (twin === null) return { kind: "none" };
      const patch = { tags: { [`seen-${from % 7}`]: true }, desired: {} };
      const { twin: edited, changed } = editTwin(twin, patch, { author, now });
      return { kind: "edited", after: edited, changed };
    });
    await Promise.all([processor.step(), tagging]);
    if (random.integer({ low: 0, high: 4 }) > 0) continue;
    await processor.close();
    processor = open();
  }
  await processor.drain();
  await processor.close();
}

test("TW-04: a day kept by many homes and told at once, in any order and twice, makes no leaf go back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), async (seed, twice) => {
      const random = createSeededRandom(`backlog-${seed}`);
      const scene = createScene({ homes });
      await scene.clock.advance({ by: dayMs });
      const store = createTwinStore(scene);
      const expected = await wished(store);
      const lived = Array.from({ length: homes }, (_, n) => {
        const voice = voiceOf(n);
        return [...dayOf(voice, random), ...liveOf(voice, random)];
      }).flat();
      const again = lived.filter(() => random.integer({ low: 0, high: 99 }) < 100 * twice);
      const arriving = shuffled([...lived, ...again], random);
      const regressions: string[] = [];
      const seen = new Map<Serial, Twin>();
      const cells = watched(scene.cells, store, { seen, regressions });
      await arrive(scene, { arriving, cells, random });
      expect(regressions).toEqual([]);
      for (const entry of lived) {
        const twin = expected.get(entry.device)!;
        expected.set(entry.device, fold(twin, entry).twin);
      }
      for (const twin of expected.values()) {
        const now = await store.read(twin.id);
        expect(seen.get(twin.id)).toEqual(now!);
        expect(beliefOf({ ...now!, tags: {} })).toEqual(beliefOf(twin));
      }
    }),
    { numRuns: 25 },
  );
}, 30_000);
