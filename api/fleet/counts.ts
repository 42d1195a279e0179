/**
 * Counts over all twins of a tenant.
 */
import { eachRow } from "#twins/bits.ts";
import { type Cell, type Column, declared } from "#twins/columns.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
import { createGrouping } from "#twins/grouping.ts";
import { Hours, type Instant, Minutes } from "#wire/units.ts";

/** What is counted; the shape of `FleetSummary` without what is not of the columns. */
export interface FleetCounts {
  readonly total: number;
  readonly presence: readonly { kind: Cell; state: Cell; cause: Cell; count: number }[];
  readonly battery: readonly { from: number; below: number; count: number }[];
  readonly batteryUnknown: number;
  readonly firmware: readonly { kind: Cell; version: Cell; count: number }[];
  readonly freshness: readonly { withinMs: number | null; count: number }[];
  readonly neverHeard: number;
}

const kind = declared("kind");
const state = declared("presence.state");
const cause = declared("presence.cause");
const version = declared("firmware.version");
const battery = declared("power.battery");
const heardAt = declared("presence.heardAt");

/** Percent per bucket of battery levels. */
const bucket = 10;
const freshnessBounds = [Minutes(1), Minutes(10), Hours(1), Hours(24)] as const;
const versionsNamed = 20;

/** The counts at `now`. */
export function countFleet(table: FleetTable, now: Instant): FleetCounts {
  const presence = createTally(table, [kind, state, cause]);
  const firmware = createTally(table, [kind, version]);
  const levels = Array.from({ length: 100 / bucket }, () => 0);
  const ages = Array.from({ length: freshnessBounds.length + 1 }, () => 0);
  let batteryUnknown = 0;
  let neverHeard = 0;
  eachRow(table.matching(undefined, now), (row) => {
    presence.count(row);
    firmware.count(row);
    const level = table.get(row, battery);
    if (typeof level === "number")
      add(levels, Math.min(Math.floor(level / bucket), levels.length - 1));
    else batteryUnknown++;
    const age = ageOf(table, row, now);
    if (age === undefined) neverHeard++;
    else add(ages, freshnessBounds.filter((bound) => age >= bound).length);
  });
  return {
    total: table.size(),
    presence: presence
      .largest()
      .map(({ cells: [is = null, stands = null, why = null], count }) => ({
        kind: is,
        state: stands,
        cause: why,
        count,
      })),
    battery: levels.map((count, at) => ({
      from: at * bucket,
      // The last bucket holds 100 % too.
      below: at === levels.length - 1 ? 101 : (at + 1) * bucket,
      count,
    })),
    batteryUnknown,
    firmware: firmware
      .largest()
      .slice(0, versionsNamed)
      .map(({ cells: [is = null, runs = null], count }) => ({ kind: is, version: runs, count })),
    freshness: ages.map((count, at) => ({ withinMs: freshnessBounds[at] ?? null, count })),
    neverHeard,
  };
}

/** How long ago a device was last heard; 0 while it is being heard, for then only changes are told. */
function ageOf(table: FleetTable, row: number, now: Instant): number | undefined {
  const stands = table.get(row, state);
  if (stands === "online" || stands === "returned") return 0;
  const heard = table.get(row, heardAt);
  return typeof heard === "number" ? Math.max(0, now - heard) : undefined;
}

/** Counts rows by what some columns hold together. */
function createTally(
  table: FleetTable,
  columns: readonly Column[],
): {
  readonly count: (row: number) => void;
  readonly largest: () => readonly Counted[];
} {
  const grouping = createGrouping(table, columns);
  const counts: number[] = [];
  return {
    count: (row) => add(counts, grouping.of(row) ?? 0),
    largest: () =>
      grouping.keys
        .map((cells, group) => ({ cells, count: counts[group] ?? 0 }))
        .toSorted((a, b) => b.count - a.count),
  };
}

interface Counted {
  readonly cells: readonly Cell[];
  readonly count: number;
}

function add(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}
