/**
 * Server-sent events about twins, as text.
 *
 * Every frame has an id: the positions from which a reader who has seen it misses nothing. A heartbeat is a comment with
 * an id and no data, which browsers remember without raising an event, so that a reader whose filter nothing passes still
 * comes back close to now.
 */
import type { Clearance } from "#twins/columns.ts";
import type { Change, ChangedLeaf } from "#twins/document.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
import { type Positions, writePositions } from "#twins/positions.ts";

import type { GapFrame, ReadyFrame } from "./contract.ts";
import { type RowView, viewRow } from "./row.ts";

/** Names of the events. */
export type FrameName = "ready" | "change" | "gap" | "snapshot";

/** How long a browser waits before it comes back. */
export const opening = "retry: 2000\n\n";

/** One event. */
export function frame(name: FrameName, data: string, positions: Positions): string {
  return `id: ${writePositions(positions)}\nevent: ${name}\ndata: ${data}\n\n`;
}

/** What keeps the connection, and the reader's position, alive. */
export function heartbeat(positions: Positions): string {
  return `: heartbeat\nid: ${writePositions(positions)}\n\n`;
}

/** Leaves of a change that someone of this clearance may see. */
export function leavesFor(change: Change, clearance: Clearance): readonly ChangedLeaf[] {
  if (clearance === "clinical") return change.changed;
  return change.changed.filter(({ path }) => path !== "vitals" && !path.startsWith("vitals/"));
}

/** Whether a change is any news to someone of this clearance. */
export function isNews(change: Change, clearance: Clearance): boolean {
  return change.kind !== "changed" || leavesFor(change, clearance).length > 0;
}

/** The data of a `change` frame: the twin's row as it is now, or that it left. */
export function changeData(
  { change, passes, count }: { change: Change; passes: boolean; count: number },
  table: FleetTable,
  clearance: Clearance,
): string {
  const { id, rev, at, kind } = change;
  const row = passes ? table.row(id) : undefined;
  return JSON.stringify({
    id,
    rev,
    at,
    kind,
    changed: leavesFor(change, clearance),
    coalesced: count > 1 ? count : undefined,
    left: row === undefined ? true : undefined,
    twin: row === undefined ? undefined : viewRow(table, row, clearance),
  });
}

/** The data of the other frames. */
export function readyData(ready: ReadyFrame): string {
  return JSON.stringify(ready);
}

/** Why changes cannot be told. */
export function gapData(gap: GapFrame): string {
  return JSON.stringify(gap);
}

/** Some rows of the snapshot that follows a gap. */
export function snapshotData(snapshot: {
  readonly items: readonly RowView[];
  readonly first: boolean;
  readonly last: boolean;
}): string {
  return JSON.stringify(snapshot);
}
