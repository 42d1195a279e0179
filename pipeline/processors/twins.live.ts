/** The twins processor on a real Redis: what only a real server can tell. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { RedisClient } from "bun";

import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { type LiveTrial, openLiveTrial } from "#platform/redis/live-trial.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { openCheckpoint } from "#twins/checkpoint.ts";
import type { Twin } from "#twins/document.ts";
import { keysFor } from "#twins/keys.ts";
import { differing, rebuildTwins, restore } from "#twins/rebuild.ts";
import { device, entryOf, factOf, pulse } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { encodeEntry, type StreamEntry } from "#wire/entry.ts";
import { Instant } from "#wire/units.ts";

import type { Runner } from "./runner.ts";
import { registryOf } from "./scene.ts";
import { openTwinsProcessor } from "./twins.ts";

const homes = 100;
const keys = keysFor(16);
const devices = Array.from({ length: homes }, (_, n) => [
  device(`X-${n}`, `X-${n}`),
  device(`B-${n}`, `X-${n}`),
]).flat();
const registry = registryOf(devices);
const checkpoint = openMemorySql();

let trial: LiveTrial;
beforeAll(async () => {
  trial = await openLiveTrial();
});
afterAll(() => trial.close());

function openAs(owner: string): Runner {
  const { cells, streams } = trial;
  const ports = { clock: realClock, log: silent, metrics: createMetrics() };
  return openTwinsProcessor({ cells, streams, keys, registry, checkpoint, owner, ...ports });
}

function openStore() {
  return createTwinStore({ cells: trial.cells, keys, clock: realClock });
}

async function sayAll(entries: readonly StreamEntry[]): Promise<void> {
  const byStream = new Map<string, StreamEntry[]>();
  for (const entry of entries) {
    const p = keys.of(entry.box);
    const key = entry.channel === "event" ? keys.critical(p) : keys.inbound(p);
    const some = byStream.get(key);
    if (some === undefined) byStream.set(key, [entry]);
    else some.push(entry);
  }
  for (const [key, some] of byStream) {
    for (let from = 0; from < some.length; from += 500) {
      const units = some.slice(from, from + 500).map((entry) => ({
        checks: [],
        writes: [{ op: "XADD", key, fields: encodeEntry(entry) } as const],
      }));
      await trial.cells.commit(units);
    }
  }
}

/** A day of a home: heart rate, saturation, steps, reports of what a wristband and a box know of themselves. */
function day(n: number): StreamEntry[] {
  const now = realClock.now();
  const band = { device: `B-${n}`, box: `X-${n}`, epoch: "k3j9x0q2" };
  const box = { device: `X-${n}`, box: `X-${n}`, epoch: "p4m1z8v7" };
  const at = (minute: number): Instant => Instant(now - 86_400_000 + minute * 60_000);
  const reading = (metric: string, value: number, t: Instant) => ({
    metric,
    value,
    t,
    window: 0,
    quality: 87,
  });
  const entries: StreamEntry[] = [];
  for (let seq = 1; seq <= 24; seq += 1) {
    const t = at(seq * 60);
    const readings = [
      reading("heart-rate", 60 + seq, t),
      reading("spo2", 97, t),
      reading("steps", 40 * seq, t),
    ];
    const body = { battery: 100 - seq, firmware: "2.3.0", readings };
    entries.push(entryOf("readings", body, { ...band, seq, receivedAt: now }));
  }
  const parts = {
    power: { charging: false, health: 96 },
    sensors: { ppg: "ok", imu: "ok" },
    config: { profile: "seed" },
  };
  entries.push(entryOf("reported", { t: at(1), parts }, { ...band, seq: 25, receivedAt: now }));
  const own = {
    firmware: { version: "1.4.2" },
    radio: { cell: { operator: "F", signal: -87 } },
    clock: { offset: 12 },
  };
  entries.push(entryOf("reported", { t: at(2), parts: own }, { ...box, seq: 1, receivedAt: now }));
  const heard = { at: at(3), state: "heard", heardAt: at(3) } as const;
  const buffer = { depth: 2, oldest: at(3) };
  entries.push(factOf({ ...heard, power: "mains", buffer }, box.device, box.box));
  entries.push(factOf({ ...heard, up: true }, band.device, band.box));
  return entries;
}

