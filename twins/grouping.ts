/**
 * Rows by what some columns hold together: a tree of maps, one level a column.
 */
import type { Cell, Column } from "./columns.ts";
import type { FleetTable } from "./fleet-table.ts";

/** Groups in the order in which their first rows came. */
export interface Grouping {
  /** The group of a row, which may be a new one; undefined when that would be one too many. */
  readonly of: (row: number) => number | undefined;
  /** What the rows of each group hold in the columns. */
  readonly keys: readonly (readonly Cell[])[];
}

interface Branch {
  readonly by: Map<Cell, Branch>;
  readonly cells: readonly Cell[];
  /** At the end of the tree: which group it is. */
  readonly group: number | undefined;
}

/** Groups by these columns, `most` at most. */
export function createGrouping(
  table: FleetTable,
  columns: readonly Column[],
  most = Number.POSITIVE_INFINITY,
): Grouping {
  const keys: (readonly Cell[])[] = [];
  const read = columns.map((column) => table.cells(column).get);
  const grow = (cells: readonly Cell[]): Branch => {
    const group = cells.length === columns.length ? keys.push(cells) - 1 : undefined;
    return { by: new Map(), cells, group };
  };
  const root = grow([]);
  return {
    keys,
    of(row) {
      let branch = root;
      for (const get of read) {
        const cell = get(row);
        let next = branch.by.get(cell);
        if (next === undefined) {
          if (keys.length >= most) return undefined;
          next = grow([...branch.cells, cell]);
          branch.by.set(cell, next);
        }
        branch = next;
      }
      return branch.group;
    },
  };
}
