/**
 * Glucose Measurement, 0x2A18: one strip.
 *
 * ```
 * flags u8 | sequence u16 | base time 7 | offset i16, minutes | SFLOAT, type and place u8 | status u16
 * flags: 0 offset · 1 concentration · 2 mol/L (else kg/L) · 3 status · 4 a context follows
 * ```
 * A drop of control solution is no patient's blood, and a strip that failed is no low sugar.
 * @source Bluetooth Glucose Service 1.0.1; GATT Specification Supplement, Glucose Measurement;
 * catalogue MD-04, MD-10, MD-35
 */
import type { Flag, Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { createCursor, hasAny, hasBit } from "./cursor.ts";
import { type DateTime, instantOf } from "./date-time.ts";
import type { NoNumber } from "./medfloat.ts";
import { createPen } from "./pen.ts";
import { canonicalValue, type Sensed, type SensorFault } from "./sensed.ts";

/** One measure of a glucometer. */
export interface Glucose {
  /** The meter's own number of the measure; its context carries the same. */
  readonly sequence: number;
  /** As the meter's display showed it, and how much its user has moved the clock since, minutes. */
  readonly at: DateTime | undefined;
  readonly offsetMinutes: number;
  /** mg/dL. */
  readonly value: number;
  /** What the meter said. */
  readonly original: { readonly value: number; readonly unit: GlucoseUnit };
  readonly contextFollows: boolean;
  readonly status: MeterStatus | undefined;
}

/** The two units of a meter; each its own quantity, mass or amount. */
export type GlucoseUnit = "kg/L" | "mol/L";

/** What the meter thinks of its measure, as far as there is one. */
export interface MeterStatus {
  readonly batteryLow: boolean;
  readonly stripDoubtful: boolean;
  readonly clockLost: boolean;
}

/** Bits of the sensor status annunciation, in groups that mean the same to us. */
const statusBits = {
  batteryLow: [0],
  /** Malfunction, general fault, too warm, too cold. */
  deviceFault: [1, 7, 8, 10],
  /** Drop too small, strip badly inserted, of the wrong type, pulled too soon. */
  strip: [2, 3, 4, 9],
  above: [5],
  below: [6],
  clockLost: [11],
} as const;

/** Sample types and places that are in the specification; the others are kept for later. */
const fingerCapillary = 0x11;
const typeMost = 10;
const controlType = 10;
const controlPlace = 4;
const knownPlaces: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 15]);

/** A kilogram per litre, and a mole per litre, in the units that the metric lists. */
const units = {
  "kg/L": { senml: "kg/m3", factor: 1000 },
  "mol/L": { senml: "mmol/L", factor: 1000 },
} as const satisfies Record<GlucoseUnit, unknown>;

/** The measure that the bytes say. */
export function parseGlucose(bytes: Uint8Array): Sensed<Glucose> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const sequence = cursor.unsigned(2);
  const at = cursor.dateTime();
  const offsetMinutes = hasBit(flags, 0) ? cursor.signed16() : 0;
  const concentration = hasBit(flags, 1) ? cursor.sfloat() : "not_a_number";
  const sample = hasBit(flags, 1) ? cursor.unsigned(1) : 0;
  const status = hasBit(flags, 3) ? cursor.unsigned(2) : undefined;
  cursor.refuse(sampleFault(sample));
  cursor.refuse(meterFault(status ?? 0, concentration));
  const value = cursor.require(concentration);
  const unit = hasBit(flags, 2) ? "mol/L" : "kg/L";
  return cursor.end({
    ...{ sequence, at, offsetMinutes },
    value: canonicalValue("glucose", units[unit].senml, value * units[unit].factor),
    original: { value, unit },
    contextFollows: hasBit(flags, 4),
    status: status === undefined ? undefined : meterStatus(status),
  });
}

/** The bytes of a measure, in the unit that the meter said, of capillary blood from a finger. */
export function encodeGlucose(measure: Glucose): Uint8Array {
  const { sequence, at, offsetMinutes, original, status, contextFollows } = measure;
  const inMoles = original.unit === "mol/L";
  const moved = offsetMinutes !== 0;
  const pen = createPen(moved, true, inMoles, status !== undefined, contextFollows);
  pen.unsigned(2, sequence);
  pen.dateTime(at ?? { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 });
  if (moved) pen.unsigned(2, offsetMinutes & 0xffff);
  pen.sfloat(original.value);
  pen.unsigned(1, fingerCapillary);
  pen.unsigned(2, status && statusBitsOf(status));
  return pen.bytes();
}

/** The reading of a measure that was made at `t`. */
export function glucoseReadings(measure: Glucose, t: Instant): readonly Reading[] {
  const flags: readonly Flag[] = measure.status?.stripDoubtful === true ? ["invalid_strip"] : [];
  const reading: Reading = { metric: "glucose", value: measure.value, t, window: 0 };
  return [flags.length > 0 ? { ...reading, flags } : reading];
}

/** When it was made, by a meter that shows the time of this zone; undefined when it does not know. */
export function glucoseInstant(
  { at, offsetMinutes }: Glucose,
  zoneMinutes: number,
): Instant | undefined {
  return at === undefined ? undefined : instantOf(at, zoneMinutes - offsetMinutes);
}

function sampleFault(sample: number): SensorFault | undefined {
  const [type, place] = [sample & 0x0f, sample >> 4];
  if (type > typeMost || !knownPlaces.has(place)) return "reserved_value";
  return type === controlType || place === controlPlace ? "not_a_person" : undefined;
}

function meterFault(status: number, found: number | NoNumber): SensorFault | undefined {
  if (hasAny(status, statusBits.deviceFault)) return "device_fault";
  if (hasAny(status, statusBits.above)) return "above_range";
  if (hasAny(status, statusBits.below)) return "below_range";
  const stripFailed = typeof found !== "number" && hasAny(status, statusBits.strip);
  return stripFailed ? "invalid_strip" : undefined;
}

function meterStatus(status: number): MeterStatus {
  return {
    batteryLow: hasAny(status, statusBits.batteryLow),
    stripDoubtful: hasAny(status, statusBits.strip),
    clockLost: hasAny(status, statusBits.clockLost),
  };
}

function statusBitsOf({ batteryLow, stripDoubtful, clockLost }: MeterStatus): number {
  const bit = (there: boolean, [index]: readonly [number, ...number[]]): number =>
    there ? 2 ** index : 0;
  return (
    bit(batteryLow, statusBits.batteryLow) +
    bit(stripDoubtful, statusBits.strip) +
    bit(clockLost, statusBits.clockLost)
  );
}
