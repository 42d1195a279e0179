/**
 * Blood Pressure Measurement, 0x2A35: one inflation of the cuff.
 *
 * ```
 * flags u8 | systolic, diastolic, mean: SFLOAT | time 7 | pulse SFLOAT | user u8 | status u16
 * flags: 0 kPa (else mmHg) · 1 time · 2 pulse · 3 user · 4 status
 * status: 0 moved · 1 cuff loose · 2 irregular · 3–4 pulse range · 5 wrong position
 * ```
 * @source Bluetooth Blood Pressure Service 1.1.1; GATT Specification Supplement, Blood Pressure
 * Measurement; catalogue MD-01, MD-09, MD-35
 */
import type { Flag, Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { createCursor, type Cursor, hasBit, optional } from "./cursor.ts";
import type { DateTime } from "./date-time.ts";
import { bitsOf, createPen } from "./pen.ts";
import { canonicalValue, type Sensed } from "./sensed.ts";

/** One measure of a cuff; pressures in mmHg. */
export interface BloodPressure {
  readonly systolic: number;
  readonly diastolic: number;
  /** Mean arterial pressure; many cuffs leave it out. */
  readonly mean: number | undefined;
  /** beat/min. */
  readonly pulse: number | undefined;
  readonly at: DateTime | undefined;
  /** The cuff's own numbering of its users. */
  readonly user: number | undefined;
  readonly status: CuffStatus | undefined;
}

/** What the cuff thinks of its measure. */
export interface CuffStatus {
  readonly moved: boolean;
  readonly loose: boolean;
  readonly irregular: boolean;
  readonly misplaced: boolean;
  readonly pulseRange: "within" | "above" | "below";
}

/** The user number that says "somebody". */
const unknownUser = 0xff;
const pulseRanges = ["within", "above", "below"] as const;

/** The measure that the bytes say. */
export function parseBloodPressure(bytes: Uint8Array): Sensed<BloodPressure> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const inMmHg = hasBit(flags, 0) ? fromKilopascal : fromMmHg;
  const systolic = inMmHg(cursor.require(cursor.sfloat()));
  const diastolic = inMmHg(cursor.require(cursor.sfloat()));
  const mean = optional(cursor.sfloat());
  const at = hasBit(flags, 1) ? cursor.dateTime() : undefined;
  const pulse = hasBit(flags, 2) ? optional(cursor.sfloat()) : undefined;
  const user = hasBit(flags, 3) ? cursor.unsigned(1) : unknownUser;
  const status = hasBit(flags, 4) ? parseStatus(cursor) : undefined;
  return cursor.end({
    ...{ systolic, diastolic, at, pulse, status },
    mean: mean === undefined ? undefined : inMmHg(mean),
    user: user === unknownUser ? undefined : user,
  });
}

/** The bytes of a measure, in mmHg. */
export function encodeBloodPressure(measure: BloodPressure): Uint8Array {
  const { at, pulse, user, status } = measure;
  const present = [at, pulse, user, status].map((part) => part !== undefined);
  const pen = createPen(false, ...present);
  pen.sfloat(measure.systolic);
  pen.sfloat(measure.diastolic);
  pen.sfloat(measure.mean ?? "not_a_number");
  pen.dateTime(at);
  pen.sfloat(pulse);
  pen.unsigned(1, user);
  pen.unsigned(2, status && statusBits(status));
  return pen.bytes();
}

/** Whether the cuff itself doubts its measure: it is repeated, and stays out of every mean. */
export function isArtefact({ status }: BloodPressure): boolean {
  return status !== undefined && (status.moved || status.loose || status.misplaced);
}

/** The readings of a measure that ended at `t`. */
export function bloodPressureReadings(measure: BloodPressure, t: Instant): readonly Reading[] {
  const { systolic, diastolic, pulse } = measure;
  const flags = cuffFlags(measure.status);
  const shared = { t, window: 0, ...(flags.length > 0 && { flags }) };
  const readings: Reading[] = [
    { metric: "systolic", value: systolic, ...shared },
    { metric: "diastolic", value: diastolic, ...shared },
  ];
  if (pulse !== undefined) readings.push({ metric: "heart-rate", value: pulse, ...shared });
  return readings;
}

function cuffFlags(status: CuffStatus | undefined): readonly Flag[] {
  const flags: Flag[] = [];
  if (status?.moved === true) flags.push("motion");
  if (status?.loose === true || status?.misplaced === true) flags.push("poor_contact");
  return flags;
}

function fromMmHg(value: number): number {
  return canonicalValue("systolic", "mmHg", value);
}

function fromKilopascal(value: number): number {
  return canonicalValue("systolic", "Pa", value * 1000);
}

function parseStatus(cursor: Cursor): CuffStatus {
  const bits = cursor.unsigned(2);
  return {
    moved: hasBit(bits, 0),
    loose: hasBit(bits, 1),
    irregular: hasBit(bits, 2),
    misplaced: hasBit(bits, 5),
    pulseRange: cursor.wordOf(pulseRanges, (bits >> 3) & 0b11),
  };
}

function statusBits(status: CuffStatus): number {
  const { moved, loose, irregular, misplaced, pulseRange } = status;
  return bitsOf(
    ...[moved, loose, irregular],
    ...[pulseRange === "above", pulseRange === "below", misplaced],
  );
}
