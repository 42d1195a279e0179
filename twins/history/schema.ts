/**
 * The history's tables. Records are only ever appended; retention alone replaces and removes some (retention.ts).
 *
 * A record names the one before it, so that appending touches the end of one table and the twin's row, however many
 * twins there are: no index grows with the records. `bunx --bun drizzle-kit generate --dialect sqlite --schema
 * ./twins/history/schema.ts --out ./twins/history/migrations --name what-it-does` writes the next migration.
 */
import { blob, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { LeafClass } from "./policy.ts";

/** Every twin that has a history, and the end of its chain. */
export const chains = sqliteTable("chain", {
  no: integer("no").primaryKey(),
  serial: text("serial").$type<Serial>().notNull().unique(),
  tenant: text("tenant").$type<Tenant>().notNull(),
  /** Its last record. */
  head: integer("head").notNull(),
  rev: integer("rev").notNull(),
  hash: blob("hash", { mode: "buffer" }).notNull(),
  /** Records since the last that tells the whole twin. */
  partial: integer("partial").notNull(),
  /** Entries of the change stream up to this one are in the last record that was read off the twin itself. */
  seenTo: text("seen_to"),
});

/** The records of all twins, in the order in which they were made. */
export const records = sqliteTable("record", {
  id: integer("id").primaryKey(),
  chain: integer("chain").notNull(),
  /** The record before it; null for the first. */
  before: integer("before"),
  hash: blob("hash", { mode: "buffer" }).notNull(),
  /** Canonical text (record.ts). */
  text: text("text").notNull(),
  /** Of a record that retention left in the place of others: the seal of its text. */
  seal: blob("seal", { mode: "buffer" }),
});

/** Up to where each change stream is in the records; written with them. */
export const positions = sqliteTable("position", {
  partition: integer("partition").primaryKey(),
  id: text("id").notNull(),
});

/** Changes that were trimmed away before they were recorded. */
export const gaps = sqliteTable("gap", {
  no: integer("no").primaryKey(),
  partition: integer("partition").notNull(),
  since: integer("since").$type<Instant>().notNull(),
  until: integer("until").$type<Instant>().notNull(),
  /** Twins of which changes may be missing. */
  twins: integer("twins").notNull(),
});

/** All twins of some partitions at about one moment, so that nobody who asks for a later one need begin at the first record. */
export const frames = sqliteTable("frame", {
  no: integer("no").primaryKey(),
  /** JSON list. */
  partitions: text("partitions", { mode: "json" }).$type<readonly number[]>().notNull(),
  /** Records up to this one are in it. */
  upTo: integer("up_to").notNull(),
  /** Nothing of these partitions that happened until then is recorded after `upTo`. */
  since: integer("since").$type<Instant>().notNull(),
  /** It holds nothing that happened later; null while it is being made. */
  until: integer("until").$type<Instant>(),
});

/** The twins of a frame, some a page. */
export const framePages = sqliteTable(
  "frame_page",
  {
    frame: integer("frame").notNull(),
    page: integer("page").notNull(),
    /** Lines, compressed (frames.ts). */
    lines: blob("lines", { mode: "buffer" }).notNull(),
  },
  (page) => [primaryKey({ columns: [page.frame, page.page] })],
);

/** How far retention has come, class by class. */
export const trimmings = sqliteTable("trimming", {
  class: text("class").$type<LeafClass>().primaryKey(),
  /** Records up to this one have been looked at. */
  upTo: integer("up_to").notNull(),
  /** Records taken out so far. */
  removed: integer("removed").notNull(),
});
