/** Looks at presence when it is due, and commits the transitions only. */
import type { Clock } from "#platform/clock/port.ts";
import type { Twin } from "#twins/document.ts";
import type { Keys } from "#twins/keys.ts";
import { judge } from "#twins/presence.ts";
import type { Registry } from "#twins/registry-port.ts";
import type { TwinStore, TwinWrite } from "#twins/store.ts";
import { cadence } from "#wire/cadence.ts";
import { isBox, type Serial } from "#wire/identity.ts";

import { askBehind, type DueList } from "./due-list.ts";
import type { Lease } from "./lease.ts";
import type { TwinCache } from "./twin-cache.ts";

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
}

/** Most devices looked at in one round, so that entries never wait long. */
const roundMax = 512;

/** Sweeps the due list every 5 s, and at once after those who were asked for. */
export function createPresenceWatch(deps: PresenceWatchDeps): { tick(): Promise<void> } {
  const { clock, due } = deps;
  let sweepAt = clock.monotonic();
  return {
    tick: async () => {
      const sweep = clock.monotonic() >= sweepAt;
      if (sweep) sweepAt = clock.monotonic() + cadence.presence.sweep;
      const ids = due.take({ now: clock.now(), sweep, limit: roundMax });
      if (ids.length === 0) return;
      try {
        await lookAt(deps, ids);
      } catch (error) {
        for (const id of ids) due.ask(id);
        throw error;
      }
    },
  };
}

async function lookAt(deps: PresenceWatchDeps, ids: readonly Serial[]): Promise<void> {
  const { cache, due, clock, registry } = deps;
  const boxes = ids.flatMap((id) => registry.device(id)?.box ?? []);
  const twins = await cache.load([...ids, ...boxes]);
  const writes = new Map<number, TwinWrite[]>();
  for (const id of ids) {
    const before = twins.get(id);
    const p = deps.keys.of(registry.device(id)?.box ?? id);
    if (before === undefined || before.retiredAt !== null || !deps.leases.has(p)) continue;
    const { twin: after, changed } = judge(
      { twin: before, box: boxOf(before, twins) },
      clock.now(),
    );
    due.note(after, clock.now());
    if (after !== before) writes.set(p, [...(writes.get(p) ?? []), { before, after, changed }]);
  }
  for (const [p, some] of writes) await commit(deps, some, deps.leases.get(p));
}

function boxOf({ id, links }: Twin, twins: ReadonlyMap<Serial, Twin>): Twin | null {
  return isBox(id) || links.box === null ? null : (twins.get(links.box) ?? null);
}

/** Writes transitions; where somebody else wrote first, or the partition is not ours any more, another look is due. */
async function commit(
  deps: PresenceWatchDeps,
  writes: readonly TwinWrite[],
  lease: Lease | undefined,
): Promise<void> {
  if (lease === undefined) return;
  const { store, cache, due } = deps;
  for (const { before } of writes) cache.forget(before.id);
  const outcomes = await store.commit(writes, lease.fence);
  for (const [index, { before }] of writes.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "conflict") due.ask(before.id);
    if (outcome?.kind !== "committed") continue;
    cache.keep(outcome.twin);
    if (isBox(before.id)) askBehind(deps, before.id);
  }
}
