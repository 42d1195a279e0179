/**
 * What became of the devices of a bulk change, counted; and what follows from the count.
 */
import type { BulkChange, BulkPlan } from "./change.ts";

/**
 * What became of one device: its leaves are written and it has not answered (`waiting`); it took them over, refused them,
 * or let its deadline pass; somebody else wrote them first; they were so already; it could not be written; they were put
 * back; they could not be, for somebody else wrote them since.
 */
export const itemStates = [
  "waiting",
  "applied",
  "rejected",
  "silent",
  "superseded",
  "unchanged",
  "skipped",
  "undone",
  "conflict",
] as const;
export type ItemState = (typeof itemStates)[number];

/** How many devices are in each state. */
export type Tally = Readonly<Record<ItemState, number>>;

/** Nobody. */
export const emptyTally: Tally = {
  waiting: 0,
  applied: 0,
  rejected: 0,
  silent: 0,
  superseded: 0,
  unchanged: 0,
  skipped: 0,
  undone: 0,
  conflict: 0,
};

/** The count once a device has gone from one state (none: it was not written yet) to another. */
export function moved(tally: Tally, from: ItemState | undefined, to: ItemState): Tally {
  const left = from === undefined ? tally : { ...tally, [from]: tally[from] - 1 };
  return { ...left, [to]: left[to] + 1 };
}

/** A step that follows from the count alone. */
export interface Verdict {
  readonly act: "abort" | "pass" | "settle" | "finish";
  readonly why: string;
}

/** The step that follows from where a change stands and what became of the devices, if any. */
export function verdictOf(
  { plan, standing }: Pick<BulkChange, "plan" | "standing">,
  tally: Tally,
): Verdict | undefined {
  const { state } = standing;
  if (state === "canary" || state === "running") {
    const excess = excessOf(plan, tally);
    if (excess !== undefined) return { act: "abort", why: excess };
  }
  const seen = Object.values(tally).reduce((sum, count) => sum + count, 0);
  if (state === "canary") return canaryVerdict(plan, tally, seen);
  if (state === "running" && seen === plan.devices) {
    return { act: "settle", why: `${seen} devices written` };
  }
  if (state === "settling" && tally.waiting === 0) {
    return { act: "finish", why: `${tally.applied} of ${plan.devices} applied` };
  }
  return undefined;
}

/** Passed as soon as enough have applied it, failed as soon as enough no longer can. */
function canaryVerdict(plan: BulkPlan, tally: Tally, seen: number): Verdict | undefined {
  const { canary } = plan;
  if (canary === null) return { act: "pass", why: "no canary" };
  if (seen < canary.devices) return undefined;
  const { waiting, applied, rejected, silent } = tally;
  const asked = waiting + applied + rejected + silent;
  const needed = Math.ceil(canary.success * asked);
  const why = `${applied} of ${asked} canaries applied, ${needed} needed`;
  if (applied >= needed) return { act: "pass", why };
  return applied + waiting < needed ? { act: "abort", why } : undefined;
}

function excessOf({ abort }: BulkPlan, tally: Tally): string | undefined {
  const answered = tally.applied + tally.rejected + tally.silent;
  if (answered < abort.sample) return undefined;
  for (const state of ["rejected", "silent"] as const) {
    if (tally[state] > abort[state] * answered) return `${tally[state]} of ${answered} ${state}`;
  }
  return undefined;
}
