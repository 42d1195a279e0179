/** Folds batches of entries into twins and commits them. */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import { judgeByClock } from "#twins/clockwork.ts";
import type { ChangeCause, ChangedLeaf, Twin } from "#twins/document.ts";
import { deviceOf } from "#twins/rebuild.ts";
import type { Registry } from "#twins/registry-port.ts";
import type { Fence, TwinOutcome, TwinStore, TwinWrite } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import type { StreamEntry } from "#wire/entry.ts";
import { isBox, type Serial } from "#wire/identity.ts";
import type { PresenceRules } from "#wire/presence-rules.ts";

import { askBehind, type DueList } from "./due-list.ts";
import type { FoldingMetrics } from "./folding-metrics.ts";
import { loadBoxes, sightOf, type TwinCache } from "./twin-cache.ts";
import type { Batch } from "./worker.ts";

/** What folding works with. */
export interface FoldingDeps extends FoldingMetrics {
  readonly store: TwinStore;
  readonly cache: TwinCache;
  readonly due: DueList;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly rules?: PresenceRules | undefined;
}

/** Entries by the device they are about. */
type Work = ReadonlyMap<Serial, readonly StreamEntry[]>;

/** A fold that has not been committed. */
interface Draft {
  readonly before: Twin;
  readonly after: Twin;
  readonly changed: readonly ChangedLeaf[];
  /** Channel of the last entry that moved anything. */
  readonly cause: ChangeCause;
}

/** More conflicts in a row than other writers could cause. */
const triesMax = 50;

/** Folds batches; `settle` is that of a worker. */
export function createTwinFolding(deps: FoldingDeps): {
  settle(batch: Batch): Promise<"settled" | "fenced">;
} {
  return {
    settle: async ({ lease, entries }) => {
      let work = byDevice(entries);
      for (let tries = 0; work.size > 0; tries += 1) {
        assert(tries < triesMax, "a twin is written in the end");
        const rest = await settleOnce(deps, work, lease.fence);
        if (rest === "fenced") return rest;
        work = rest;
      }
      deps.folded(entries);
      return "settled";
    },
  };
}

function byDevice(entries: readonly StreamEntry[]): Work {
  const work = new Map<Serial, StreamEntry[]>();
  for (const entry of entries) {
    const some = work.get(entry.device);
    if (some === undefined) work.set(entry.device, [entry]);
    else some.push(entry);
  }
  return work;
}

/** Folds and commits; answers what must be done again because somebody else wrote first. */
async function settleOnce(deps: FoldingDeps, work: Work, fence: Fence): Promise<Work | "fenced"> {
  const twins = await loadAll(deps, work);
  const drafts = new Map<Serial, Draft>();
  for (const [id, entries] of work) {
    const draft = foldAll(deps, twins.get(id), entries);
    drafts.set(id, draft);
    twins.set(id, draft.after);
  }
  await loadBoxes(deps.cache, twins);
  const writes = [...drafts.values()].flatMap((draft) => judged(deps, draft, twins));
  const outcomes = await commit(deps, writes, fence);
  const again = new Map<Serial, readonly StreamEntry[]>();
  for (const [index, { after, changed }] of writes.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "fenced") return outcome.kind;
    if (outcome?.kind === "committed") keep(deps, outcome.twin, changed);
    else again.set(after.id, work.get(after.id) ?? []);
  }
  return again;
}

/** The twins of the devices and of their boxes; a device without one gets it. */
async function loadAll(deps: FoldingDeps, work: Work): Promise<Map<Serial, Twin>> {
  const boxes = [...work.values()].flatMap((entries) => entries.slice(0, 1).map(({ box }) => box));
  for (const [id, entries] of work) {
    // An answer means nothing to a twin that was read before the wish was made, and no conflict would tell.
    if (entries.some(({ channel }) => channel === "answer")) deps.cache.forget(id);
  }
  const twins = await deps.cache.load([...work.keys(), ...boxes]);
  for (const [id, [first]] of work) {
    if (twins.has(id) || first === undefined) continue;
    const device = deviceOf(first, deps.registry);
    twins.set(id, (await deps.store.create(device)).twin);
  }
  return twins;
}

function foldAll(
  deps: FoldingDeps,
  before: Twin | undefined,
  entries: readonly StreamEntry[],
): Draft {
  assert(before !== undefined, "a device that speaks has a twin");
  const changed = new Map<string, ChangedLeaf>();
  let after = before;
  let cause: ChangeCause = "presence";
  for (const entry of entries) {
    const folded = fold(after, entry);
    if (folded.twin !== after) cause = entry.channel;
    after = folded.twin;
    for (const leaf of folded.changed) changed.set(leaf.path, leaf);
    for (const refusal of folded.refused) deps.refused(entry, refusal);
  }
  return { before, after, changed: [...changed.values()], cause };
}

/** The write that a draft comes to, none when it changes nothing. */
function judged(
  deps: FoldingDeps,
  { before, after: folded, changed, cause }: Draft,
  twins: ReadonlyMap<Serial, Twin>,
): TwinWrite[] {
  if (folded === before) return [];
  const { twin: after, changed: told } = judgeByClock(
    sightOf(folded, twins),
    deps.clock.now(),
    deps.rules,
  );
  return [{ before, after, changed: [...changed, ...told], cause }];
}

/** Commits, and forgets what may or may not have been written. */
async function commit(
  { store, cache }: FoldingDeps,
  writes: readonly TwinWrite[],
  fence: Fence,
): Promise<TwinOutcome[]> {
  for (const { after } of writes) cache.forget(after.id);
  return writes.length === 0 ? [] : store.commit(writes, fence);
}

/** A twin has been written: it is kept, and whoever depends on it is looked at. */
function keep(deps: FoldingDeps, twin: Twin, changed: readonly ChangedLeaf[]): void {
  deps.cache.keep(twin);
  deps.due.note(twin, deps.clock.now());
  if (!isBox(twin.id) || !changed.some(({ path }) => path.startsWith("presence/"))) return;
  askBehind(deps, twin.id);
}
