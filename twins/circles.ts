/**
 * Who follows which twins: a circle per filter, which knows every twin that passes it.
 *
 * Watchers of the same filter share a circle, so that a change is judged once for all of them. A twin enters or leaves a
 * circle when it changes or, where the filter asks for ages, when time goes by.
 */
import { assert } from "#platform/assert.ts";
import { parseSerial, type Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { type Bits, createBits, differing, eachRow, hasBit, setBit, widened } from "./bits.ts";
import { declared } from "./columns.ts";
import type { Change } from "./document.ts";
import { isAging, type Judged, passes, textOf } from "./filter.ts";
import type { ReadChange } from "./fleet-reader.ts";
import { type FleetTable, idOf } from "./fleet-table.ts";
import type { Positions } from "./positions.ts";

/** A change as a watcher sees it; all watchers of one filter see the same object. */
export interface Sighting extends ReadChange {
  /** Whether the twin passed the watcher's filter before. */
  readonly passed: boolean;
  /** Whether it passes now; false also when it is retired. */
  readonly passes: boolean;
}

/** Someone who follows the twins of a tenant. */
export interface Watcher {
  readonly tenant: Tenant;
  readonly filter: Judged | undefined;
  /** A twin changed that passed before or passes now, or time made it pass or cease to. Must not throw. */
  readonly see: (sighting: Sighting) => void;
  /** Changes went by unseen: the fleet is being read anew. */
  readonly lose: () => void;
}

/** All circles. */
export interface Circles {
  /** Starts telling a watcher; answers how to stop. */
  readonly join: (watcher: Watcher) => () => void;
  /** Tells of a change after it was applied; `row` is where the twin is, or was before it retired. */
  readonly tell: (read: ReadChange, row: number) => void;
  /** Tells who entered or left as time went by; `reached` is how far changes have been told. */
  readonly age: (reached: Positions) => void;
  /** The tables are being made anew: tells every watcher that changes are lost. */
  readonly lose: () => void;
  /** The tables are whole again. */
  readonly renew: () => void;
}

/** What circles know of the twins. */
export interface CircleDeps {
  readonly table: (tenant: Tenant) => FleetTable;
  readonly now: () => Instant;
}

interface Circle {
  readonly tenant: Tenant;
  readonly filter: Judged | undefined;
  readonly isAging: boolean;
  readonly watchers: Set<Watcher>;
  members: Bits;
}

/** Circles that are looked at in one go for what time did: 200,000 twins take a millisecond or two each. */
const agedAtOnce = 16;

/** No circles yet. */
export function createCircles(deps: CircleDeps): Circles {
  const circles = new Map<Tenant, Map<string, Circle>>();
  const every = (): Circle[] => [...circles.values()].flatMap((own) => [...own.values()]);
  const aging = new Set<Circle>();

  const fill = (circle: Circle): void => {
    circle.members = deps.table(circle.tenant).matching(circle.filter, deps.now()).slice();
  };

  return {
    join(watcher) {
      const { tenant, filter } = watcher;
      const own = circles.get(tenant) ?? new Map<string, Circle>();
      circles.set(tenant, own);
      const text = filter === undefined ? "" : textOf(filter);
      const circle = own.get(text) ?? createCircle(tenant, filter);
      if (!own.has(text)) fill(circle);
      own.set(text, circle);
      circle.watchers.add(watcher);
      if (circle.isAging) aging.add(circle);
      return () => {
        circle.watchers.delete(watcher);
        if (circle.watchers.size > 0) return;
        if (own.get(text) === circle) own.delete(text);
        aging.delete(circle);
      };
    },
    tell(read, row) {
      const { tenant, id } = read.change;
      const table = deps.table(tenant);
      const isThere = table.row(id) !== undefined;
      for (const circle of circles.get(tenant)?.values() ?? []) {
        const isIn = isThere && isPassing(table, row, { circle, now: deps.now() });
        step(circle, row, { read, isIn });
      }
    },
    age(reached) {
      // Round and round: those looked at go to the end of the line.
      for (const circle of [...aging].slice(0, agedAtOnce)) {
        aging.delete(circle);
        aging.add(circle);
        age(circle, deps, reached);
      }
    },
    lose: () => every().forEach(({ watchers }) => watchers.forEach((watcher) => watcher.lose())),
    renew: () => every().forEach(fill),
  };
}

function createCircle(tenant: Tenant, filter: Judged | undefined): Circle {
  return { tenant, filter, isAging: isAging(filter), watchers: new Set(), members: createBits(0) };
}

function isPassing(
  table: FleetTable,
  row: number,
  { circle: { filter }, now }: { readonly circle: Circle; readonly now: Instant },
): boolean {
  return filter === undefined || passes(filter, (column) => table.get(row, column), now);
}

/** Moves one row in or out, and tells the watchers unless it stays out. */
function step(
  circle: Circle,
  row: number,
  { read, isIn }: { readonly read: ReadChange; readonly isIn: boolean },
): void {
  const passed = hasBit(circle.members, row);
  if (!passed && !isIn) return;
  if (row >= circle.members.length * 32) circle.members = widened(circle.members, 2 * row + 64);
  setBit(circle.members, row, isIn);
  const sighting = { ...read, passed, passes: isIn };
  for (const watcher of circle.watchers) watcher.see(sighting);
}

interface Place {
  readonly tenant: Tenant;
  readonly now: Instant;
}

function age(circle: Circle, deps: CircleDeps, reached: Positions): void {
  const place = { tenant: circle.tenant, now: deps.now() };
  const table = deps.table(place.tenant);
  const fresh = table.matching(circle.filter, place.now);
  eachRow(differing(circle.members, fresh), (row) => {
    const read = { change: stillness(table, row, place), reached };
    step(circle, row, { read, isIn: hasBit(fresh, row) });
  });
}

const rev = declared("rev");

/** The change of a twin of which nothing changed but the time. */
export function stillness(table: FleetTable, row: number, { tenant, now: at }: Place): Change {
  const id = parseSerial(idOf(table, row));
  const known = table.get(row, rev);
  assert(id !== undefined && typeof known === "number", "every row has a serial and a revision");
  return { id, tenant, rev: known, at, kind: "changed", changed: [] };
}
