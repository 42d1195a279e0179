/**
 * The leaves of a twin that lists may show, filter, sort and group by.
 *
 * Declared ones have a column each. Names that people or devices make up (tags, desired leaves) share a column of bags
 * and are told from it. Everything else of a twin is in its document only. `clinical` columns exist for nobody without a
 * clinical right: they are neither shown nor named in an answer.
 * @source DESIGN twins (search, least privilege)
 */
import { assert } from "#platform/assert.ts";
import { metrics } from "#wire/metrics.ts";

import { textIn, unpackBag } from "./bag.ts";
import { type WishState, wishStates } from "./document.ts";

/**
 * How cells of a column are kept and compared: a version as a version, `1.10` after `1.9`; an age by the instant it is
 * counted from; a bag not at all.
 */
export type ColumnType = "text" | "version" | "number" | "instant" | "age" | "flag" | "bag";

/** What someone may know of a twin: `technical` leaves only, or `clinical` ones as well. */
export type Clearance = "technical" | "clinical";

/** What a cell holds: flags are 0 and 1, instants milliseconds; null when the twin has no such leaf. */
export type Cell = string | number | null;

/** One column, or one thing that is told from a column. */
export interface Column {
  /** The place among {@link columns} of what holds its cells. */
  readonly at: number;
  /** As filters write it: `power.battery`. */
  readonly name: string;
  readonly type: ColumnType;
  readonly clearance: Clearance;
  /** How its cell is told from that of the column at `at`; absent when they are the same. */
  readonly told?: (cell: Cell) => Cell;
}

/** When a device that is being heard right now was last seen: later than any instant. */
export const now = Number.MAX_SAFE_INTEGER;

const technical = {
  id: "text",
  kind: "text",
  box: "text",
  assignment: "text",
  "identity.status": "text",
  "identity.calibrationDue": "instant",
  rev: "number",
  createdAt: "instant",
  modifiedAt: "instant",
  "presence.state": "text",
  "presence.cause": "text",
  "presence.since": "instant",
  "presence.heardAt": "instant",
  lastSeen: "instant",
  readingAt: "instant",
  "firmware.version": "version",
  "power.battery": "number",
  "power.charging": "flag",
  "power.source": "text",
  "radio.link": "text",
  "wear.worn": "flag",
  "buffer.depth": "number",
  "config.profile": "text",
  "desired.firmware.version": "version",
  "desired.config.profile": "text",
  tags: "bag",
  sync: "bag",
} as const satisfies Readonly<Record<string, ColumnType>>;

/** Every column that keeps cells, `id` first. */
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
].map((column, at) => ({ ...column, at }));

const byName = new Map(columns.map((column) => [column.name, column]));

/** Short names, and those of the document. */
const aliases: Readonly<Record<string, string>> = {
  serial: "id",
  "links.box": "box",
  "links.assignment": "assignment",
  status: "identity.status",
  calibrationDue: "identity.calibrationDue",
  state: "presence.state",
  cause: "presence.cause",
  battery: "power.battery",
  firmware: "firmware.version",
  sync: "sync.state",
  lot: "tags.lot",
  model: "tags.model",
};

/** The column called `name`, which must exist. */
export function declared(name: keyof typeof technical): Column {
  const column = byName.get(name);
  assert(column !== undefined, `${name} is a column`);
  return column;
}

/** The column of serials. */
export const idColumn: Column = declared("id");

const tags = declared("tags");
const sync = declared("sync");

/** The gravest state among the desired leaves of a twin. */
export const stateOfSync: Column = { ...sync, name: "sync.state", type: "text", told: gravest };

/** What is told from a column whatever is in it. */
const made = new Map<string, Column>(
  [
    { ...declared("readingAt"), name: "freshness", type: "age" as const },
    stateOfSync,
    ...wishStates.map((state) => ({
      ...sync,
      name: `sync.${state}`,
      type: "number" as const,
      told: counted(state),
    })),
  ].map((column) => [column.name, column]),
);

/** The column called `name`, or undefined when none is. */
export function columnNamed(name: string): Column | undefined {
  const full = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  return made.get(full) ?? inBag(full) ?? byName.get(full);
}

/** Columns that someone of this clearance may see. */
export function columnsFor(clearance: Clearance): readonly Column[] {
  if (clearance === "clinical") return columns;
  return columns.filter((column) => column.clearance === "technical");
}

/** `tags.zone` is `zone` in the bag of tags, `sync.config.profile` is `config/profile` in that of desired leaves. */
function inBag(name: string): Column | undefined {
  if (/^tags\.[\w-]{1,64}$/.test(name)) return named(tags, name, name.slice("tags.".length));
  if (!/^sync\.[a-z]+(?:\.[\w-]{1,64}){1,8}$/.test(name)) return undefined;
  return named(sync, name, name.slice("sync.".length).replaceAll(".", "/"));
}

/** Labels are compared as versions are: 10 comes after 9. */
function named(bag: Column, name: string, key: string): Column {
  const type = bag === tags ? "version" : "text";
  return { ...bag, name, type, told: (cell) => textIn(cell, key) };
}

/** What needs a person most comes first. */
const gravity: readonly WishState[] = ["rejected", "expired", "pending", "delivered", "applied"];

function gravest(cell: Cell): Cell {
  const states = new Set<string>(Object.values(unpackBag(cell)));
  return gravity.find((state) => states.has(state)) ?? null;
}

function counted(state: WishState): (cell: Cell) => Cell {
  return (cell) => Object.values(unpackBag(cell)).filter((each) => each === state).length;
}
