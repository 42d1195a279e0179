/** Bulk changes under test: homes with a box and a wristband each over a memory Redis, an index, and runners. */
import { assert } from "#platform/assert.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMemoryRedis, type MemoryRedis } from "#platform/redis/memory.ts";
import { createTwinWriter, type TwinWriter } from "#twins/desired/writer.ts";
import { type Fleet, openFleet } from "#twins/fleet.ts";
import { type Keys, keysFor } from "#twins/keys.ts";
import { device, start } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Serial } from "#wire/identity.ts";
import { Hours, Millis, Seconds } from "#wire/units.ts";

import type { BulkChange, BulkPlan } from "./change.ts";
import { openBulkRunner } from "./runner.ts";
import { type BulkStore, createBulkStore } from "./store.ts";

/** What a test holds. */
export interface BulkScene {
  readonly clock: VirtualClock;
  readonly redis: MemoryRedis;
  readonly keys: Keys;
  readonly twins: TwinStore;
  readonly writer: TwinWriter;
  readonly fleet: Fleet;
  readonly store: BulkStore;
  /** Wristbands of the homes. */
  readonly bands: readonly Serial[];
  /** A process that runs changes. */
  readonly run: (owner: string) => { readonly close: () => Promise<void> };
  /** Lets that many seconds pass. */
  readonly pass: (seconds: number) => Promise<void>;
  /** A change as it stands. */
  readonly at: (plan: BulkPlan) => Promise<BulkChange>;
  /** Takes steps in order; each must be allowed. */
  readonly steps: (
    plan: BulkPlan,
    ...acts: readonly ("approve" | "start" | "pause" | "resume" | "abort" | "undo")[]
  ) => Promise<void>;
  /** Has a twin take in what its device says. */
  readonly tell: (entry: StreamEntry) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens one with that many homes. */
export async function openBulkScene(homes: number, partitions = 4): Promise<BulkScene> {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(partitions);
  const twins = createTwinStore({ ...redis, keys, clock });
  const bands: Serial[] = [];
  for (let home = 1; home <= homes; home++) {
    const band = device(`B-${home}`, `X-${home}`);
    bands.push(band.serial);
    await twins.create(device(`X-${home}`));
    await twins.create(band);
  }
  const fleet = openFleet({ ...redis, keys, clock, log: silent, twins });
  const writer = createTwinWriter({ store: twins, ...redis, keys, clock, written: fleet.wrote });
  const store = createBulkStore({ ...redis, keys, clock });
  await clock.advance({ by: Millis(1) });
  const pass = (seconds: number): Promise<void> => clock.advance({ by: Seconds(seconds) });
  const at = async (plan: BulkPlan): Promise<BulkChange> => {
    const change = await store.get(plan);
    assert(change !== undefined, "the change is there");
    return change;
  };
  return {
    clock,
    redis,
    keys,
    twins,
    writer,
    fleet,
    store,
    bands,
    pass,
    at,
    run: (owner) =>
      openBulkRunner({ ...redis, store, writer, fleet, keys, clock, owner, log: silent }),
    steps: async (plan, ...acts) => {
      for (const act of acts) {
        const stepped = await store.step(plan, { act, at: clock.now(), by: "u:other" });
        assert(stepped?.kind === "stepped", `${act} is allowed`);
      }
    },
    tell: async (entry) => {
      const before = await twins.read(entry.device);
      assert(before !== null, `${entry.device} has a twin`);
      const { twin: after, changed } = fold(before, entry);
      if (after !== before) await twins.commit([{ before, after, changed }]);
      await clock.advance({ by: Millis(1) });
    },
    close: async () => {
      const closing = fleet.close();
      await clock.advance({ by: Seconds(2) });
      await closing;
    },
  };
}

/** A plan for that many devices; a profile for wristbands unless told otherwise. */
export function planFor(devices: number, wish: Partial<BulkPlan> = {}): BulkPlan {
  return {
    id: "ch-0000000000000001",
    tenant: device("X-1").tenant,
    by: "u:author",
    why: "winter",
    at: start,
    digest: "d",
    filter: "kind==wristband",
    patch: { parts: { config: { desired: { profile: "dense" } } } },
    leaves: [{ path: "desired/config/profile", value: "dense" }],
    within: Hours(8),
    perMinute: 60_000,
    canary: null,
    abort: { rejected: 1, silent: 1, sample: 1 },
    devices,
    needsOther: false,
    forecast: { changed: 0, unchanged: 0, impossible: 0, samples: [], conflicts: [], blast: {} },
    ...wish,
  };
}
