import type { Cells } from "#platform/cells/port.ts";
/** What a runner does to one device: write it, look what became of it, put back what was there; each in one commit. */
import type { Edit, Edited, TwinWriter } from "#twins/desired/writer.ts";
import type { Twin } from "#twins/document.ts";
import type { Keys } from "#twins/keys.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { authorOf, type BulkPlan } from "./change.ts";
import { applyTo, excessOfEdited, takeBack } from "./edit.ts";
import type { BulkItem } from "./item.ts";
import type { BulkLease } from "./lease.ts";
import { outcomeOf } from "./outcome.ts";
import { itemWrites } from "./store.ts";

/** What it takes. */
export interface DeviceDeps {
  readonly writer: TwinWriter;
  readonly cells: Pick<Cells, "commit">;
  readonly keys: Keys;
}

/** On whose behalf. */
export interface Errand {
  readonly plan: BulkPlan;
  readonly lease: BulkLease;
}

/**
 * What a device was brought to. `same`: nothing to note; `again`: others kept writing it; `lost`: somebody else runs the
 * change by now.
 */
export type Brought =
  | { readonly kind: "noted"; readonly item: BulkItem }
  | { readonly kind: "same" | "again" | "lost" };

/** An item with the edit that brings it about, if there is one to be made. */
interface Outcome {
  readonly item: BulkItem;
  readonly edited?: Pick<Edited, "after" | "changed" | "why">;
}

/** Writes the change's leaves. */
export function writeDevice(deps: DeviceDeps, errand: Errand, serial: Serial): Promise<Brought> {
  const { plan } = errand;
  return bring(deps, { errand, serial }, (twin, now) => {
    const nowhere = { at: now, former: [] };
    const why = unfitness(twin, plan);
    if (twin === null || why !== undefined) {
      return { item: { ...nowhere, state: "skipped", code: why ?? "missing" } };
    }
    const { twin: after, changed, former } = applyTo(twin, plan, now);
    if (after === twin) return { item: { ...nowhere, state: "unchanged" }, edited: still(twin) };
    const excess = excessOfEdited(twin, after);
    if (excess !== undefined) return { item: { ...nowhere, state: "skipped", code: excess } };
    const outcome = outcomeOf(after, plan, former) ?? { state: "waiting" };
    return { item: { ...outcome, at: now, former }, edited: { after, changed, why: plan.why } };
  });
}

/** Notes what became of a device that was written; `same` while it owes an answer. */
export function settleDevice(
  deps: DeviceDeps,
  errand: Errand,
  { serial, item }: { readonly serial: Serial; readonly item: BulkItem },
): Promise<Brought> {
  const { plan } = errand;
  return bring(deps, { errand, serial }, (twin, at) => {
    const why = unfitness(twin, plan);
    if (twin === null || why !== undefined) {
      return { item: { ...item, at, state: "silent", code: why ?? "missing" } };
    }
    const outcome = outcomeOf(twin, plan, item.former);
    return outcome && { item: { ...item, ...outcome, at }, edited: still(twin) };
  });
}

/** Puts back what was there before, but where somebody else has written since. */
export function restoreDevice(
  deps: DeviceDeps,
  errand: Errand & { readonly why: string },
  { serial, item }: { readonly serial: Serial; readonly item: BulkItem },
): Promise<Brought> {
  const { plan, why } = errand;
  return bring(deps, { errand, serial }, (twin, at) => {
    const all = item.former.map(({ leaf }) => leaf);
    const barred = unfitness(twin, plan);
    if (twin === null || barred !== undefined) {
      const code = barred ?? "missing";
      return { item: { ...item, at, state: "conflict", left: all, code } };
    }
    const { twin: after, changed, left } = takeBack(twin, { plan, former: item.former }, at);
    const excess = after === twin ? undefined : excessOfEdited(twin, after);
    if (excess !== undefined) {
      return { item: { ...item, at, state: "conflict", left: all, code: excess } };
    }
    const { code: _over, ...rest } = item;
    const done = left.length === 0 ? "undone" : "conflict";
    const kept = left.length === 0 ? {} : { left };
    return { item: { ...rest, ...kept, at, state: done }, edited: { after, changed, why } };
  });
}

function still(twin: Twin): Pick<Edited, "after" | "changed"> {
  return { after: twin, changed: [] };
}

/** Why a twin is none that the change may write. */
function unfitness(twin: Twin | null, { tenant }: BulkPlan): string | undefined {
  if (twin === null || twin.tenant !== tenant) return "missing";
  return twin.retiredAt === null ? undefined : "retired";
}

/** Commits what `decide` makes of the twin together with its item, behind the fence. */
async function bring(
  { writer, cells, keys }: DeviceDeps,
  { errand, serial }: { readonly errand: Errand; readonly serial: Serial },
  decide: (twin: Twin | null, now: Instant) => Outcome | undefined,
): Promise<Brought> {
  const { plan, lease } = errand;
  const checks = [lease.fence(keys.of(serial))];
  let item: BulkItem | undefined;
  const edit: Edit<{ readonly kind: "note" | "same" }> = (twin, now) => {
    const outcome = decide(twin, now);
    item = outcome?.item;
    if (outcome === undefined) return { kind: "same" };
    if (outcome.edited === undefined) return { kind: "note" };
    const writes = itemWrites(keys, { id: plan.id, serial, item: outcome.item });
    return { ...outcome.edited, kind: "edited", by: authorOf(plan), beside: { checks, writes } };
  };
  const { kind } = await writer.write(serial, edit);
  if (kind === "same") return { kind };
  if (kind === "contended" || item === undefined) return { kind: "again" };
  if (kind === "beside") return { kind: "lost" };
  if (kind === "note") {
    const writes = itemWrites(keys, { id: plan.id, serial, item });
    const [outcome] = await cells.commit([{ checks, writes }]);
    if (outcome?.kind !== "committed") return { kind: "lost" };
  }
  return { kind: "noted", item };
}
