/**
 * What a reader of changes is told, frame by frame, as server-sent events or as messages of a WebSocket.
 *
 * Every frame has an id: the positions from which a reader who has seen it misses nothing. A heartbeat renews it, so
 * that a reader whose filter nothing passes still comes back close to now.
 */
import type { Sighting } from "#twins/circles.ts";
import type { Clearance } from "#twins/columns.ts";
import type { Change, ChangedLeaf } from "#twins/document.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
import { isTechnical } from "#twins/model.ts";
import { type Positions, readPositions, writePositions } from "#twins/positions.ts";

import type { GapFrame, ReadyFrame } from "./contract.ts";
import { rowText } from "./row.ts";

/** Names of the frames; a group calls `update` what all twins together call `change`. */
export type FrameName =
  "ready" | "enter" | "change" | "update" | "leave" | "gap" | "snapshot" | "ended";

/** How frames become text. */
export interface Format {
  readonly name: string;
  /** What comes before the first frame. */
  readonly opening: string;
  readonly frame: (name: FrameName, data: string, id: string) => string;
  readonly heartbeat: (id: string) => string;
}

/** Server-sent events. A heartbeat has no data: browsers take its id and raise no event. */
export const events: Format = {
  name: "events",
  // How long a browser waits before it comes back.
  opening: "retry: 2000\n\n",
  frame: (name, data, id) => `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`,
  heartbeat: (id) => `: heartbeat\nid: ${id}\n\n`,
};

/** One JSON object a message. */
export const messages: Format = {
  name: "messages",
  opening: "",
  frame: (name, data, id) => `{"event":"${name}","id":"${id}","data":${data}}`,
  heartbeat: (id) => `{"event":"heartbeat","id":"${id}"}`,
};

/** Where a reader stands: after which changes, and, in a group, under which edition of its filter. */
export interface Standing {
  readonly edition: number;
  readonly positions: Positions;
}

/** The id of a frame. */
export function writeStanding({ edition, positions }: Standing): string {
  const text = writePositions(positions);
  return edition === 0 ? text : `${edition}.${text}`;
}

/** Where the reader of the frame with that id stands, or undefined when we gave no such id. */
export function readStanding(id: string, partitions: number): Standing | undefined {
  const [, edition = "0", text = ""] = /^(?:(\d{1,15})\.)?([\w-]+)$/.exec(id) ?? [];
  const positions = readPositions(text, partitions);
  return positions && { edition: Number(edition), positions };
}

/** Leaves of a change that someone of this clearance may see. */
export function leavesFor(change: Change, clearance: Clearance): readonly ChangedLeaf[] {
  if (clearance === "clinical") return change.changed;
  return change.changed.filter(({ path }) => isTechnical(path));
}

/** Whether a change is any news to someone of this clearance: one they see, or that moved the twin in or out. */
export function isNews(
  { change, passed, passes }: Pick<Sighting, "change" | "passed" | "passes">,
  clearance: Clearance,
): boolean {
  return passed !== passes || change.kind !== "changed" || leavesFor(change, clearance).length > 0;
}

/** A change to be told. */
export type Told = Pick<Sighting, "change" | "passed" | "passes">;

/** The name of a change's frame, where `still` names one of a twin that stays. */
export function changeName({ passed, passes }: Told, still: "change" | "update"): FrameName {
  if (!passes) return "leave";
  return passed ? still : "enter";
}

/** The data of a change's frame: what changed, and the twin's row as it is now unless it has left. */
export function changeData(
  { change, passes }: Told,
  count: number,
  { table, clearance }: { readonly table: FleetTable; readonly clearance: Clearance },
): string {
  const { id, rev, at, kind } = change;
  const head = JSON.stringify({
    id,
    rev,
    at,
    kind,
    changed: leavesFor(change, clearance),
    coalesced: count > 1 ? count : undefined,
  });
  const row = passes ? table.row(id) : undefined;
  return row === undefined
    ? head
    : `${head.slice(0, -1)},"twin":${rowText(table, row, clearance)}}`;
}

const frames = new WeakMap<Sighting, Map<string, string>>();

/** What `write` says of a sighting, which is written once for everybody of one audience. */
export function shared(sighting: Sighting, audience: string, write: () => string): string {
  const known = frames.get(sighting) ?? new Map<string, string>();
  frames.set(sighting, known);
  const text = known.get(audience) ?? write();
  known.set(audience, text);
  return text;
}

/** The data of `ready`. */
export function readyData(ready: ReadyFrame): string {
  return JSON.stringify(ready);
}

/** Why changes cannot be told. */
export function gapData(gap: GapFrame): string {
  return JSON.stringify(gap);
}

/** Some rows of a snapshot. */
export function snapshotData(
  rows: readonly string[],
  place: { readonly first: boolean; readonly last: boolean },
): string {
  return `{"items":[${rows.join()}],"first":${place.first},"last":${place.last}}`;
}
