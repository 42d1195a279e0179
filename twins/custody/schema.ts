/**
 * Custody's tables, in the registry's database: for whom a device was, whether it was fit, and when it was last checked.
 *
 * As in the registry nothing is deleted and spans hold from `since` (included) to `until` (excluded; null: still). Which
 * box a device hung on stands in the registry's own links.
 */
import { sql } from "drizzle-orm";
import {
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

import { devices } from "#twins/schema.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { DeviceStatus } from "./status.ts";

const device = () =>
  text("device")
    .$type<Serial>()
    .notNull()
    .references(() => devices.serial);
const span = () => ({
  since: integer("since").$type<Instant>().notNull(),
  until: integer("until").$type<Instant>(),
  /** `u:<subject of a token>`, or `vigie`. */
  by: text("by").notNull(),
  why: text("why"),
});

/** For whom a device was, by pseudonym; null once that pseudonym was erased. */
export const assignments = sqliteTable(
  "assignment",
  { device: device(), assignment: text("assignment"), ...span() },
  (row) => [
    primaryKey({ columns: [row.device, row.since] }),
    uniqueIndex("assignment_open")
      .on(row.device)
      .where(sql`until IS NULL`),
    index("assignment_name").on(row.assignment, row.since),
    check("assignment_span", sql`until > since`),
  ],
);

/** Whether a device was in use, in stock, broken or retired (MD-36). */
export const statuses = sqliteTable(
  "device_status",
  { device: device(), status: text("status").$type<DeviceStatus>().notNull(), ...span() },
  (row) => [
    primaryKey({ columns: [row.device, row.since] }),
    uniqueIndex("device_status_open")
      .on(row.device)
      .where(sql`until IS NULL`),
    check("device_status_span", sql`until > since`),
  ],
);

/** Until when a device may be trusted: the open one counts, and is overdue from `due` on (MD-39). */
export const calibrations = sqliteTable(
  "calibration",
  { device: device(), due: integer("due").$type<Instant>().notNull(), ...span() },
  (row) => [
    primaryKey({ columns: [row.device, row.since] }),
    uniqueIndex("calibration_open")
      .on(row.device)
      .where(sql`until IS NULL`),
    index("calibration_due")
      .on(row.due)
      .where(sql`until IS NULL`),
    check("calibration_span", sql`until > since`),
  ],
);
