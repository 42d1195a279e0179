/**
 * The fleet as one api process knows it: a table of columns per tenant, built from Redis and fed by the change streams.
 *
 * It always says how far it has come, so that whoever wrote can wait for their own write, and tells watchers of every
 * change together with whether the twin passes their filter.
 * @source DESIGN twins (search)
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Tenant } from "#wire/identity.ts";
import type { Duration, Instant } from "#wire/units.ts";

import { cellOf, cellsOf, columnOfLeaf, declared } from "./columns.ts";
import type { Change } from "./document.ts";
import { type Judged, passes } from "./filter.ts";
import { type FleetListener, type ReadChange, type ReaderDeps, readFleet } from "./fleet-reader.ts";
import { createFleetTable, type FleetTable } from "./fleet-table.ts";
import { hasReached, type Positions, startPositions } from "./positions.ts";

/** A change as a watcher sees it. */
export interface Sighting extends ReadChange {
  /** Whether the twin passes the watcher's filter now; false also when it is retired. */
  readonly passes: boolean;
}

/** Someone who follows the twins of a tenant. */
export interface Watcher {
  readonly tenant: Tenant;
  readonly filter: Judged | undefined;
  /** A twin changed that passed before or passes now. Must not throw. */
  readonly see: (sighting: Sighting) => void;
  /** Changes went by unseen: the fleet is being read anew. */
  readonly lose: () => void;
}

/** The fleet. */
export interface Fleet {
  /** Whether every twin has been read, so that what is asked has a true answer. */
  readonly isBuilt: () => boolean;
  /** The twins of a tenant; an empty table for an unknown one. */
  readonly table: (tenant: Tenant) => FleetTable;
  readonly positions: () => Positions;
  /** When Redis last answered. */
  readonly heardAt: () => Instant | undefined;
  /** Resolves true once every change up to `wanted` is in the tables; false when that takes longer than `within`. */
  readonly reach: (wanted: Positions, within: Duration) => Promise<boolean>;
  /** Starts telling a watcher; answers how to stop. */
  readonly watch: (watcher: Watcher) => () => void;
  readonly close: () => Promise<void>;
}

const rev = declared("rev");
const modifiedAt = declared("modifiedAt");

/** A fleet that builds itself and then follows until it is closed. */
export function openFleet(deps: ReaderDeps & { readonly clock: Clock }): Fleet {
  const { clock } = deps;
  const tables = new Map<Tenant, FleetTable>();
  const watchers = new Map<Tenant, Set<Watcher>>();
  const arrivals = createArrivals(clock);
  let positions: Positions = startPositions(deps.keys.partitions);
  let isBuilt = false;
  let heardAt: Instant | undefined;

  const table = (tenant: Tenant): FleetTable => {
    const known = tables.get(tenant) ?? createFleetTable();
    tables.set(tenant, known);
    return known;
  };
  const close = readFleet(deps, {
    ...keepTables(tables, table),
    built: () => {
      isBuilt = true;
    },
    building: () => {
      isBuilt = false;
      tables.clear();
      for (const all of watchers.values()) for (const watcher of all) watcher.lose();
    },
    take: (read) => {
      const { tenant } = read.change;
      const watching = [...(watchers.get(tenant) ?? [])];
      const before = watching.map((watcher) => isPassing(table(tenant), watcher, read.change));
      apply(table(tenant), read.change);
      for (const [at, watcher] of watching.entries()) {
        const now = isPassing(table(tenant), watcher, read.change);
        if (now || before[at] === true) watcher.see({ ...read, passes: now });
      }
    },
    reached: (reached) => {
      positions = [...reached];
      heardAt = clock.now();
      arrivals.reached(positions);
    },
  });

  return {
    isBuilt: () => isBuilt,
    table,
    positions: () => positions,
    heardAt: () => heardAt,
    reach: async (wanted, within) => hasReached(positions, wanted) || arrivals.wait(wanted, within),
    watch: (watcher) => {
      const all = watchers.get(watcher.tenant) ?? new Set();
      watchers.set(watcher.tenant, all.add(watcher));
      return () => all.delete(watcher);
    },
    close,
  };
}

/** How twins become rows. */
function keepTables(
  tables: ReadonlyMap<Tenant, FleetTable>,
  table: (tenant: Tenant) => FleetTable,
): Pick<FleetListener, "load" | "lacks"> {
  return {
    load: (twins) => {
      for (const twin of twins) {
        if (twin.retiredAt === null) table(twin.tenant).put(cellsOf(twin));
      }
    },
    lacks: ({ kind, tenant, id }) =>
      kind !== "retired" && tables.get(tenant)?.row(id) === undefined,
  };
}

function isPassing(table: FleetTable, { filter }: Watcher, { id }: Change): boolean {
  const row = table.row(id);
  if (row === undefined) return false;
  return filter === undefined || passes(filter, (column) => table.get(row, column));
}

/** Brings a twin's row up to a change; one that the row knows already, or that has no row, changes nothing. */
function apply(table: FleetTable, change: Change): void {
  if (change.kind === "retired") return table.retire(change.id);
  const row = table.row(change.id);
  if (row === undefined) return; // deleted between the change and its reading
  const known = table.get(row, rev);
  assert(typeof known === "number", "every row has a revision");
  if (change.rev <= known) return;
  table.set(row, rev, change.rev);
  table.set(row, modifiedAt, change.at);
  for (const { path, value } of change.changed) {
    const column = columnOfLeaf(path);
    if (column !== undefined) table.set(row, column, cellOf(column, value));
    // A leaf below a column's place puts an object where its value was.
    const above = columnOfLeaf(path.split("/", 2).join("/"));
    if (column === undefined && above !== undefined) table.set(row, above, null);
  }
}

/** Those who wait for a position. */
function createArrivals(clock: Pick<Clock, "after">): {
  readonly reached: (positions: Positions) => void;
  readonly wait: (wanted: Positions, within: Duration) => Promise<boolean>;
} {
  const waiting = new Set<{
    readonly wanted: Positions;
    readonly end: (arrived: boolean) => void;
  }>();
  return {
    reached: (positions) => {
      for (const waiter of waiting) if (hasReached(positions, waiter.wanted)) waiter.end(true);
    },
    wait: (wanted, within) =>
      new Promise((resolve) => {
        const waiter = {
          wanted,
          end: (arrived: boolean): void => {
            waiting.delete(waiter);
            timer.cancel();
            resolve(arrived);
          },
        };
        const timer = clock.after(within, "twin index", () => waiter.end(false));
        waiting.add(waiter);
      }),
  };
}
