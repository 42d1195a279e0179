/**
 * What may be done to the custody of devices in one transaction: all of it is written, or none.
 *
 * A device has at most one box and one assignment at any time; the tables hold that too, by their open spans.
 */
import { type BoxSerial, isBox, kindOf, type Serial, type Tenant } from "#wire/identity.ts";
import { Instant } from "#wire/units.ts";

import type { CustodyStatements } from "./statements.ts";
import { type DeviceStatus, mayBecome } from "./status.ts";

/** Who does it, and why. */
export interface CustodyAuthor {
  readonly by: string;
  readonly why?: string;
}

/** Why nothing was written. */
export interface CustodyRefusal {
  readonly kind: "refused";
  readonly code:
    | "unknown"
    | "revoked"
    | "other_kind"
    | "assigned"
    | "not_in_stock"
    | "nothing_to_swap"
    | "broken"
    | "no_certificate"
    | "not_allowed";
  readonly serial: Serial;
}

/** A device as it stands; `box` is null for a box too. */
export interface StandingRow {
  readonly serial: Serial;
  readonly tenant: Tenant;
  readonly version: number;
  readonly enrolledAt: Instant;
  readonly revokedAt: Instant | null;
  readonly box: BoxSerial | null;
  readonly assignment: string | null;
  readonly status: DeviceStatus | null;
  readonly calibratedAt: Instant | null;
  readonly calibrationDue: Instant | null;
}

/** A swap: what was at home, what comes in its place, and in what state the old one goes to stock. */
export interface Swap {
  readonly old: Serial;
  readonly fresh: Serial;
  readonly as: "inactive" | "broken";
}

/** Changes of custody; each answers undefined when done, or done before. */
export interface CustodyChange {
  /** Gives a device from stock to an assignment. */
  assign(device: Serial, assignment: string, author: CustodyAuthor): CustodyRefusal | undefined;
  /** Takes a device back into stock: off its box, for nobody. */
  release(device: Serial, author: CustodyAuthor): CustodyRefusal | undefined;
  /** The fresh one takes the old one's box, assignment and, for a box, all that hangs on it. */
  swap(swap: Swap, author: CustodyAuthor): CustodyRefusal | undefined;
  setStatus(
    device: Serial,
    status: DeviceStatus,
    author: CustodyAuthor,
  ): CustodyRefusal | undefined;
  /** Notes a check, good until `due`. */
  calibrate(device: Serial, due: Instant, author: CustodyAuthor): CustodyRefusal | undefined;
  /** Ends an assignment of a tenant and forgets its name; answers the devices that ever had it. */
  erase(tenant: Tenant, assignment: string, author: CustodyAuthor): readonly Serial[];
  /** A device that nobody had a status for comes into use, or into stock; one in stock comes into use. */
  arrive(device: Serial, status: "active" | "inactive"): void;
  /** A device ended for good. */
  retire(device: Serial): void;
}

/** What the registry lends to a change of custody. */
export interface CustodyTools {
  readonly rows: CustodyStatements;
  readonly now: Instant;
  /** Ends a device's link and begins another, in the registry's way. */
  readonly move: (device: Serial, box: BoxSerial | null) => void;
  readonly touch: (device: Serial) => void;
  readonly behind: (box: Serial) => readonly Serial[];
  readonly hasCertificate: (box: BoxSerial) => boolean;
}

const itself: CustodyAuthor = { by: "vigie" };

/** The changes of one transaction. */
export function custodyAt(tools: CustodyTools): CustodyChange {
  return {
    assign: (device, assignment, author) => {
      const standing = usable(tools, device);
      if ("kind" in standing) return standing;
      if (standing.assignment === assignment) return undefined;
      if (standing.assignment !== null) return refused("assigned", device);
      if (standing.status === "broken") return refused("broken", device);
      moveAssignment(tools, { device, assignment }, author);
      moveStatus(tools, { device, status: "active" }, author);
      return undefined;
    },
    release: (device, author) => {
      const standing = usable(tools, device);
      if ("kind" in standing) return standing;
      toStock(tools, device, { author, as: "inactive" });
      return undefined;
    },
    swap: (swap, author) => swapDevices(tools, swap, author),
    setStatus: (device, status, author) => {
      const standing = known(tools, device);
      if ("kind" in standing) return standing;
      const from = standing.status ?? "inactive";
      if (from === status) return undefined;
      if (standing.revokedAt !== null || !mayBecome(from, status)) {
        return refused("not_allowed", device);
      }
      if (status === "inactive" && standing.assignment !== null) return refused("assigned", device);
      moveStatus(tools, { device, status }, author);
      return undefined;
    },
    calibrate: (device, due, author) => {
      const standing = usable(tools, device);
      if ("kind" in standing) return standing;
      const { rows, now } = tools;
      const at = following(rows.lastCalibration.get({ device }), now);
      rows.endCalibration.run({ device, at });
      rows.startCalibration.run({ ...said(author), device, due, at });
      tools.touch(device);
      return undefined;
    },
    erase: (tenant, assignment, author) => {
      const holders = tools.rows.everAssigned.all({ tenant, assignment });
      const devices = [...new Set(holders.map(({ device }) => device))];
      for (const { device, until } of holders) {
        if (until === null) toStock(tools, device, { author, as: "inactive" });
      }
      for (const device of devices) {
        tools.rows.eraseAssignment.run({ device, assignment });
        tools.touch(device);
      }
      return devices;
    },
    arrive: (device, status) => {
      const last = tools.rows.lastStatus.get({ device });
      const isComing = last?.status === "inactive" && status === "active";
      if (last === undefined || isComing) moveStatus(tools, { device, status }, itself);
    },
    retire: (device) => {
      moveAssignment(tools, { device, assignment: null }, itself);
      moveStatus(tools, { device, status: "retired" }, itself);
    },
  };
}

