/** Other open changes that want the same leaves of the same devices. */
import type { Serial } from "#wire/identity.ts";

import { type BulkPlan, isPending } from "./change.ts";
import { type Conflict, samplesMost } from "./forecast.ts";
import type { BulkStore } from "./store.ts";

/** Those that stand in the way of `plan`, newest first. */
export async function rivalsOf(
  store: Pick<BulkStore, "list" | "members">,
  plan: BulkPlan,
  members: readonly Serial[],
): Promise<readonly Conflict[]> {
  const wanted = new Set(plan.leaves.map(({ path }) => path));
  const own = new Set(members);
  const conflicts: Conflict[] = [];
  for (const other of await store.list(plan.tenant)) {
    const paths = other.plan.leaves.flatMap(({ path }) => (wanted.has(path) ? [path] : []));
    if (paths.length === 0 || !isOpen(other.standing.state)) continue;
    const both = (await store.members(other.plan.id)).filter((serial) => own.has(serial));
    if (both.length === 0) continue;
    const samples = both.slice(0, samplesMost);
    conflicts.push({ change: other.plan.id, paths, devices: both.length, samples });
  }
  return conflicts;
}

/** Still to write, or not yet heard of by all. */
function isOpen(state: Parameters<typeof isPending>[0]): boolean {
  return isPending(state) || state === "settling" || state === "undoing";
}
