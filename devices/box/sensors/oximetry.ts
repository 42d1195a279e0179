/**
 * PLX Continuous Measurement, 0x2A5F: what a pulse oximeter says while it is on a finger.
 *
 * ```
 * flags u8 | SpO2, pulse: SFLOAT | fast 2 × SFLOAT | slow 2 × SFLOAT | status u16 | sensor u24 | amplitude SFLOAT
 * flags: 0 fast · 1 slow · 2 status · 3 sensor · 4 amplitude
 * ```
 * @source Bluetooth Pulse Oximeter Service 1.0.1; GATT Specification Supplement, PLX Continuous
 * Measurement; catalogue MD-07, MD-35
 */
import type { Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { createCursor, hasAny, hasBit, optional } from "./cursor.ts";
import { createPen } from "./pen.ts";
import type { Sensed, SensorFault } from "./sensed.ts";

/** One measure of a pulse oximeter. */
export interface Oximetry {
  /** %. */
  readonly spo2: number;
  /** beat/min. */
  readonly pulse: number | undefined;
  /** How strong the pulse is, %. */
  readonly amplitude: number | undefined;
  /** Whether the sensor says that its signal is poor. */
  readonly doubtful: boolean;
}

/** Bits of the measurement status, in groups that mean the same to us. */
const statusBits = {
  /** For demonstration, for testing. */
  pretended: [10, 11],
  /** Calibrating, unavailable, invalid. */
  nothing: [12, 13, 15],
  questionable: [14],
} as const;

/** Bits of the device and sensor status, likewise. */
const sensorBits = {
  broken: [1, 14],
  /** Inadequate signal, not connected to a person, disconnected. */
  nothing: [3, 11, 15],
  /** Irregular, poor, weakly perfused, erratic, not pulsatile, questionable, displaced. */
  doubtful: [2, 4, 5, 6, 7, 8, 13],
} as const;

/** The measure that the bytes say. */
export function parseOximetry(bytes: Uint8Array): Sensed<Oximetry> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const normal = { spo2: cursor.sfloat(), pulse: optional(cursor.sfloat()) };
  for (const quickOrSlow of [0, 1]) {
    if (!hasBit(flags, quickOrSlow)) continue;
    cursor.sfloat();
    cursor.sfloat();
  }
  const status = hasBit(flags, 2) ? cursor.unsigned(2) : 0;
  const sensor = hasBit(flags, 3) ? cursor.unsigned(3) : 0;
  const amplitude = hasBit(flags, 4) ? optional(cursor.sfloat()) : undefined;
  cursor.refuse(faultOf(status, sensor));
  return cursor.end({
    spo2: cursor.require(normal.spo2),
    pulse: normal.pulse,
    amplitude,
    doubtful: hasAny(status, statusBits.questionable) || hasAny(sensor, sensorBits.doubtful),
  });
}

/** The bytes of a measure. */
export function encodeOximetry({ spo2, pulse, amplitude, doubtful }: Oximetry): Uint8Array {
  const pen = createPen(false, false, false, doubtful, amplitude !== undefined);
  pen.sfloat(spo2);
  pen.sfloat(pulse ?? "not_a_number");
  pen.unsigned(3, doubtful ? 2 ** sensorBits.doubtful[1] : undefined);
  pen.sfloat(amplitude);
  return pen.bytes();
}

/** The readings of a measure that was made at `t`. */
export function oximetryReadings(measure: Oximetry, t: Instant): readonly Reading[] {
  const { spo2, pulse, doubtful } = measure;
  const shared = { t, window: 0, ...(doubtful && { flags: ["poor_contact"] as const }) };
  const readings: Reading[] = [{ metric: "spo2", value: spo2, ...shared }];
  if (pulse !== undefined) readings.push({ metric: "heart-rate", value: pulse, ...shared });
  return readings;
}

function faultOf(status: number, sensor: number): SensorFault | undefined {
  if (hasAny(status, statusBits.pretended)) return "not_a_person";
  if (hasAny(sensor, sensorBits.broken)) return "device_fault";
  const nothing = hasAny(status, statusBits.nothing) || hasAny(sensor, sensorBits.nothing);
  return nothing ? "no_value" : undefined;
}
