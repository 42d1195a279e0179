/**
 * Who works at a partition: one worker per group, by a lease in Redis with a number that only rises.
 *
 * A lease that ran out may be taken by anybody, at once by a worker of the same name (the process that was restarted).
 * Whoever was replaced without noticing is kept out by the number: each taking writes it into every partition, and a
 * write of the group anywhere names the number that it believes in (F34).
 */
import type { Cells, Check, Outcome } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import type { Fence } from "#twins/store.ts";
import { type Duration, later } from "#wire/units.ts";

/** What leases are made of. `owner` has no space in it, and no two live workers share one. */
export interface LeaseDeps {
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly group: string;
  readonly owner: string;
  /** How long a lease holds without being renewed. */
  readonly term: Duration;
}

/** A partition in one's hands. */
export interface Lease {
  readonly partition: number;
  /** Higher than that of every earlier holder. */
  readonly number: number;
  /** The check that lets a write of this holder through, in any partition. */
  readonly fence: Fence;
}

/** Takes the partition if it is free, or was ours; null when somebody else holds it. */
export async function takeLease(deps: LeaseDeps, partition: number): Promise<Lease | null> {
  const key = deps.keys.leases(partition);
  const held = await deps.cells.get(key, deps.group);
  const [owner, number, until] = (held ?? "").split(" ");
  const isFree = held === null || owner === deps.owner || Number(until) < deps.clock.now();
  if (!isFree) return null;
  const lease = leaseOf(deps, { partition, number: Number(number ?? 0) + 1 });
  if (!(await writeLease(deps, lease, held))) return null;
  return (await raiseFences(deps, lease)) ? lease : null;
}

/** Prolongs a lease, also one that ran out and that nobody took; false when it is somebody else's by now. */
export async function renewLease(deps: LeaseDeps, lease: Lease): Promise<boolean> {
  const held = await deps.cells.get(deps.keys.leases(lease.partition), deps.group);
  const [owner, number] = (held ?? "").split(" ");
  if (owner !== deps.owner || Number(number) !== lease.number) return false;
  return writeLease(deps, lease, held);
}

/** Gives the partition back, so that the next worker need not wait. */
export async function endLease(deps: LeaseDeps, lease: Lease): Promise<void> {
  const key = deps.keys.leases(lease.partition);
  const held = await deps.cells.get(key, deps.group);
  const [owner, number] = (held ?? "").split(" ");
  if (owner !== deps.owner || Number(number) !== lease.number) return;
  const value = `${deps.owner} ${lease.number} 0`;
  const writes = [{ op: "HSET", key, field: deps.group, value }] as const;
  await deps.cells.commit([{ checks: [{ key, field: deps.group, expected: held }], writes }]);
}

async function writeLease(deps: LeaseDeps, lease: Lease, held: string | null): Promise<boolean> {
  const key = deps.keys.leases(lease.partition);
  const until = later(deps.clock.now(), deps.term);
  const value = `${deps.owner} ${lease.number} ${until}`;
  const writes = [{ op: "HSET", key, field: deps.group, value }] as const;
  const [outcome] = await deps.cells.commit([
    { checks: [{ key, field: deps.group, expected: held }], writes },
  ]);
  return outcome?.kind === "committed";
}

function leaseOf(deps: LeaseDeps, held: { partition: number; number: number }): Lease {
  const field = `${deps.group}@${held.partition}`;
  const expected = String(held.number);
  return { ...held, fence: (q): Check => ({ key: deps.keys.leases(q), field, expected }) };
}

/** Writes the number into every partition; false when a higher one is there already. */
async function raiseFences(deps: LeaseDeps, lease: Lease): Promise<boolean> {
  const all = Array.from({ length: deps.keys.partitions }, (_, q) => raiseFence(deps, lease, q));
  return (await Promise.all(all)).every((isOurs) => isOurs);
}

async function raiseFence({ cells }: LeaseDeps, lease: Lease, q: number): Promise<boolean> {
  const { key, field, expected: value } = lease.fence(q);
  if (value === null) return false;
  let found = await cells.get(key, field);
  while (Number(found ?? 0) < lease.number) {
    const writes = [{ op: "HSET", key, field, value }] as const;
    const [outcome]: (Outcome | undefined)[] = await cells.commit([
      { checks: [{ key, field, expected: found }], writes },
    ]);
    if (outcome?.kind !== "conflict") return true;
    found = outcome.found;
  }
  return Number(found) === lease.number;
}
