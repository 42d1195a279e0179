/** Processors under test: a Redis in memory, a clock moved by hand, and homes that say what they are told to. */
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMetrics, type Metrics } from "#platform/metrics.ts";
import { createMemoryRedis, type MemoryRedis } from "#platform/redis/memory.ts";
import { type Entry, origin } from "#platform/stream/port.ts";
import { type Keys, keysFor } from "#twins/keys.ts";
import type { RegisteredDevice } from "#twins/registry-port.ts";
import { createRoster, type Roster } from "#twins/roster.ts";
import { device, start } from "#twins/specimens.ts";
import { encodeEntry, type StreamEntry } from "#wire/entry.ts";

import type { RunnerDeps } from "./runner.ts";

/** One scene. */
export interface Scene extends Pick<MemoryRedis, "cells" | "streams"> {
  readonly clock: VirtualClock;
  readonly keys: Keys;
  readonly metrics: Metrics;
  readonly registry: Roster;
  /** What a runner of that owner needs. */
  readonly as: (owner: string) => RunnerDeps;
  /** Appends an entry to the stream that a door would put it in; answers its id. */
  readonly say: (entry: StreamEntry) => Promise<string>;
  /** All entries of a stream. */
  readonly all: (key: string) => Promise<Entry[]>;
}

/** A scene with `homes` homes X-0 B-0, X-1 B-1, …, over `partitions` partitions. */
export function createScene(options: { homes?: number; partitions?: number } = {}): Scene {
  const { homes = 4, partitions = 4 } = options;
  const clock = createVirtualClock({ start });
  const { cells, streams } = createMemoryRedis(clock);
  const keys = keysFor(partitions);
  const metrics = createMetrics();
  const names = Array.from({ length: homes }, (_, n) => [`X-${n}`, `B-${n}`] as const);
  const devices = names.flatMap(([box, band]) => [device(box, box), device(band, box)]);
  const deps = { cells, streams, keys, clock, metrics, log: silent };
  return {
    ...deps,
    registry: registryOf(devices),
    as: (owner) => ({ ...deps, owner }),
    say: (entry) => {
      const p = keys.of(entry.box);
      const key = entry.channel === "event" ? keys.critical(p) : keys.inbound(p);
      return streams.append(key, encodeEntry(entry));
    },
    all: (key) => streams.range(key, { after: origin, limit: 100_000 }),
  };
}

/** A registry of these devices. */
export function registryOf(devices: readonly RegisteredDevice[]): Roster {
  const roster = createRoster();
  for (const one of devices) roster.put(one);
  return roster;
}
