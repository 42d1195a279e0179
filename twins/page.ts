/**
 * One page of a tenant's twins: filtered, sorted, and continued by a cursor.
 *
 * The cursor names the last row by its sort values and its serial, not by a count: rows that come, go or change between
 * two pages neither repeat nor hide the rows that stayed as they were. Rows without a value come last, in either
 * direction; serials settle what is equal.
 */
import { assert } from "#platform/assert.ts";
import { fnv1a32 } from "#wire/partition.ts";
import type { Instant } from "#wire/units.ts";

import { type Bits, countBits, createBits, eachRow, hasBit, singleBit } from "./bits.ts";
import type { ColumnCells } from "./column-store.ts";
import { type Cell, type Clearance, type Column, idColumn } from "./columns.ts";
import { lowerBound } from "./dictionary.ts";
import { type Judged, judgePath, type Objection, onlyTextOf, passes } from "./filter.ts";
import { type FleetTable, idOf } from "./fleet-table.ts";

/** One thing to sort by. */
export interface SortKey {
  readonly column: Column;
  readonly descending: boolean;
}

/** How many columns one may sort by. */
const sortLimit = 3;

/** Where a page ended. */
export interface PageEnd {
  /** The last row's cells under the sort keys. */
  readonly cells: readonly Cell[];
  readonly id: string;
}

/** What is asked. */
export interface PageQuery {
  readonly filter: Judged | undefined;
  readonly sort: readonly SortKey[];
  readonly limit: number;
  /** Only what comes after this. */
  readonly after: PageEnd | undefined;
  /** What ages are counted to. */
  readonly now: Instant;
}

/** The rows of the page, and where it ended when more follow. */
export interface Page {
  readonly rows: readonly number[];
  readonly end: PageEnd | undefined;
  /** How many rows pass the filter, on this page and all others. */
  readonly total: number;
}

/** The keys that `-presence.since,id` names: a minus turns the order round. */
export function parseSort(text: string, clearance: Clearance): readonly SortKey[] | Objection {
  const keys: SortKey[] = [];
  let at = 0;
  for (const word of text.split(",")) {
    const descending = word.startsWith("-");
    const column = judgePath({ path: descending ? word.slice(1) : word, at }, clearance);
    if ("kind" in column) return column;
    if (keys.length === sortLimit) {
      return {
        kind: "fault",
        at,
        why: {
          en: `more than ${sortLimit} columns to sort by`,
          fr: `plus de ${sortLimit} colonnes de tri`,
        },
      };
    }
    // The older an age, the earlier the instant it is counted from.
    keys.push({ column, descending: descending !== (column.type === "age") });
    at += word.length + 1;
  }
  return keys;
}

/** The page that `query` asks of a table. */
export function pageOf(table: FleetTable, query: PageQuery): Page {
  const bits = rowsOf(table, query);
  const total = countBits(bits);
  const [first] = query.sort;
  const byId = first === undefined || (first.column === idColumn && !first.descending);
  // To walk passes by so many rows for each match, to gather takes every match and costs more for each.
  const isDense = total * total * gatherCost > query.limit * table.size();
  const found = byId && isDense ? walkById(table, query, bits) : selectSorted(table, query, bits);
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  if (found.length <= query.limit || last === undefined) return { rows, end: undefined, total };
  const cells = query.sort.map(({ column }) => table.get(last, column));
  return { rows, end: { cells, id: idOf(table, last) }, total };
}

/** How many rows are passed by in the time in which one is gathered (measured). */
const gatherCost = 16;

/** The rows that pass. A filter that names one serial asks nothing of any other row, and is not worth remembering. */
function rowsOf(table: FleetTable, { filter, now }: PageQuery): Bits {
  const only = filter === undefined ? undefined : onlyTextOf(filter, idColumn);
  if (filter === undefined || only === undefined) return table.matching(filter, now);
  const row = table.row(only);
  if (row === undefined || !passes(filter, (column) => table.get(row, column), now))
    return createBits(0);
  return singleBit(row);
}

/** The cursor for what follows `end`; it serves the same filter and sort only, which `question` names. */
export function writeCursor(end: PageEnd, question: string): string {
  const text = JSON.stringify([fnv1a32(question), end.id, ...end.cells]);
  return Buffer.from(text).toString("base64url");
}

