/**
 * Who entered or left a filter by age alone while a reader was away: no change tells it, only the clock.
 */
import { compareIds } from "#platform/stream/port.ts";
import { differing, eachRow, hasBit } from "#twins/bits.ts";
import { stillness } from "#twins/circles.ts";
import { isAging, type Judged } from "#twins/filter.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Positions } from "#twins/positions.ts";
import type { Tenant } from "#wire/identity.ts";
import { Instant } from "#wire/units.ts";

import type { Told } from "./frames.ts";

/** How much earlier than their last position a reader is taken to have left: no two clocks agree quite. */
const margin = 5_000;

/**
 * The twins that pass now and did not when the reader left, or the other way round. Some may be told that were told
 * before: their last position may be older than their last frame, never newer.
 */
export function* agedSince(
  fleet: Fleet,
  { tenant, filter, from }: { tenant: Tenant; filter: Judged | undefined; from: Positions },
): Iterable<Told> {
  if (!isAging(filter)) return;
  const table = fleet.table(tenant);
  const now = fleet.now();
  const before = table.matching(filter, Instant(Math.max(0, latest(from) - margin))).slice();
  const fresh = table.matching(filter, now).slice();
  const moved: number[] = [];
  eachRow(differing(before, fresh), (row) => moved.push(row));
  for (const row of moved) {
    const passes = hasBit(fresh, row);
    yield { change: stillness(table, row, { tenant, now }), passed: !passes, passes };
  }
}

function latest(positions: Positions): number {
  const [newest = "0-0"] = positions.toSorted((a, b) => compareIds(b, a));
  return Number(newest.slice(0, newest.indexOf("-")));
}
