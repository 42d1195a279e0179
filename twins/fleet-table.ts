/**
 * All twins of one tenant in columns: rows by serial, conditions answered from sets of rows.
 *
 * A row is never given to another serial. Tenants have tables of their own, so that no query can reach across.
 */
import { assert } from "#platform/assert.ts";

import { type Bits, createBits, joined, setBit, widened } from "./bits.ts";
import { type ColumnStore, createColumnStore } from "./column-store.ts";
import { type Cell, type Column, columns, idColumn } from "./columns.ts";
import type { Condition, Judged } from "./filter.ts";

/** How many conditions a table remembers the rows of: 25 kB each at 200,000 twins. */
const rememberedMax = 64;

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
  readonly store: (column: Column) => ColumnStore;
  /** Every row, in the order of serials. */
  readonly rowsById: () => readonly number[];
  /** The rows that pass, or all when there is no filter. To be read before the next change. */
  readonly matching: (filter: Judged | undefined) => Bits;
}

/** An empty table. */
export function createFleetTable(): FleetTable {
  const stores = columns.map(createColumnStore);
  const rows = new Map<string, number>();
  let used = 0;
  let capacity = 64;
  let present = createBits(capacity);
  let byId: readonly number[] | undefined;

  const store = (column: Column): ColumnStore => {
    const found = stores[column.at];
    assert(found !== undefined, "every column has a store");
    return found;
  };
  const conditions = rememberConditions((condition) => {
    const bits = createBits(capacity);
    store(condition.column).scan(condition.passes, capacity, bits);
    return bits;
  });

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
    conditions.move(row, column, cell);
  };

  return {
    size: () => rows.size,
    row: (id) => rows.get(id),
    put(cells) {
      const [id] = cells;
      assert(typeof id === "string", "the first column is the serial");
      const row = rows.get(id) ?? claim(id);
      for (const column of columns) set(row, column, cells[column.at] ?? null);
    },
    set,
    retire(id) {
      const row = rows.get(id);
      if (row === undefined) return;
      rows.delete(id);
      setBit(present, row, false);
      byId = undefined;
    },
    get: (row, column) => store(column).get(row),
    store,
    rowsById() {
      const { ordinal } = store(idColumn);
      if (byId !== undefined) return byId;
      const placed = Array.from<number | undefined>({ length: used });
      for (const row of rows.values()) placed[ordinal(row)] = row;
      byId = placed.filter((row) => row !== undefined);
      return byId;
    },
    matching: (filter) =>
      filter === undefined ? present : joined("and", [present, conditions.rows(filter)]),
  };
}

/** The serial in a row. */
export function idOf(table: FleetTable, row: number): string {
  const id = table.get(row, idColumn);
  assert(typeof id === "string", "every row has a serial");
  return id;
}

/** Rows per condition. */
interface Conditions {
  readonly rows: (filter: Judged) => Bits;
  /** A cell changed. */
  readonly move: (row: number, column: Column, cell: Cell) => void;
  readonly forget: () => void;
}

/**
 * A condition is scanned once over all rows; after that each changed cell moves its one bit, so that the queries people
 * and pages repeat cost a few operations per 32 twins. The least recently asked are forgotten.
 */
function rememberConditions(scan: (condition: Condition) => Bits): Conditions {
  const remembered = new Map<string, { readonly condition: Condition; readonly bits: Bits }>();

  const answer = (condition: Condition): Bits => {
    const known = remembered.get(condition.text) ?? { condition, bits: scan(condition) };
    remembered.delete(condition.text);
    remembered.set(condition.text, known);
    const [oldest] = remembered.keys();
    if (remembered.size > rememberedMax && oldest !== undefined) remembered.delete(oldest);
    return known.bits;
  };
  const rows = (filter: Judged): Bits =>
    filter.kind === "condition" ? answer(filter) : joined(filter.kind, filter.of.map(rows));

  return {
    rows,
    move(row, column, cell) {
      for (const { condition, bits } of remembered.values()) {
        if (condition.column === column) setBit(bits, row, condition.passes(cell));
      }
    },
    forget: () => remembered.clear(),
  };
}
