/** Looks at presence, and at the deadlines of wishes, when they are due; commits the transitions only. */
import type { Clock } from "#platform/clock/port.ts";
import type { Streams } from "#platform/stream/port.ts";
import { judgeByClock } from "#twins/clockwork.ts";
import type { Twin } from "#twins/document.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import type { TwinStore, TwinWrite } from "#twins/store.ts";
import { cadence } from "#wire/cadence.ts";
import { isBox, type Serial } from "#wire/identity.ts";
import type { PresenceRules } from "#wire/presence-rules.ts";

import { askBehind, type DueList } from "./due-list.ts";
import type { Lease } from "./lease.ts";
import { createNoticeReader } from "./notices.ts";
import { loadBoxes, sightOf, type TwinCache } from "./twin-cache.ts";

/** What the watch works with. */
export interface PresenceWatchDeps {
  readonly store: TwinStore;
  readonly cache: TwinCache;
  readonly due: DueList;
  /** Partitions that are ours. */
  readonly leases: ReadonlyMap<number, Lease>;
  readonly registry: Registry;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly streams: Streams;
  readonly rules?: PresenceRules | undefined;
}

/** Most devices of one look, and most looks of one round, so that entries never wait long. */
const lookMax = 512;
const looksMax = 4;

/** Sweeps the due list every 5 s, and at once after those who were asked for. */
export function createPresenceWatch(deps: PresenceWatchDeps): { tick(): Promise<void> } {
  const { clock, due, cache } = deps;
  const noticed = createNoticeReader(deps);
  let sweepAt = clock.monotonic();
  return {
    tick: async () => {
      const sweep = clock.monotonic() >= sweepAt;
      if (sweep) {
        for (const id of await noticed()) {
          cache.forget(id);
          due.ask(id);
        }
        sweepAt = clock.monotonic() + cadence.presence.sweep;
      }
      // A box that changes asks for what hangs on it, so one look may bring another.
      for (let looks = 0; looks < looksMax; looks += 1) {
        const ids = due.take({ now: clock.now(), sweep, limit: lookMax });
        if (ids.length === 0) return;
        await lookAt(deps, ids);
      }
    },
  };
}

async function lookAt(deps: PresenceWatchDeps, ids: readonly Serial[]): Promise<void> {
  try {
    const twins = await loadAll(deps, ids);
    const now = deps.clock.now();
    const writes = new Map<Lease, TwinWrite[]>();
    for (const id of ids) {
      const before = twins.get(id);
      const lease = deps.leases.get(deps.keys.of(before?.links.box ?? id));
      if (before === undefined || before.retiredAt !== null || lease === undefined) continue;
      const { twin: after, changed } = judgeByClock(sightOf(before, twins), now, deps.rules);
      deps.due.note(after, now);
      if (after === before) continue;
      const write = { before, after, changed, cause: "clock" } as const;
      writes.set(lease, [...(writes.get(lease) ?? []), write]);
    }
    for (const [lease, some] of writes) await commit(deps, some, lease);
  } catch (error) {
    for (const id of ids) deps.due.ask(id);
    throw error;
  }
}

/** The twins and those of their boxes; a registered device that has none yet gets it, that of a revoked one ends. */
async function loadAll(
  { store, cache, registry }: PresenceWatchDeps,
  ids: readonly Serial[],
): Promise<Map<Serial, Twin>> {
  const twins = await cache.load(ids);
  for (const id of ids) {
    const device = registry.device(id);
    const twin = twins.get(id);
    if (device !== undefined && twin === undefined) {
      twins.set(id, (await store.create(device)).twin);
    }
    if (device !== undefined && device.revokedAt !== null && twin?.retiredAt === null) {
      cache.forget(id);
      twins.delete(id);
      await store.retire(id);
    }
  }
  await loadBoxes(cache, twins);
  return twins;
}

/** Writes transitions; where somebody else wrote first, another look is due. */
async function commit(
  deps: PresenceWatchDeps,
  writes: readonly TwinWrite[],
  { fence }: Lease,
): Promise<void> {
  const { store, cache, due } = deps;
  for (const { after } of writes) cache.forget(after.id);
  const outcomes = await store.commit(writes, fence);
  for (const [index, { after }] of writes.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "conflict") due.ask(after.id);
    if (outcome?.kind !== "committed") continue;
    cache.keep(outcome.twin);
    if (isBox(after.id)) askBehind(deps, after.id);
  }
}
