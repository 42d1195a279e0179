/**
 * The registry on the disk: dated rows, changed in transactions that number themselves.
 *
 * Writers take turns (one SQLite file has one at a time), so versions are committed in their order: whoever knows
 * everything up to version n misses nothing by asking for what is above n.
 */
import { assert } from "#platform/assert.ts";
import type { Database } from "#platform/database.ts";
import { type BoxSerial, isBox, kindOf, type Serial, type Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { custodyAt, type CustodyChange, following } from "./custody/rows.ts";
import { type CustodyStatements, prepareCustody } from "./custody/statements.ts";
import type { RegisteredDevice } from "./registry-port.ts";
import { type DeviceRow, prepareStatements, type Statements } from "./registry-statements.ts";

/** A home to be enrolled: its box, whose certificate it is, and what hangs on it from now on. */
export interface HomeRecord {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  /** Wristbands and other sensors, no box; those linked before stay. */
  readonly behind: readonly Serial[];
  /** SHA-256 of the box's DER certificate, lower-case hex; the former one ends. */
  readonly fingerprint: string;
  readonly expiresAt: Instant;
}

/** Why a home is not enrolled, or a device not linked; nothing was written. */
export interface RegistryRefusal {
  readonly kind: "refused";
  readonly code: "unknown" | "other_tenant" | "other_box" | "revoked";
  readonly serial: Serial;
  /** One sentence for a human. */
  readonly why: string;
}

/** One span of a device's custody: the box it hung on from `since` to `until` (null: still). */
export interface Custody {
  readonly box: BoxSerial;
  readonly since: Instant;
  readonly until: Instant | null;
}

/** A device as a row tells it. */
interface VersionedDevice {
  readonly version: number;
  readonly device: RegisteredDevice;
}

/** Statements over the registry's tables; the changing ones belong into `change`. */
export interface RegistryRows {
  /** Devices touched after `version` (-1: all), oldest change first. */
  since(version: number): VersionedDevice[];
  /** One transaction: `work` gets what changes rows, at that moment; nothing is kept when it throws. */
  change<T>(now: Instant, work: (change: RowChange) => T): T;
  /** Every box the device has hung on, oldest first. */
  custody(serial: Serial): Custody[];
  /** For whom devices were and whether they were fit. */
  readonly keeping: CustodyStatements;
}

/** What one transaction may do; each step answers undefined when done, or a refusal having written nothing. */
export interface RowChange {
  readonly custody: CustodyChange;
  enrol(home: HomeRecord): RegistryRefusal | undefined;
  /** Takes a device that nobody enrolled yet for a tenant: on no box, without a certificate. */
  stock(serial: Serial, tenant: Tenant): RegistryRefusal | undefined;
  /** Moves a device to a box of its tenant, or to none. */
  link(device: Serial, box: BoxSerial | null): RegistryRefusal | undefined;
  /** For good; what hung on a revoked box hangs on nothing. */
  revoke(serial: Serial): RegistryRefusal | undefined;
}

/** The rows of an open registry database. */
export function openRegistryRows(database: Database): RegistryRows {
  const statements = prepareStatements(database.tables);
  const keeping = prepareCustody(database.tables);
  return {
    keeping,
    since: (version) =>
      statements.since
        .all({ version })
        .map((row) => ({ version: row.version, device: asDevice(row) })),
    change: (now, work) =>
      database.write(() => {
        const version = (statements.newest.get()?.version ?? 0) + 1;
        return work(changeAt({ ...statements, keeping }, { now, version }));
      }),
    custody: (device) => statements.custody.all({ device }),
  };
}

/** When, and under which number, a transaction changes rows. */
interface Stamp {
  readonly now: Instant;
  readonly version: number;
}

/** All statements of the database. */
type AllStatements = Statements & { readonly keeping: CustodyStatements };

function changeAt(rows: AllStatements, stamp: Stamp): RowChange {
  const custody = custodyAt({
    rows: rows.keeping,
    now: stamp.now,
    move: (device, box) => moveLink(rows, { device, box }, stamp),
    touch: (serial) => rows.touch.run({ serial, version: stamp.version }),
    behind: (box) => rows.behind.all({ box }).map(({ device }) => device),
    hasCertificate: (box) => rows.lastCertificate.get({ box }) !== undefined,
  });
  return {
    custody,
    enrol(home) {
      const devices = [home.box, ...home.behind];
      assert(!home.behind.some(isBox), "no box hangs on a box");
      const refusal = firstOf(devices, (serial) =>
        enrolmentRefusal(rows.device.get({ serial }), home),
      );
      if (refusal !== undefined) return refusal;
      for (const serial of devices) {
        rows.putDevice.run({ serial, kind: kindOf(serial), tenant: home.tenant, ...stamp });
      }
      replaceCertificate(rows, home, stamp);
      for (const device of home.behind) moveLink(rows, { device, box: home.box }, stamp);
      for (const device of devices) custody.arrive(device, "active");
      return undefined;
    },
    stock(serial, tenant) {
      const known = rows.device.get({ serial });
      if (known === undefined) {
        rows.putDevice.run({ serial, kind: kindOf(serial), tenant, ...stamp });
        custody.arrive(serial, "inactive");
      }
      if (known !== undefined && known.revokedAt !== null) return refused("revoked", serial);
      return (known?.tenant ?? tenant) === tenant ? undefined : refused("other_tenant", serial);
    },
    link(device, box) {
      assert(!isBox(device), "no box hangs on a box");
      const refusal = linkRefusal(rows, device, box);
      if (refusal !== undefined) return refusal;
      moveLink(rows, { device, box }, stamp);
      return undefined;
    },
    revoke(serial) {
      const known = rows.device.get({ serial });
      if (known === undefined) return refused("unknown", serial);
      if (known.revokedAt !== null) return undefined;
      rows.revoke.run({ serial, ...stamp });
      custody.retire(serial);
      moveLink(rows, { device: serial, box: null }, stamp);
      for (const { device } of rows.behind.all({ box: serial })) {
        moveLink(rows, { device, box: null }, stamp);
      }
      return undefined;
    },
  };
}

function enrolmentRefusal(
  known: DeviceRow | undefined,
  home: HomeRecord,
): RegistryRefusal | undefined {
  if (known === undefined) return undefined;
  if (known.revokedAt !== null) return refused("revoked", known.serial);
  if (known.tenant !== home.tenant) return refused("other_tenant", known.serial);
  if (known.box !== null && known.box !== home.box) return refused("other_box", known.serial);
  return undefined;
}

function linkRefusal(
  rows: Statements,
  device: Serial,
  box: BoxSerial | null,
): RegistryRefusal | undefined {
  const ends = box === null ? [device] : [device, box];
  const tenant = rows.device.get({ serial: device })?.tenant;
  return firstOf(ends, (serial) => {
    const known = rows.device.get({ serial });
    if (known === undefined) return refused("unknown", serial);
    if (known.revokedAt !== null) return refused("revoked", serial);
    if (known.tenant !== tenant) return refused("other_tenant", serial);
    return undefined;
  });
}

function replaceCertificate(rows: Statements, home: HomeRecord, { now }: Stamp): void {
  const { box, fingerprint, expiresAt } = home;
  const last = rows.lastCertificate.get({ box });
  if (last?.fingerprint === fingerprint) return;
  const at = following(last, now);
  rows.endCertificate.run({ box, at });
  rows.startCertificate.run({ box, fingerprint, expiresAt, at });
}

/** Ends the device's link if it has one, and begins the next at the same instant: links touch but never overlap. */
function moveLink(
  rows: Statements,
  to: { device: Serial; box: BoxSerial | null },
  { now, version }: Stamp,
): void {
  const { device, box } = to;
  const last = rows.lastLink.get({ device });
  const linked = last?.until === null ? last.box : null;
  if (linked === box) return;
  const at = following(last, now);
  rows.endLink.run({ device, at });
  if (box !== null) rows.startLink.run({ device, box, at });
  rows.touch.run({ serial: device, version });
}

function firstOf<T>(
  serials: readonly Serial[],
  refusal: (serial: Serial) => T | undefined,
): T | undefined {
  for (const serial of serials) {
    const found = refusal(serial);
    if (found !== undefined) return found;
  }
  return undefined;
}

const reasons: Readonly<Record<RegistryRefusal["code"], string>> = {
  unknown: "was never enrolled",
  other_tenant: "is enrolled under another tenant",
  other_box: "hangs on another box",
  revoked: "was revoked, which is for good",
};

function refused(code: RegistryRefusal["code"], serial: Serial): RegistryRefusal {
  return { kind: "refused", code, serial, why: `${serial} ${reasons[code]}` };
}

function asDevice(row: DeviceRow): RegisteredDevice {
  const { serial, kind, tenant, fingerprint, enrolledAt, revokedAt } = row;
  const box = isBox(serial) ? serial : row.box;
  return { serial, kind, tenant, box, fingerprint, enrolledAt, revokedAt };
}