describe("on a real server", () => {
  test("TW-12: a twin takes at most 2 KiB of Redis, a pair less than 4 KiB", async () => {
    const processor = openAs("a");
    await sayAll(Array.from({ length: homes }, (_, n) => day(n)).flat());
    expect(await processor.drain()).toBe(homes * 28);
    await processor.close();
    const client = new RedisClient(trial.server.url);
    const sizes = devices.map(async ({ serial }) => {
      const bytes = await client.send("MEMORY", ["USAGE", keys.twin(serial), "SAMPLES", "0"]);
      return Number(bytes);
    });
    const bytes = await Promise.all(sizes);
    client.close();
    expect(Math.max(...bytes)).toBeLessThanOrEqual(2048);
    expect(bytes.reduce((sum, size) => sum + size, 0) / homes).toBeLessThan(4096);
  });

  test("TW-10: twins that were flushed are rebuilt from the stream, and from a checkpoint", async () => {
    const store = openStore();
    const source = { cells: trial.cells, streams: trial.streams, keys, registry };
    for (const saved of [openCheckpoint(openMemorySql()), openCheckpoint(checkpoint)]) {
      const flushed = devices.slice(0, 20).map(({ serial }) => keys.twin(serial));
      for (const key of flushed)
        await trial.cells.commit([{ checks: [], writes: [{ op: "DEL", key }] }]);
      const rebuilt = await rebuildTwins({ ...source, checkpoint: saved });
      if (rebuilt.kind !== "rebuilt") throw new Error("incomplete");
      const lost = await differing(rebuilt.twins, store);
      expect(lost).toHaveLength(20);
      for (const id of lost) expect(await restore(rebuilt.twins.get(id)!, store)).toBe(true);
      expect(await differing(rebuilt.twins, store)).toEqual([]);
      const ids = devices.map(({ serial }) => serial);
      const what = { group: "twins", partitions: Array.from({ length: 16 }, (_, p) => p), ids };
      const saving = await openCheckpoint(checkpoint).save(source, what);
      while ((await saving.step()) === "more");
    }
  });

  test("BK-17, H-07: an emergency behind a backlog of 100,000 routine messages is settled within 2 s", async () => {
    const processor = openAs("a");
    const t = realClock.now();
    const backlog = Array.from({ length: 100_000 }, (_, seq) => {
      const n = seq % homes;
      return pulse(60, Instant(t - 1_000_000 + seq), {
        device: `B-${n}`,
        box: `X-${n}`,
        seq: seq + 100,
      });
    });
    await sayAll(backlog);
    processor.run();
    const wish = { device: "B-1", box: "X-1", seq: 999_999 };
    const body = { id: "event-0001", kind: "off_wrist", t: realClock.now() };
    const said = performance.now();
    await sayAll([entryOf("event", body, wish)]);
    const store = openStore();
    const read = async (): Promise<Twin | null> => store.read(device("B-1").serial);
    await trial.until(async () => (await read())?.parts.wear?.reported["worn"] === false);
    expect(performance.now() - said).toBeLessThan(2000);
    await processor.close();
  });

  test("BK-01: what is left is settled by the next process, each entry once and none lost", async () => {
    const processor = openAs("a");
    await processor.drain();
    await processor.close();
    for (let p = 0; p < 16; p += 1) {
      const [group] = await trial.streams.groups(keys.inbound(p));
      expect(group).toMatchObject({ name: "twins", pending: 0, lag: 0 });
      expect(await trial.streams.length(keys.dead(p))).toBe(0);
    }
    const twins = await openStore().readMany(devices.map(({ serial }) => serial));
    expect(twins.every((twin) => twin !== null)).toBe(true);
  });

  test("F34: a process that was replaced writes nothing more", async () => {
    const zombie = openAs("a");
    await zombie.drain();
    const holder = openAs("a");
    await holder.step();
    const before = await openStore().read(device("B-1").serial);
    await sayAll([pulse(99, realClock.now(), { device: "B-1", box: "X-1", seq: 1_000_000 })]);
    await zombie.step();
    expect((await openStore().read(device("B-1").serial))?.rev).toBe(before!.rev);
    await zombie.close();
    await holder.close();
  });
});