/** Where the cursor stands, or undefined when it was not given for this question. */
export function readCursor(
  cursor: string,
  question: string,
  sort: readonly SortKey[],
): PageEnd | undefined {
  const parsed = parseJson(Buffer.from(cursor, "base64url").toString());
  if (!Array.isArray(parsed) || parsed.length !== 2 + sort.length) return undefined;
  const [asked, id, ...cells]: unknown[] = parsed;
  if (asked !== fnv1a32(question) || typeof id !== "string" || !cells.every(isCell))
    return undefined;
  return { id, cells };
}

/** At most `limit + 1` matching rows, walking from the cursor on. */
function walkById(table: FleetTable, { limit, after }: PageQuery, bits: Bits): number[] {
  const rows = table.rowsById();
  const { ordinal, ordinalOf } = table.cells(idColumn);
  const from = after === undefined ? -1 : ordinalOf(after.id);
  const found: number[] = [];
  let at = lowerBound(rows.length, (place) => ordinal(rows[place] ?? 0) <= from);
  for (; at < rows.length && found.length <= limit; at++) {
    const row = rows[at] ?? 0;
    if (hasBit(bits, row)) found.push(row);
  }
  return found;
}

/** The `limit + 1` rows that come first after the cursor: one pass with a heap that holds the best so far. */
function selectSorted(table: FleetTable, { sort, limit, after }: PageQuery, bits: Bits): number[] {
  const order = comparatorOf(table, sort);
  const isAfter = after === undefined ? undefined : afterTest(table, sort, after);
  const [{ ordinal, sign }] = ordinals(table, sort);
  const heap: number[] = [];
  /** The first ordinal of the worst row held, once the heap is full: most rows fail on it alone. */
  let bound: number | undefined;
  eachRow(bits, (row) => {
    if (bound !== undefined && compareOrdinals(ordinal(row), bound, sign) > 0) return;
    if (isAfter !== undefined && !isAfter(row)) return;
    if (heap.length <= limit) pushWorst(heap, row, order);
    else if (order(row, heap[0] ?? row) < 0) replaceWorst(heap, row, order);
    if (heap.length > limit) bound = ordinal(heap[0] ?? row);
  });
  return heap.toSorted(order);
}

type RowOrder = (a: number, b: number) => number;

function comparatorOf(table: FleetTable, sort: readonly SortKey[]): RowOrder {
  const keys = ordinals(table, sort);
  return (a, b) => {
    for (const { ordinal, sign } of keys) {
      const order = compareOrdinals(ordinal(a), ordinal(b), sign);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function afterTest(
  table: FleetTable,
  sort: readonly SortKey[],
  end: PageEnd,
): (row: number) => boolean {
  const keys = ordinals(table, sort);
  const cells = [...end.cells, end.id];
  const bounds = keys.map(({ cells: held }, at) => held.ordinalOf(cells[at] ?? null));
  return (row) => {
    for (const [at, { ordinal, sign }] of keys.entries()) {
      const order = compareOrdinals(ordinal(row), bounds[at] ?? Number.NaN, sign);
      if (order !== 0) return order > 0;
    }
    return false;
  };
}

interface Ordinals {
  readonly cells: ColumnCells;
  readonly ordinal: (row: number) => number;
  readonly sign: number;
}

/** What rows are compared by, one after the other; serials last. */
function ordinals(table: FleetTable, sort: readonly SortKey[]): [Ordinals, ...Ordinals[]] {
  const of = ({ column, descending }: SortKey): Ordinals => {
    const cells = table.cells(column);
    return { cells, ordinal: cells.ordinal, sign: descending ? -1 : 1 };
  };
  const last = of({ column: idColumn, descending: false });
  const [first, ...others] = sort.map(of);
  return first === undefined ? [last] : [first, ...others, last];
}

function compareOrdinals(a: number, b: number, sign: number): number {
  if (a === b) return 0;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : (a - b) * sign;
}

/** Adds a row to a heap whose first is the one that comes last. */
function pushWorst(heap: number[], row: number, order: RowOrder): void {
  let at = heap.push(row) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (order(heap[parent] ?? row, row) >= 0) break;
    heap[at] = heap[parent] ?? row;
    at = parent;
  }
  heap[at] = row;
}

function replaceWorst(heap: number[], row: number, order: RowOrder): void {
  assert(heap.length > 0, "a heap that is replaced in holds something");
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const [left = row, right] = [heap[child], heap[child + 1]];
    if (right !== undefined && order(right, left) > 0) child++;
    const worse = heap[child] ?? row;
    if (order(worse, row) <= 0) break;
    heap[at] = worse;
    at = child;
  }
  heap[at] = row;
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === "string" || typeof value === "number";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
