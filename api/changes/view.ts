/** A bulk change, and what became of its devices, as the API gives them. */
import type { BulkChange, BulkPlan } from "#twins/bulk/change.ts";
import type { BulkItem } from "#twins/bulk/item.ts";
import { actsFor } from "#twins/bulk/steps.ts";
import type { Serial } from "#wire/identity.ts";

import type { BulkResult, BulkView } from "./contract.ts";

/** As {@link BulkView} has it; what is only shown is not copied. */
type ViewedChange = Omit<BulkView, "forecast"> & Pick<BulkPlan, "forecast">;

/** The change. */
export function viewChange(change: BulkChange): ViewedChange {
  const { plan, standing, rev } = change;
  const { id, by, at, filter, patch, canary, abort, devices, needsOther, forecast } = plan;
  const seen = Object.values(standing.tally).reduce((sum, count) => sum + count, 0);
  return {
    id,
    state: standing.state,
    by,
    reason: plan.why,
    at,
    rev,
    filter,
    patch,
    deadlineMs: plan.within,
    pace: plan.perMinute,
    canary: canary && { ...canary },
    abort: { ...abort },
    devices,
    needsOther,
    forecast,
    tally: { ...standing.tally, planned: devices - seen },
    acts: actsFor(change),
    steps: standing.steps.map(({ why = null, ...step }) => ({ ...step, why })),
  };
}

/** One device; null for one that is not written yet. */
export function viewItem(plan: BulkPlan, device: Serial, item: BulkItem | null): BulkResult {
  const pathOf = (leaf: number): string => plan.leaves[leaf]?.path ?? "";
  if (item === null) {
    return { device, state: "planned", at: null, code: null, leaves: [], left: [] };
  }
  const leaves = item.former.map(({ leaf, value: from }) => {
    const { path = "", value: to = null } = plan.leaves[leaf] ?? {};
    return { path, from, to };
  });
  const { state, at, code = null, left = [] } = item;
  return { device, state, at, code, leaves, left: left.map(pathOf) };
}
