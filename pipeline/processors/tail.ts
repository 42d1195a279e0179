/**
 * How much of a stream is kept: what some group has not acknowledged, what no checkpoint holds, and a tail of time.
 *
 * @source DESIGN doors and stream; clinical 4.4.6: trim by acknowledged position only, never by length
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import { compareIds, type GroupState, origin, type Streams } from "#platform/stream/port.ts";
import type { Duration } from "#wire/units.ts";

/** One stream and what bounds it. */
export interface Tail {
  readonly key: string;
  /** Kept however well everybody has done. */
  readonly keep: Duration;
  /** Up to which a checkpoint holds everything; null when there is none, and then all is kept. */
  readonly saved: string | null;
}

/** Removes the entries that nobody needs any more. */
export async function trimTail(
  { streams, clock }: { streams: Streams; clock: Clock },
  { key, keep, saved }: Tail,
): Promise<void> {
  if (saved === null) return;
  const groups = await streams.groups(key);
  if (groups.length === 0) return;
  const young = `${Math.max(0, clock.now() - keep)}-0`;
  const needed = [young, saved, ...groups.map(neededBy)];
  const before = needed.reduce((a, b) => (compareIds(a, b) <= 0 ? a : b));
  assert(compareIds(before, saved) <= 0, "nothing is trimmed that no checkpoint holds");
  if (compareIds(before, origin) > 0) await streams.trim(key, before);
}

/** The oldest entry that a group may still ask for. */
export function neededBy({ oldestPending, lastDelivered }: GroupState): string {
  if (oldestPending === null) return lastDelivered;
  return compareIds(oldestPending, lastDelivered) < 0 ? oldestPending : lastDelivered;
}
