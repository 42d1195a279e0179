/**
 * Which twins were not at one time what they were at another, and in which declared leaves.
 */
import { unpackBag } from "#twins/bag.ts";
import { hasBit } from "#twins/bits.ts";
import { type Cell, type Column, columns } from "#twins/columns.ts";
import type { Judged } from "#twins/filter.ts";
import { type FleetTable, idOf } from "#twins/fleet-table.ts";
import { compareTexts } from "#twins/version-order.ts";
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

/** One side of a comparison. */
export interface Side {
  readonly table: FleetTable;
  readonly at: Instant;
}

/** What is asked. */
export interface DiffQuery {
  readonly from: Side;
  readonly to: Side;
  /** A twin is compared when it passes at either time. */
  readonly filter: Judged | undefined;
  readonly columns: readonly Column[];
  readonly limit: number;
  /** Only serials after this one. */
  readonly after: string | undefined;
}

/** A twin that differs. */
export interface TwinDiff {
  readonly id: string;
  /** Whether it was there at both times, or only at one. */
  readonly kind: "changed" | "created" | "retired";
  /** Both values, by the name of the leaf; null where there was none. */
  readonly leaves: Readonly<Record<string, { readonly from: Json; readonly to: Json }>>;
}

/** A page of them, by serial; `end` names the last one looked at when more may follow. */
export interface DiffPage {
  readonly items: readonly TwinDiff[];
  readonly end: string | undefined;
}

/** Twins compared for one page: some 50 ms. */
const comparedMax = 20_000;

/** Columns that are compared unless others are asked for: what only counts or dates a change is left out. */
export const comparedColumns: readonly Column[] = columns.filter(
  ({ name, clearance }) =>
    clearance === "technical" &&
    !["id", "kind", "rev", "createdAt", "modifiedAt", "presence.since"].includes(name),
);

/** The page that a query asks for. */
export function diffOf(query: DiffQuery): DiffPage {
  const { from, to, filter, limit, after = "" } = query;
  const [before, now] = [from, to].map(({ table, at }) => table.matching(filter, at).slice());
  const items: TwinDiff[] = [];
  let compared = 0;
  let last: string | undefined;
  for (const id of serialsOf(from.table, to.table)) {
    if (compareTexts(id, after) <= 0) continue;
    if (items.length === limit || compared === comparedMax) return { items, end: last };
    last = id;
    compared += 1;
    const rows = [from.table.row(id), to.table.row(id)] as const;
    const passes = isIn(before, rows[0]) || isIn(now, rows[1]);
    const diff = passes ? diffAt(query, id, rows) : undefined;
    if (diff !== undefined) items.push(diff);
  }
  return { items, end: undefined };
}

function isIn(bits: Parameters<typeof hasBit>[0] | undefined, row: number | undefined): boolean {
  return bits !== undefined && row !== undefined && hasBit(bits, row);
}

type Rows = readonly [from: number | undefined, to: number | undefined];

function diffAt(
  { from, to, columns: asked }: DiffQuery,
  id: string,
  rows: Rows,
): TwinDiff | undefined {
  const [was, is] = rows;
  const kind = was === undefined ? "created" : is === undefined ? "retired" : "changed";
  const leaves: Record<string, { from: Json; to: Json }> = {};
  for (const column of asked) {
    const a = was === undefined ? null : from.table.cells(column).get(was);
    const b = is === undefined ? null : to.table.cells(column).get(is);
    if (a !== b) leaves[column.name] = { from: shown(column, a), to: shown(column, b) };
  }
  return kind === "changed" && Object.keys(leaves).length === 0 ? undefined : { id, kind, leaves };
}

function shown({ type }: Column, cell: Cell): Json {
  if (type === "bag") return unpackBag(cell);
  return type === "flag" && cell !== null ? cell === 1 : cell;
}

/** The serials of both tables in order, each once. */
function* serialsOf(a: FleetTable, b: FleetTable): Iterable<string> {
  const [left, right] = [a, b].map((table) => table.rowsById().map((row) => idOf(table, row)));
  let [i, j] = [0, 0];
  for (;;) {
    const [one, other] = [left?.[i], right?.[j]];
    const order = one === undefined ? 1 : other === undefined ? -1 : compareTexts(one, other);
    const id = order <= 0 ? one : other;
    if (id === undefined) return;
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    yield id;
  }
}
