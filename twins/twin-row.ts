/**
 * A twin as cells: all of them from its document, or those that a change moves.
 *
 * Both ways give the same cells: the one builds the index, the other keeps it.
 */
import { assert } from "#platform/assert.ts";
import { type Json, type PartName, partNames } from "#wire/messages.ts";

import { bagOf, packBag, repacked } from "./bag.ts";
import { type Cell, type Column, columns, declared, now } from "./columns.ts";
import type { Change, ChangedLeaf, Twin } from "./document.ts";
import { leafAt } from "./leaves.ts";

/** A row that can be written. */
export interface RowWriter {
  readonly get: (column: Column) => Cell;
  readonly set: (column: Column, cell: Cell) => void;
}

const rev = declared("rev");
const modifiedAt = declared("modifiedAt");
const state = declared("presence.state");
const heardAt = declared("presence.heardAt");
const lastSeen = declared("lastSeen");
const readingAt = declared("readingAt");
const bags = { tags: declared("tags"), sync: declared("sync") } as const;

/** The column that shows a leaf, by the path that changes give it. */
const byLeaf = new Map(
  columns.filter(({ type }) => type !== "bag").map((column) => [leafOf(column.name), column]),
);

/** Where each column's leaf stands, in the order of the columns. */
const leaves: readonly Leaf[] = columns.map(placeOf);

/** The cells of a twin, in the order of {@link columns}. */
export function cellsOf(twin: Twin): Cell[] {
  const own: Readonly<Record<string, Cell>> = {
    id: twin.id,
    kind: twin.kind,
    box: twin.links.box,
    assignment: twin.links.assignment,
    "identity.status": textIn(twin.identity["status"]),
    "identity.calibrationDue": numberIn(twin.identity["calibrationDue"]),
    rev: twin.rev,
    createdAt: twin.createdAt,
    modifiedAt: twin.modifiedAt,
    "presence.state": twin.presence.state,
    "presence.cause": twin.presence.cause,
    "presence.since": twin.presence.since,
    "presence.heardAt": twin.presence.heardAt,
    lastSeen: seenAt(twin.presence.state, twin.presence.heardAt),
    readingAt: lastReading(twin),
    tags: packBag(bagOf(Object.entries(twin.tags))),
    sync: packBag(bagOf(wishesOf(twin))),
  };
  return columns.map((column) =>
    Object.hasOwn(own, column.name)
      ? (own[column.name] ?? null)
      : cellOf(column, valueAt(twin, leaves[column.at])),
  );
}

function textIn(value: Json | undefined): Cell {
  return typeof value === "string" ? value : null;
}

function numberIn(value: Json | undefined): Cell {
  return typeof value === "number" ? value : null;
}

/** Brings a row up to a change; a row that knows it already is left as it is. */
export function follow(row: RowWriter, change: Change): void {
  const known = row.get(rev);
  assert(typeof known === "number", "every row has a revision");
  if (change.rev <= known) return;
  row.set(rev, change.rev);
  row.set(modifiedAt, change.at);
  for (const leaf of change.changed) followLeaf(row, leaf);
  row.set(lastSeen, seenAt(row.get(state), row.get(heardAt)));
}

function followLeaf(row: RowWriter, { path, value, t }: ChangedLeaf): void {
  const column = byLeaf.get(path);
  if (column !== undefined) row.set(column, cellOf(column, value));
  else hideAbove(row, path);
  const slash = path.indexOf("/");
  const [head, rest] = [path.slice(0, slash), path.slice(slash + 1)];
  if (head === "tags" || head === "sync") {
    row.set(bags[head], repacked(row.get(bags[head]), rest, value));
  }
  if (head === "vitals") row.set(readingAt, Math.max(Number(row.get(readingAt) ?? 0), t));
}

/** A leaf below a column's place puts an object where its value was. */
function hideAbove(row: RowWriter, path: string): void {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const above = byLeaf.get(path.slice(0, end));
    if (above !== undefined) row.set(above, null);
  }
}

/** The cell that shows this value; null when the value is not of the column's type. */
function cellOf({ type }: Column, value: Json | undefined): Cell {
  if (type === "text" || type === "version") return typeof value === "string" ? value : null;
  if (type === "flag") return typeof value === "boolean" ? Number(value) : null;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** What is being heard is seen now, whenever its state was last told. */
function seenAt(stands: Cell, heard: Cell): Cell {
  return stands === "online" || stands === "returned" ? now : heard;
}

/** When the newest reading was true; null before the first. */
function lastReading({ parts }: Twin): Cell {
  const times = Object.values(parts.vitals?.meta ?? {}).map(({ t }) => t);
  return times.length === 0 ? null : Math.max(...times);
}

function* wishesOf({ parts }: Twin): Iterable<readonly [string, Json]> {
  for (const name of partNames) {
    for (const [path, { state: stands }] of Object.entries(parts[name]?.wishes ?? {})) {
      yield [`${name}/${path}`, stands];
    }
  }
}

/** The value of a leaf that a part reports, or that is desired of it. */
function valueAt(twin: Twin, leaf: Leaf | undefined): Json | undefined {
  const part = leaf?.part && twin.parts[leaf.part];
  if (leaf === undefined || part === undefined) return undefined;
  return leafAt(leaf.isDesired ? part.desired : part.reported, leaf.path);
}

/** Where the document keeps what a column shows; no part for what stands outside of all parts. */
interface Leaf {
  readonly part: PartName | undefined;
  readonly isDesired: boolean;
  readonly path: string;
}

function placeOf({ name }: Column): Leaf {
  const isDesired = name.startsWith("desired.");
  const [head, ...rest] = (isDesired ? name.slice("desired.".length) : name).split(".");
  return { part: partNames.find((known) => known === head), isDesired, path: rest.join("/") };
}

/** As changes write it: `power/battery`, `desired/firmware/version`. */
export function leafOf(name: string): string {
  return name === "box" || name === "assignment" ? `links/${name}` : name.replaceAll(".", "/");
}
