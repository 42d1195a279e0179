/**
 * All twins of one tenant in columns: rows by serial, conditions answered from sets of rows.
 *
 * A row is never given to another serial. Tenants have tables of their own, so that no query can reach across.
 */
import { assert } from "#platform/assert.ts";
import type { Instant } from "#wire/units.ts";

import { type Bits, createBits, joined, setBit, widened } from "./bits.ts";
import { type ColumnCells, type ColumnStore, createColumnStore } from "./column-store.ts";
import { type Cell, type Column, columns, idColumn } from "./columns.ts";
import { type Conditions, rememberConditions } from "./conditions.ts";
import type { Judged } from "./filter.ts";
import { createRowTexts } from "./row-texts.ts";

/** How many columns told from bags a table keeps ready. */
const toldMax = 32;

/** One tenant's twins. */
export interface FleetTable {
  /** Twins in it, retired ones left out. */
  readonly size: () => number;
  /** The row of a serial, or undefined when it has none (never seen, or retired). */
  readonly row: (id: string) => number | undefined;
  /** Sets all cells of a twin (in the order of the columns), in its row or a new one. */
  readonly put: (cells: readonly Cell[]) => void;
  /** Sets one cell. */
  readonly set: (row: number, column: Column, cell: Cell) => void;
  /** Takes a twin out of every answer; its serial comes back only by `put`. */
  readonly retire: (id: string) => void;
  readonly get: (row: number, column: Column) => Cell;
  readonly cells: (column: Column) => ColumnCells;
  /** What `write`, always the same one, says of a row; kept until the row changes. */
  readonly text: (row: number, write: (row: number) => string) => string;
  /** Every row, in the order of serials. */
  readonly rowsById: () => readonly number[];
  /** The rows that pass at that instant, or all when there is no filter. To be read before the next change. */
  readonly matching: (filter: Judged | undefined, now: Instant) => Bits;
}

/** An empty table. */
export function createFleetTable(): FleetTable {
  const { store, cells } = createStores();
  const rows = new Map<string, number>();
  let used = 0;
  let capacity = 64;
  let present = createBits(capacity);
  let byId: readonly number[] | undefined;

  const conditions: Conditions = rememberConditions(({ column, passes, only }, now) => {
    const bits = createBits(capacity);
    cells(column).scan({ passes: (cell) => passes(cell, now), only }, bits);
    return bits;
  });
  const texts = createRowTexts();

  const claim = (id: string): number => {
    byId = undefined;
    if (used === capacity) {
      capacity *= 2;
      present = widened(present, capacity);
      conditions.forget();
    }
    rows.set(id, used);
    setBit(present, used, true);
    return used++;
  };

  const set = (row: number, column: Column, cell: Cell): void => {
    const at = store(column);
    if (at.get(row) === cell) return;
    at.set(row, cell);
    texts.forget(row);
    conditions.move(row, column.at, cell);
  };

  return {
    size: () => rows.size,
    row: (id) => rows.get(id),
    put(fresh) {
      const [id] = fresh;
      assert(typeof id === "string", "the first column is the serial");
      const row = rows.get(id) ?? claim(id);
      for (const column of columns) set(row, column, fresh[column.at] ?? null);
    },
    set,
    retire(id) {
      const row = rows.get(id);
      if (row === undefined) return;
      rows.delete(id);
      setBit(present, row, false);
      byId = undefined;
    },
    get: (row, column) => cells(column).get(row),
    cells,
    text: texts.of,
    rowsById() {
      const { ordinal } = store(idColumn);
      if (byId !== undefined) return byId;
      const placed = Array.from<number | undefined>({ length: used });
      for (const row of rows.values()) placed[ordinal(row)] = row;
      byId = placed.filter((row) => row !== undefined);
      return byId;
    },
    matching: (filter, now) =>
      filter === undefined ? present : joined("and", [present, conditions.rows(filter, now)]),
  };
}

/** The stores of all columns, and the cells of those that are told from bags, which are read when first asked for. */
function createStores(): {
  readonly store: (column: Column) => ColumnStore;
  readonly cells: (column: Column) => ColumnCells;
} {
  const stores = columns.map(createColumnStore);
  const told = new Map<string, ColumnCells>();
  const store = ({ at }: Column): ColumnStore => {
    const found = stores[at];
    assert(found !== undefined, "every column has a store");
    return found;
  };
  return {
    store,
    cells: (column) => {
      if (column.told === undefined) return store(column);
      const known = told.get(column.name);
      if (known !== undefined) return known;
      const [oldest] = told.size < toldMax ? [] : told.keys();
      if (oldest !== undefined) told.delete(oldest);
      const fresh = store(column).told(column);
      told.set(column.name, fresh);
      return fresh;
    },
  };
}

/** The serial in a row. */
export function idOf(table: FleetTable, row: number): string {
  const id = table.get(row, idColumn);
  assert(typeof id === "string", "every row has a serial");
  return id;
}
