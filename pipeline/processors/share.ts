/**
 * How many partitions one worker of a group should hold, so that all who live hold about as many.
 *
 * Each beats in `vigie:state`. A wrong count, after a crash or between clocks that differ, makes the shares uneven for a
 * while and nothing else: a partition that nobody holds long enough is free for anybody.
 */
import type { LeaseDeps } from "./lease.ts";

/** Shows that this worker lives; answers the most that it should hold. */
export async function fairShare(deps: LeaseDeps): Promise<number> {
  const { cells, keys, clock, group, term } = deps;
  const now = clock.now();
  const own = beatOf(deps);
  const write = { op: "HSET", key: keys.state(), field: own, value: String(now) } as const;
  await cells.commit([{ checks: [], writes: [write] }]);
  const beats = Object.entries(await cells.getAll(keys.state()));
  const alive = beats.filter(
    ([field, at]) => field.startsWith(`worker:${group}:`) && Math.abs(now - Number(at)) <= term,
  );
  return Math.ceil(keys.partitions / Math.max(1, alive.length));
}

/** This worker ends: the others may hold more. */
export async function resign(deps: LeaseDeps): Promise<void> {
  const { cells, keys } = deps;
  const write = { op: "HDEL", key: keys.state(), field: beatOf(deps) } as const;
  await cells.commit([{ checks: [], writes: [write] }]);
}

function beatOf({ group, owner }: LeaseDeps): string {
  return `worker:${group}:${owner}`;
}
