/**
 * Streams in memory, on the clock they are given: ids come from it, and waiting is waiting on it.
 */
import { assert } from "#platform/assert.ts";
import type { Space } from "#platform/redis/space.ts";
import { Trouble } from "#platform/trouble.ts";
import { Millis } from "#wire/units.ts";

import { type Log, placeOf } from "./log.ts";
import { type Batch, type Consumer, type Entry, origin, type Streams } from "./port.ts";

/** The streams of a key space. */
export function createMemoryStreams(space: Space): Streams {
  const now = (): number => space.clock.now();
  return {
    append: async (key, fields, options) => append({ space, key }, { fields, ...options }),
    range: async (key, { after, limit }) => space.log(key)?.range(placeOf(after), limit) ?? [],
    latest: async (key, limit) => space.log(key)?.latest(limit) ?? [],
    last: async (key) => space.log(key)?.last ?? origin,
    first: async (key) => space.log(key)?.first ?? null,
    length: async (key) => space.log(key)?.length ?? 0,
    read: async (positions, options) => {
      assert(positions.size > 0, "something is read");
      const take = (): Batch[] => readAll(space, positions, options.limit);
      return patiently(space, { keys: positions.keys(), take, blockMs: options.blockMs });
    },
    createGroup: async (key, group, from) => {
      refuseWhenFull(space);
      space.logFor(key).createGroup(group, placeOf(from));
    },
    readGroup: async (keys, consumer, options) => {
      assert(keys.length > 0, "something is read");
      const take = (): Batch[] => deliverAll(space, { keys, consumer, limit: options.limit });
      return patiently(space, { keys, take, blockMs: options.blockMs });
    },
    readOwn: async (key, consumer, { after, limit }) =>
      worked(space, key, consumer.group).own(consumer, {
        after: placeOf(after),
        limit,
        now: now(),
      }),
    claim: async (key, consumer, options) =>
      worked(space, key, consumer.group).claim(consumer, { ...options, now: now() }),
    acknowledge: async (key, group, ids) => space.log(key)?.acknowledge(group, ids),
    groups: async (key) => space.log(key)?.groups() ?? [],
    trim: async (key, before) => space.log(key)?.trim(placeOf(before)),
  };
}

function append(
  at: { space: Space; key: string },
  what: { fields: Readonly<Record<string, string>>; atMost?: number },
): string {
  refuseWhenFull(at.space);
  const log = at.space.logFor(at.key);
  const id = log.append(what.fields, at.space.clock.now());
  if (what.atMost !== undefined) log.keep(what.atMost);
  at.space.wake(at.key);
  return id;
}

function refuseWhenFull(space: Space): void {
  if (space.full()) throw new Trouble("stream-full", { retry: "safe" });
}

/** What can be read now, or when an entry comes, or nothing once `blockMs` have passed. */
async function patiently(
  space: Space,
  reading: { keys: Iterable<string>; take: () => Batch[]; blockMs: number },
): Promise<Batch[]> {
  const ready = reading.take();
  if (ready.length > 0 || reading.blockMs <= 0) return ready;
  return new Promise((resolve) => {
    const leave = space.wait(reading.keys, () => {
      const found = reading.take();
      if (found.length > 0) finish(found);
    });
    const timer = space.clock.after(Millis(reading.blockMs), "stream read", () => finish([]));
    const finish = (found: Batch[]): void => {
      leave();
      timer.cancel();
      resolve(found);
    };
  });
}

function readAll(space: Space, positions: ReadonlyMap<string, string>, limit: number): Batch[] {
  const batches: Batch[] = [];
  for (const [key, after] of positions) {
    keepSome(batches, { key, entries: space.log(key)?.range(placeOf(after), limit) ?? [] });
  }
  return batches;
}

function deliverAll(
  space: Space,
  reading: { keys: readonly string[]; consumer: Consumer; limit: number },
): Batch[] {
  const { consumer, limit } = reading;
  const logs = reading.keys.map((key) => ({ key, log: worked(space, key, consumer.group) }));
  const batches: Batch[] = [];
  for (const { key, log } of logs) {
    const entries: readonly Entry[] = log.deliver(consumer, { limit, now: space.clock.now() });
    keepSome(batches, { key, entries });
  }
  return batches;
}

function keepSome(batches: Batch[], batch: Batch): void {
  if (batch.entries.length > 0) batches.push(batch);
}

/** The stream, which must have that group. */
function worked(space: Space, key: string, group: string): Log {
  const log = space.log(key);
  if (log?.hasGroup(group)) return log;
  throw new Trouble("group-missing", { retry: "never", detail: `${group} of ${key}` });
}