function swapDevices(
  tools: CustodyTools,
  { old, fresh, as }: Swap,
  author: CustodyAuthor,
): CustodyRefusal | undefined {
  const from = usable(tools, old);
  if ("kind" in from) return from;
  const to = usable(tools, fresh);
  if ("kind" in to) return to;
  const hung = tools.behind(old);
  const refusal = swapRefusal(tools, { from, to, hung });
  if (refusal !== undefined) return refusal;
  if (isBox(fresh)) for (const device of hung) tools.move(device, fresh);
  toStock(tools, old, { author, as });
  if (from.box !== null) tools.move(fresh, from.box);
  moveAssignment(tools, { device: fresh, assignment: from.assignment }, author);
  moveStatus(tools, { device: fresh, status: "active" }, author);
  return undefined;
}

function swapRefusal(
  tools: CustodyTools,
  { from, to, hung }: { from: StandingRow; to: StandingRow; hung: readonly Serial[] },
): CustodyRefusal | undefined {
  const [old, fresh] = [from.serial, to.serial];
  if (to.tenant !== from.tenant) return refused("unknown", fresh);
  if (old === fresh || kindOf(old) !== kindOf(fresh)) return refused("other_kind", fresh);
  if (to.status === "broken") return refused("broken", fresh);
  if (isInUse(to, tools.behind(fresh))) return refused("not_in_stock", fresh);
  if (isBox(fresh) && !tools.hasCertificate(fresh)) return refused("no_certificate", fresh);
  return isInUse(from, hung) ? undefined : refused("nothing_to_swap", old);
}

function isInUse({ box, assignment }: StandingRow, hung: readonly Serial[]): boolean {
  return box !== null || assignment !== null || hung.length > 0;
}

/** Off its box and for nobody; a box loses its home, and may speak for it no more. What is broken stays so. */
function toStock(
  tools: CustodyTools,
  device: Serial,
  { author, as }: { author: CustodyAuthor; as: "inactive" | "broken" },
): void {
  const { rows, now } = tools;
  moveAssignment(tools, { device, assignment: null }, author);
  if (isBox(device)) {
    for (const hung of tools.behind(device)) tools.move(hung, null);
    rows.endCertificate.run({ box: device, at: now });
    tools.touch(device);
  } else tools.move(device, null);
  const isBroken = rows.lastStatus.get({ device })?.status === "broken";
  moveStatus(tools, { device, status: isBroken ? "broken" : as }, author);
}

function moveAssignment(
  { rows, now, touch }: CustodyTools,
  { device, assignment }: { device: Serial; assignment: string | null },
  author: CustodyAuthor,
): void {
  const last = rows.lastAssignment.get({ device });
  const held = last?.until === null ? last.assignment : null;
  if (held === assignment) return;
  const at = following(last, now);
  rows.endAssignment.run({ device, at });
  if (assignment !== null) rows.startAssignment.run({ ...said(author), device, assignment, at });
  touch(device);
}

function moveStatus(
  { rows, now, touch }: CustodyTools,
  { device, status }: { device: Serial; status: DeviceStatus },
  author: CustodyAuthor,
): void {
  const last = rows.lastStatus.get({ device });
  if (last?.status === status) return;
  const at = following(last, now);
  rows.endStatus.run({ device, at });
  rows.startStatus.run({ ...said(author), device, status, at });
  touch(device);
}

function said({ by, why }: CustodyAuthor): { by: string; why: string | null } {
  return { by, why: why ?? null };
}

/** The instant at which a span may follow `last`: now, unless the clock went back. */
export function following(
  last: { readonly since: Instant; readonly until: Instant | null } | undefined,
  now: Instant,
): Instant {
  if (last === undefined) return now;
  return Instant(Math.max(now, last.until ?? last.since + 1));
}

function known({ rows }: CustodyTools, serial: Serial): StandingRow | CustodyRefusal {
  return rows.standing.get({ serial }) ?? refused("unknown", serial);
}

function usable(tools: CustodyTools, serial: Serial): StandingRow | CustodyRefusal {
  const standing = known(tools, serial);
  if ("kind" in standing) return standing;
  return standing.revokedAt === null ? standing : refused("revoked", serial);
}

function refused(code: CustodyRefusal["code"], serial: Serial): CustodyRefusal {
  return { kind: "refused", code, serial };
}
