/** Every statement over custody's tables, prepared once. */
import { and, asc, desc, eq, gt, isNull, lte, or, sql } from "drizzle-orm";

import type { Tables } from "#platform/database.ts";
import { certificates, devices, links } from "#twins/schema.ts";

import { assignments, calibrations, statuses } from "./schema.ts";

/** What `prepareCustody` gives. */
export type CustodyStatements = ReturnType<typeof prepareCustody>;

/** Prepares them on an open database. */
export function prepareCustody(tables: Tables) {
  return {
    ...assignmentStatements(tables),
    ...statusStatements(tables),
    ...calibrationStatements(tables),
    ...standingStatements(tables),
  };
}

const hole = sql.placeholder;
/** `set` takes no bare placeholder. */
const given = (name: string) => sql`${hole(name)}`;
const author = { by: hole("by"), why: hole("why") };

function assignmentStatements(tables: Tables) {
  const { device, assignment, since, until, by, why } = assignments;
  const columns = { assignment, since, until, by, why };
  const of = () =>
    tables
      .select(columns)
      .from(assignments)
      .where(eq(device, hole("device")));
  const isOpen = and(eq(device, hole("device")), isNull(until));
  const named = and(eq(assignment, hole("assignment")), eq(devices.tenant, hole("tenant")));
  const holders = () =>
    tables
      .select({ device, since, until })
      .from(assignments)
      .innerJoin(devices, eq(devices.serial, device));
  return {
    assignmentsOf: of().orderBy(asc(since)).prepare(),
    lastAssignment: of().orderBy(desc(since)).limit(1).prepare(),
    /** Devices that an assignment ever had, oldest first. */
    everAssigned: holders().where(named).orderBy(asc(since)).prepare(),
    /** Those that it had at an instant. */
    assignedAt: holders()
      .where(and(named, lte(since, hole("at")), or(isNull(until), gt(until, hole("at")))))
      .orderBy(asc(since))
      .prepare(),
    endAssignment: tables
      .update(assignments)
      .set({ until: given("at") })
      .where(isOpen)
      .prepare(),
    startAssignment: tables
      .insert(assignments)
      .values({
        ...author,
        device: hole("device"),
        assignment: hole("assignment"),
        since: hole("at"),
      })
      .prepare(),
    eraseAssignment: tables
      .update(assignments)
      .set({ assignment: null })
      .where(and(eq(device, hole("device")), eq(assignment, hole("assignment"))))
      .prepare(),
  };
}

function statusStatements(tables: Tables) {
  const { device, status, since, until, by, why } = statuses;
  const of = () =>
    tables
      .select({ status, since, until, by, why })
      .from(statuses)
      .where(eq(device, hole("device")));
  return {
    statusesOf: of().orderBy(asc(since)).prepare(),
    lastStatus: of().orderBy(desc(since)).limit(1).prepare(),
    endStatus: tables
      .update(statuses)
      .set({ until: given("at") })
      .where(and(eq(device, hole("device")), isNull(until)))
      .prepare(),
    startStatus: tables
      .insert(statuses)
      .values({ ...author, device: hole("device"), status: hole("status"), since: hole("at") })
      .prepare(),
  };
}

function calibrationStatements(tables: Tables) {
  const { device, due, since, until, by, why } = calibrations;
  const of = () =>
    tables
      .select({ due, since, until, by, why })
      .from(calibrations)
      .where(eq(device, hole("device")));
  return {
    calibrationsOf: of().orderBy(asc(since)).prepare(),
    lastCalibration: of().orderBy(desc(since)).limit(1).prepare(),
    endCalibration: tables
      .update(calibrations)
      .set({ until: given("at") })
      .where(and(eq(device, hole("device")), isNull(until)))
      .prepare(),
    startCalibration: tables
      .insert(calibrations)
      .values({ ...author, device: hole("device"), due: hole("due"), since: hole("at") })
      .prepare(),
  };
}

/** Devices as they stand, and who was behind a box. */
function standingStatements(tables: Tables) {
  const openLink = and(eq(links.device, devices.serial), isNull(links.until));
  const openAssignment = and(eq(assignments.device, devices.serial), isNull(assignments.until));
  const openStatus = and(eq(statuses.device, devices.serial), isNull(statuses.until));
  const openCalibration = and(eq(calibrations.device, devices.serial), isNull(calibrations.until));
  const standing = () =>
    tables
      .select({
        serial: devices.serial,
        tenant: devices.tenant,
        version: devices.version,
        enrolledAt: devices.enrolledAt,
        revokedAt: devices.revokedAt,
        box: links.box,
        assignment: assignments.assignment,
        status: statuses.status,
        calibratedAt: calibrations.since,
        calibrationDue: calibrations.due,
      })
      .from(devices)
      .leftJoin(links, openLink)
      .leftJoin(assignments, openAssignment)
      .leftJoin(statuses, openStatus)
      .leftJoin(calibrations, openCalibration);
  return {
    standing: standing()
      .where(eq(devices.serial, hole("serial")))
      .prepare(),
    /** The next hundreds, in the order of serials. */
    standingsAfter: standing()
      .where(gt(devices.serial, hole("serial")))
      .orderBy(asc(devices.serial))
      .limit(500)
      .prepare(),
    newest: tables
      .select({ version: devices.version })
      .from(devices)
      .orderBy(desc(devices.version))
      .limit(1)
      .prepare(),
    /** Those touched after a version, oldest change first. */
    standingsSince: standing()
      .where(gt(devices.version, hole("version")))
      .orderBy(asc(devices.version))
      .prepare(),
    hungOn: tables
      .select({ device: links.device })
      .from(links)
      .where(and(eq(links.box, hole("box")), isNull(links.until)))
      .prepare(),
    endCertificate: tables
      .update(certificates)
      .set({ until: given("at") })
      .where(and(eq(certificates.box, hole("box")), isNull(certificates.until)))
      .prepare(),
  };
}
