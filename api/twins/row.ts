/**
 * A twin in a list, read off the columns: the shape of `TwinRow`.
 */
import { type Cell, type Clearance, type Column, columnsFor } from "#twins/columns.ts";
import type { FleetTable } from "#twins/fleet-table.ts";

type Shown = Cell | boolean;

/** A row as it goes into an answer. */
export type RowView = Readonly<Record<string, Shown | Readonly<Record<string, Shown>>>>;

/** The row: vital signs for a clinical clearance only, and only those that are known. */
export function viewRow(table: FleetTable, row: number, clearance: Clearance): RowView {
  const view: Record<string, Shown> = {};
  const groups: Record<string, Record<string, Shown>> = {};
  for (const { column, group, name } of layouts[clearance]) {
    const target = group === undefined ? view : (groups[group] ??= {});
    const cell = table.get(row, column);
    if (cell !== null || column.clearance === "technical") target[name] = shown(column, cell);
  }
  return { ...view, ...groups };
}

/** Where each column stands in the row: `power.battery` is `battery` in the group `power`. */
const layouts = { technical: layoutFor("technical"), clinical: layoutFor("clinical") } as const;

function layoutFor(clearance: Clearance): readonly {
  readonly column: Column;
  readonly group: string | undefined;
  readonly name: string;
}[] {
  return columnsFor(clearance).map((column) => {
    const [first = "", second] = column.name.split(".", 2);
    return second === undefined
      ? { column, group: undefined, name: first }
      : { column, group: first, name: second };
  });
}

function shown(column: Column, cell: Cell): Shown {
  return column.type === "flag" && cell !== null ? cell === 1 : cell;
}
