/**
 * The registry's tables. Nothing is ever deleted: what ends gets an end, so that who held what when can be told.
 *
 * Times are milliseconds UTC; a span holds from `since` (included) to `until` (excluded), open while `until` is null.
 * @source DESIGN wire, identity: serial, kind, tenant, box it hangs on, certificate, revoked, all dated
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

import type { BoxSerial, DeviceKind, Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

/** Every device ever enrolled. `version` is the number of the transaction that last touched it or its spans. */
export const devices = sqliteTable(
  "device",
  {
    serial: text("serial").$type<Serial>().primaryKey(),
    kind: text("kind").$type<DeviceKind>().notNull(),
    tenant: text("tenant").$type<Tenant>().notNull(),
    enrolledAt: integer("enrolled_at").$type<Instant>().notNull(),
    revokedAt: integer("revoked_at").$type<Instant>(),
    version: integer("version").notNull(),
  },
  (device) => [index("device_version").on(device.version)],
);

/** Which box a device hung on, and from when to when. */
export const links = sqliteTable(
  "link",
  {
    device: text("device")
      .$type<Serial>()
      .notNull()
      .references(() => devices.serial),
    box: text("box")
      .$type<BoxSerial>()
      .notNull()
      .references(() => devices.serial),
    since: integer("since").$type<Instant>().notNull(),
    until: integer("until").$type<Instant>(),
  },
  (link) => [
    primaryKey({ columns: [link.device, link.since] }),
    uniqueIndex("link_open")
      .on(link.device)
      .where(sql`until IS NULL`),
    check("link_span", sql`until > since`),
  ],
);

/** Which certificate spoke for a box, and from when to when. The last one stays open when its box is revoked. */
export const certificates = sqliteTable(
  "certificate",
  {
    /** SHA-256 of the DER, lower-case hex. */
    fingerprint: text("fingerprint").primaryKey(),
    box: text("box")
      .$type<BoxSerial>()
      .notNull()
      .references(() => devices.serial),
    since: integer("since").$type<Instant>().notNull(),
    until: integer("until").$type<Instant>(),
    expiresAt: integer("expires_at").$type<Instant>().notNull(),
  },
  (certificate) => [
    uniqueIndex("certificate_open")
      .on(certificate.box)
      .where(sql`until IS NULL`),
  ],
);
