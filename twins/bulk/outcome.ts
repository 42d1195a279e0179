/** What has become of a device that was written, as its wishes tell. */
import type { Twin } from "#twins/document.ts";

import { authorOf, type BulkPlan } from "./change.ts";
import { type Former, heldAt } from "./edit.ts";
import type { BulkItem } from "./item.ts";

/** Undefined while the device owes an answer; of many leaves the gravest counts. */
export function outcomeOf(
  twin: Twin,
  plan: BulkPlan,
  former: readonly Former[],
): Pick<BulkItem, "state" | "code"> | undefined {
  const by = authorOf(plan);
  const ours = plan.leaves.flatMap(({ path }) => {
    const { wish } = heldAt(twin, path);
    return wish?.by === by ? [wish] : [];
  });
  const rejected = ours.find(({ state }) => state === "rejected");
  if (rejected !== undefined) {
    return { state: "rejected", ...(rejected.code === undefined ? {} : { code: rejected.code }) };
  }
  if (ours.some(({ state }) => state === "expired")) return { state: "silent" };
  if (ours.some(({ state }) => state !== "applied")) return undefined;
  const hadAsked = former.some(({ leaf }) => asksOfDevice(plan.leaves[leaf]));
  return { state: hadAsked && ours.length === 0 ? "superseded" : "applied" };
}

/** A tag, or a leaf taken away, asks nothing of a device. */
export function asksOfDevice(leaf: BulkPlan["leaves"][number] | undefined): boolean {
  return leaf !== undefined && leaf.value !== null && leaf.path.startsWith("desired/");
}
