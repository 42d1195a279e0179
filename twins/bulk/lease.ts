/**
 * Who runs a bulk change: one process, by a lease with a number that only rises.
 *
 * The number stands beside the items of every partition and each write of a device names it: whoever was replaced
 * without noticing writes nothing more.
 */
import type { Cells, Check, Outcome } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import { later, Seconds } from "#wire/units.ts";

import type { BulkPlan } from "./change.ts";

/** What leases are made of; no two live processes share an owner. */
export interface BulkLeaseDeps {
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now">;
  readonly owner: string;
}

/** A change in one's hands: the check that lets its writes through, by partition. */
export interface BulkLease {
  readonly number: number;
  readonly fence: (q: number) => Check;
}

/** How long it holds without being renewed. */
const term = Seconds(15);
/** As long as a change that runs is kept, s. */
const keptFor = 400 * 86_400;
const field = "lease";

/** Takes the change if it is free, or was ours; null when somebody else runs it. */
export async function takeLease(
  deps: BulkLeaseDeps,
  change: Pick<BulkPlan, "tenant" | "id">,
): Promise<BulkLease | null> {
  const { cells, keys, clock, owner } = deps;
  const found = await cells.get(keys.bulkChange(change.tenant, change.id), field);
  const [holder, number, until] = (found ?? "").split(" ");
  if (holder !== owner && Number(until ?? 0) > clock.now()) return null;
  const next = Number(number ?? 0) + 1;
  if (!(await write(deps, change, { found, number: next }))) return null;
  const expected = String(next);
  const fence = (q: number): Check => ({
    key: keys.bulkItems(q, change.id),
    field: "#fence",
    expected,
  });
  const raised = Array.from({ length: keys.partitions }, (_, q) =>
    raise(cells, fence(q), expected),
  );
  return (await Promise.all(raised)).every(Boolean) ? { number: next, fence } : null;
}

/** Prolongs a lease, also one that ran out and that nobody took; false when it is somebody else's by now. */
export async function renewLease(
  deps: BulkLeaseDeps,
  change: Pick<BulkPlan, "tenant" | "id">,
  { number }: BulkLease,
): Promise<boolean> {
  const found = await deps.cells.get(deps.keys.bulkChange(change.tenant, change.id), field);
  const isOurs = (found ?? "").startsWith(`${deps.owner} ${number} `);
  return isOurs && write(deps, change, { found, number });
}

/** Gives the change back, so that another need not wait. */
export async function dropLease(
  { cells, keys, owner }: BulkLeaseDeps,
  { tenant, id }: Pick<BulkPlan, "tenant" | "id">,
  held: BulkLease,
): Promise<void> {
  const key = keys.bulkChange(tenant, id);
  const found = await cells.get(key, field);
  if (!(found ?? "").startsWith(`${owner} ${held.number} `)) return;
  const writes = [{ op: "HSET", key, field, value: `${owner} ${held.number} 0` }] as const;
  await cells.commit([{ checks: [{ key, field, expected: found }], writes }]);
}

async function write(
  { cells, keys, clock, owner }: BulkLeaseDeps,
  { tenant, id }: Pick<BulkPlan, "tenant" | "id">,
  { found, number }: { readonly found: string | null; readonly number: number },
): Promise<boolean> {
  const key = keys.bulkChange(tenant, id);
  const value = `${owner} ${number} ${later(clock.now(), term)}`;
  const writes = [{ op: "HSET", key, field, value }] as const;
  const [outcome] = await cells.commit([{ checks: [{ key, field, expected: found }], writes }]);
  return outcome?.kind === "committed";
}

/** Writes the number where it is lower; false when it is higher there already. */
async function raise(cells: Cells, { key, field: place }: Check, value: string): Promise<boolean> {
  let found = await cells.get(key, place);
  while (Number(found ?? 0) < Number(value)) {
    const [outcome]: (Outcome | undefined)[] = await cells.commit([
      {
        checks: [{ key, field: place, expected: found }],
        writes: [
          { op: "HSET", key, field: place, value },
          { op: "EXPIRE", key, seconds: keptFor },
        ],
      },
    ]);
    if (outcome?.kind !== "conflict") return true;
    found = outcome.found;
  }
  return found === value;
}
