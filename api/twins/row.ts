/**
 * A twin in a list, read off the columns: the JSON text of `TwinRow`.
 *
 * Written straight as text: half of what a page costs would otherwise be objects that live for a microsecond.
 */
import { type Cell, type Clearance, type Column, columnNamed, columnsFor } from "#twins/columns.ts";
import type { FleetTable } from "#twins/fleet-table.ts";

/** The row: vital signs for a clinical clearance only, and only those that are known. */
export function rowText(table: FleetTable, row: number, clearance: Clearance): string {
  let text = "";
  for (const piece of pieces) {
    text += typeof piece === "string" ? piece : cellText(piece, table.get(row, piece));
  }
  return clearance === "clinical" ? `${text},"vitals":{${vitalsText(table, row)}}}` : `${text}}`;
}

/** An object that is not yet written: names and columns or further objects. */
type Layout = Map<string, Column | Layout>;

/** When a device that is being heard was last seen is now, which no row can say. */
const unsaid: ReadonlySet<string> = new Set(["lastSeen", "sync"]);

/** The text of a row up to its end, cut where cells stand. */
const pieces: readonly (string | Column)[] = layoutPieces();

const vitals = columnsFor("clinical")
  .filter(({ clearance }) => clearance === "clinical")
  .map((column) => ({ column, before: `"${column.name.slice("vitals.".length)}":` }));

function vitalsText(table: FleetTable, row: number): string {
  return vitals
    .flatMap(({ column, before }) => {
      const cell = table.get(row, column);
      return cell === null ? [] : `${before}${cell}`;
    })
    .join(",");
}

function layoutPieces(): (string | Column)[] {
  const layout: Layout = new Map();
  for (const column of columnsFor("technical")) {
    if (!unsaid.has(column.name)) place(layout, column.name.split("."), column);
  }
  const [states, bag] = [columnNamed("sync.state"), columnNamed("sync")];
  const leaves = columnsFor("technical").find(({ name }) => name === "sync");
  if (states !== undefined) place(layout, ["sync", "state"], states);
  if (leaves !== undefined && bag !== undefined) place(layout, ["sync", "leaves"], leaves);
  return write(layout);
}

function place(layout: Layout, [name = "", ...rest]: readonly string[], column: Column): void {
  if (rest.length === 0) {
    layout.set(name, column);
    return;
  }
  const known = layout.get(name);
  const inner: Layout = known instanceof Map ? known : new Map();
  layout.set(name, inner);
  place(inner, rest, column);
}

/** The object without its last brace. */
function write(layout: Layout): (string | Column)[] {
  let before = "{";
  return [...layout].flatMap(([name, value]) => {
    const start = `${before}"${name}":`;
    before = ",";
    return value instanceof Map ? [start, ...write(value), "}"] : [start, value];
  });
}

function cellText({ type }: Column, cell: Cell): string {
  if (type === "bag") return typeof cell === "string" ? cell : "{}";
  if (cell === null) return "null";
  if (type === "flag") return cell === 1 ? "true" : "false";
  return typeof cell === "string" ? JSON.stringify(cell) : String(cell);
}
