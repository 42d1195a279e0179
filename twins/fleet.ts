/**
 * The fleet as one api process knows it: a table of columns per tenant, built from Redis and fed by the change streams.
 *
 * It always says how far it has come, so that whoever wrote can wait for their own write, and tells watchers of every
 * change together with whether the twin passes their filter.
 * @source DESIGN twins (search)
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Tenant } from "#wire/identity.ts";
import { type Duration, Instant, Seconds } from "#wire/units.ts";

import { createCircles, type Watcher } from "./circles.ts";
import type { Change } from "./document.ts";
import { type FleetListener, type ReaderDeps, readFleet } from "./fleet-reader.ts";
import { createFleetTable, type FleetTable } from "./fleet-table.ts";
import { furthest, hasReached, movedTo, type Positions, startPositions } from "./positions.ts";
import type { ChangePosition } from "./store.ts";
import { cellsOf, follow } from "./twin-row.ts";

/** The fleet. */
export interface Fleet {
  /** Whether every twin has been read, so that what is asked has a true answer. */
  readonly isBuilt: () => boolean;
  /** Those who have twins. */
  readonly tenants: () => Iterable<Tenant>;
  /** The twins of a tenant; an empty table for an unknown one. */
  readonly table: (tenant: Tenant) => FleetTable;
  readonly positions: () => Positions;
  /** When Redis last answered. */
  readonly heardAt: () => Instant | undefined;
  /** What ages are counted to: whole seconds, so that an answer and those after it agree. */
  readonly now: () => Instant;
  /** This process wrote a change there; whoever asks it next expects to see it. */
  readonly wrote: (place: ChangePosition) => void;
  /**
   * Resolves true once every change up to `wanted`, and all that this process wrote, is in the tables; false when that
   * takes longer than `within`.
   */
  readonly reach: (wanted: Positions | undefined, within: Duration) => Promise<boolean>;
  /** Starts telling a watcher; answers how to stop. */
  readonly watch: (watcher: Watcher) => () => void;
  readonly close: () => Promise<void>;
}

/** How often circles are looked at for what time did. */
const aging = Seconds(1);

/** A fleet that builds itself and then follows until it is closed. */
export function openFleet(deps: ReaderDeps & { readonly clock: Clock }): Fleet {
  const { clock } = deps;
  const tables = new Map<Tenant, FleetTable>();
  const arrivals = createArrivals(clock);
  let positions: Positions = startPositions(deps.keys.partitions);
  /** What this process wrote and has not read back yet. */
  let written: Positions | undefined;
  let isBuilt = false;
  let heardAt: Instant | undefined;

  const now = (): Instant => Instant(Math.floor(clock.now() / aging) * aging);
  const table = (tenant: Tenant): FleetTable => {
    const known = tables.get(tenant) ?? createFleetTable();
    tables.set(tenant, known);
    return known;
  };
  const circles = createCircles({ table, now });
  const timer = clock.every(aging, "twin ages", () => {
    if (isBuilt) circles.age(positions);
  });
  const stop = readFleet(deps, {
    ...keepTables(tables, table),
    built: () => {
      isBuilt = true;
      circles.renew();
    },
    building: () => {
      isBuilt = false;
      tables.clear();
      circles.lose();
    },
    take: (read) => {
      const { tenant, id } = read.change;
      const before = table(tenant).row(id);
      apply(table(tenant), read.change);
      const row = table(tenant).row(id) ?? before;
      if (row !== undefined) circles.tell(read, row);
    },
    reached: (reached) => {
      positions = reached;
      heardAt = clock.now();
      if (written !== undefined && hasReached(positions, written)) written = undefined;
      arrivals.reached(positions);
    },
  });

  return {
    isBuilt: () => isBuilt,
    tenants: () => [...tables.keys()],
    table,
    positions: () => positions,
    heardAt: () => heardAt,
    now,
    wrote: (place) => {
      written = movedTo(written ?? startPositions(positions.length), place);
    },
    reach: async (wanted, within) => {
      const both = wanted && written ? furthest(wanted, written) : (wanted ?? written);
      if (both === undefined || hasReached(positions, both)) return true;
      return arrivals.wait(both, within);
    },
    watch: circles.join,
    close: async () => {
      timer.cancel();
      await stop();
    },
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

/** Brings a twin's row up to a change; one that has no row changes nothing. */
function apply(table: FleetTable, change: Change): void {
  if (change.kind === "retired") return table.retire(change.id);
  const row = table.row(change.id);
  if (row === undefined) return; // deleted between the change and its reading
  follow(
    {
      get: (column) => table.get(row, column),
      set: (column, cell) => table.set(row, column, cell),
    },
    change,
  );
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
