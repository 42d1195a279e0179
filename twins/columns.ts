/**
 * The leaves of a twin that lists may show, filter and sort by: one declared column each.
 *
 * Everything else of a twin is in its document only. `clinical` columns exist for nobody without a clinical right: they
 * are neither shown nor named in an answer.
 * @source DESIGN twins (search, least privilege)
 */
import { assert } from "#platform/assert.ts";
import { type Json, partNames } from "#wire/messages.ts";
import { metrics } from "#wire/metrics.ts";

import type { Twin } from "./document.ts";

/** How cells of a column are kept and compared: a version as a version, `1.10` after `1.9`. */
export type ColumnType = "text" | "version" | "number" | "instant" | "flag";

/** What someone may know of a twin: `technical` leaves only, or `clinical` ones as well. */
export type Clearance = "technical" | "clinical";

/** One column. */
export interface Column {
  /** Its place among {@link columns}. */
  readonly at: number;
  /** As filters write it: `power.battery`. */
  readonly name: string;
  /** As changes write it: `power/battery`. */
  readonly leaf: string;
  readonly type: ColumnType;
  readonly clearance: Clearance;
}

/** What a cell holds: flags are 0 and 1, instants milliseconds; null when the twin has no such leaf. */
export type Cell = string | number | null;

const technical: Readonly<Record<string, ColumnType>> = {
  id: "text",
  kind: "text",
  box: "text",
  rev: "number",
  createdAt: "instant",
  modifiedAt: "instant",
  "presence.state": "text",
  "presence.cause": "text",
  "presence.since": "instant",
  "presence.heardAt": "instant",
  "firmware.version": "version",
  "power.battery": "number",
  "power.charging": "flag",
  "power.source": "text",
  "radio.link": "text",
  "wear.worn": "flag",
  "buffer.depth": "number",
};

/** Every column, `id` first. */
export const columns: readonly Column[] = [
  ...Object.entries(technical).map(([name, type]) => ({
    name,
    type,
    clearance: "technical" as const,
  })),
  ...Object.keys(metrics).map((metric) => ({
    name: `vitals.${metric}`,
    type: "number" as const,
    clearance: "clinical" as const,
  })),
].map((column, at) => ({ ...column, at, leaf: leafOf(column.name) }));

const byName = new Map(columns.map((column) => [column.name, column]));
const byLeaf = new Map(columns.map((column) => [column.leaf, column]));

/** The column called `name`, or undefined when none is. */
export function columnNamed(name: string): Column | undefined {
  return byName.get(name);
}

/** The column of serials. */
export const idColumn: Column = declared("id");

/** The column called `name`, which must exist. */
export function declared(name: string): Column {
  const column = columnNamed(name);
  assert(column !== undefined, `${name} is a column`);
  return column;
}

/** The column that shows this leaf, or undefined when none does. */
export function columnOfLeaf(leaf: string): Column | undefined {
  return byLeaf.get(leaf);
}

/** Columns that someone of this clearance may see. */
export function columnsFor(clearance: Clearance): readonly Column[] {
  if (clearance === "clinical") return columns;
  return columns.filter((column) => column.clearance === "technical");
}

/** The cell that shows this value; null when the value is not of the column's type. */
export function cellOf(column: Column, value: Json | undefined): Cell {
  if (column.type === "text" || column.type === "version") {
    return typeof value === "string" ? value : null;
  }
  if (column.type === "flag") return typeof value === "boolean" ? Number(value) : null;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The cells of a twin, in the order of {@link columns}. */
export function cellsOf(twin: Twin): Cell[] {
  const own: Readonly<Record<string, Json>> = {
    id: twin.id,
    kind: twin.kind,
    "links/box": twin.links.box,
    rev: twin.rev,
    createdAt: twin.createdAt,
    modifiedAt: twin.modifiedAt,
    "presence/state": twin.presence.state,
    "presence/cause": twin.presence.cause,
    "presence/since": twin.presence.since,
    "presence/heardAt": twin.presence.heardAt,
  };
  return columns.map((column) => cellOf(column, own[column.leaf] ?? reported(twin, column.leaf)));
}

function reported(twin: Twin, leaf: string): Json | undefined {
  const [part, name] = leaf.split("/");
  const known = partNames.find((each) => each === part);
  return known === undefined || name === undefined ? undefined : twin.parts[known]?.reported[name];
}

function leafOf(name: string): string {
  return name === "box" ? "links/box" : name.replace(".", "/");
}
