/** Every statement over the registry's tables, prepared once: a prepared one costs a tenth of one built per call. */
import { and, asc, desc, eq, getTableColumns, gt, isNull, sql } from "drizzle-orm";

import type { Tables } from "#platform/database.ts";
import type { BoxSerial, DeviceKind, Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { certificates, devices, links } from "./schema.ts";

/** A device with the link and the certificate that are open. */
export interface DeviceRow {
  readonly serial: Serial;
  readonly kind: DeviceKind;
  readonly tenant: Tenant;
  readonly enrolledAt: Instant;
  readonly revokedAt: Instant | null;
  readonly version: number;
  readonly box: BoxSerial | null;
  readonly fingerprint: string | null;
}

/** From `since` (included) to `until` (excluded; null: still). */
export interface Span {
  readonly since: Instant;
  readonly until: Instant | null;
}

/** What `prepareStatements` gives. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares them on an open database. */
export function prepareStatements(tables: Tables) {
  return {
    ...deviceStatements(tables),
    ...linkStatements(tables),
    ...certificateStatements(tables),
  };
}

const hole = sql.placeholder;
/** `set` takes no bare placeholder. */
const given = (name: string) => sql`${hole(name)}`;

function deviceStatements(tables: Tables) {
  const openLink = and(eq(links.device, devices.serial), isNull(links.until));
  const openCertificate = and(eq(certificates.box, devices.serial), isNull(certificates.until));
  const { box } = links;
  const { fingerprint } = certificates;
  const select = () =>
    tables
      .select({ ...getTableColumns(devices), box, fingerprint })
      .from(devices)
      .leftJoin(links, openLink)
      .leftJoin(certificates, openCertificate);
  const update = (set: { revokedAt?: ReturnType<typeof given> }) =>
    tables
      .update(devices)
      .set({ ...set, version: given("version") })
      .where(eq(devices.serial, hole("serial")));
  return {
    /** The newest version. */
    newest: tables
      .select({ version: devices.version })
      .from(devices)
      .orderBy(desc(devices.version))
      .limit(1)
      .prepare(),
    since: select()
      .where(gt(devices.version, hole("version")))
      .orderBy(asc(devices.version))
      .prepare(),
    device: select()
      .where(eq(devices.serial, hole("serial")))
      .prepare(),
    putDevice: tables
      .insert(devices)
      .values({
        serial: hole("serial"),
        kind: hole("kind"),
        tenant: hole("tenant"),
        enrolledAt: hole("now"),
        version: hole("version"),
      })
      .onConflictDoUpdate({ target: devices.serial, set: { version: sql`excluded.version` } })
      .prepare(),
    touch: update({}).prepare(),
    revoke: update({ revokedAt: given("now") }).prepare(),
  };
}

function linkStatements(tables: Tables) {
  const { device, box, since, until } = links;
  const ofDevice = () =>
    tables
      .select({ box, since, until })
      .from(links)
      .where(eq(device, hole("device")));
  return {
    custody: ofDevice().orderBy(asc(since)).prepare(),
    lastLink: ofDevice().orderBy(desc(since)).limit(1).prepare(),
    behind: tables
      .select({ device })
      .from(links)
      .where(and(eq(box, hole("box")), isNull(until)))
      .prepare(),
    endLink: tables
      .update(links)
      .set({ until: given("at") })
      .where(and(eq(device, hole("device")), isNull(until)))
      .prepare(),
    startLink: tables
      .insert(links)
      .values({ device: hole("device"), box: hole("box"), since: hole("at") })
      .prepare(),
  };
}

function certificateStatements(tables: Tables) {
  const { fingerprint, box, since, until } = certificates;
  const open = and(eq(box, hole("box")), isNull(until));
  return {
    /** The open one: a box that was ever enrolled has one. */
    lastCertificate: tables
      .select({ fingerprint, since, until })
      .from(certificates)
      .where(open)
      .prepare(),
    endCertificate: tables
      .update(certificates)
      .set({ until: given("at") })
      .where(open)
      .prepare(),
    startCertificate: tables
      .insert(certificates)
      .values({
        fingerprint: hole("fingerprint"),
        box: hole("box"),
        since: hole("at"),
        expiresAt: hole("expiresAt"),
      })
      .prepare(),
  };
}
