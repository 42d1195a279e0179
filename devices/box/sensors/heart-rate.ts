/**
 * Heart Rate Measurement, 0x2A37: what a chest strap says every second.
 *
 * ```
 * flags u8 | beat/min u8 or u16 | energy u16 kJ | intervals u16 × 1/1024 s, as many as fit
 * flags: 0 two bytes · 1–2 contact · 3 energy · 4 intervals
 * ```
 * @source Bluetooth Heart Rate Service 1.0; GATT Specification Supplement, Heart Rate Measurement
 */
import type { Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { createCursor, type Cursor, hasBit } from "./cursor.ts";
import { createPen } from "./pen.ts";
import type { Sensed } from "./sensed.ts";

/** One measure of a heart-rate sensor. */
export interface HeartRate {
  /** beat/min. */
  readonly value: number;
  /** Whether the sensor touches skin; undefined when it cannot tell. */
  readonly contact: boolean | undefined;
  /** Spent since the last reset, kJ. */
  readonly energy: number | undefined;
  /** Times between beats since the last measure, in 1/1024 s, oldest first. */
  readonly intervals: readonly number[];
}

/** The measure that the bytes say. */
export function parseHeartRate(bytes: Uint8Array): Sensed<HeartRate> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const value = cursor.unsigned(hasBit(flags, 0) ? 2 : 1);
  const energy = hasBit(flags, 3) ? cursor.unsigned(2) : undefined;
  const intervals = hasBit(flags, 4) ? parseIntervals(cursor) : [];
  const contact = hasBit(flags, 2) ? hasBit(flags, 1) : undefined;
  return cursor.end({ value, contact, energy, intervals });
}

/** The bytes of a measure. */
export function encodeHeartRate({ value, contact, energy, intervals }: HeartRate): Uint8Array {
  const wide = value > 0xff;
  const touching = [contact === true, contact !== undefined];
  const pen = createPen(wide, ...touching, energy !== undefined, intervals.length > 0);
  pen.unsigned(wide ? 2 : 1, value);
  pen.unsigned(2, energy);
  for (const interval of intervals) pen.unsigned(2, interval);
  return pen.bytes();
}

/** The reading of a measure that was made at `t`. */
export function heartRateReadings({ value, contact }: HeartRate, t: Instant): readonly Reading[] {
  const reading: Reading = { metric: "heart-rate", value, t, window: 0 };
  return [contact === false ? { ...reading, flags: ["poor_contact"] } : reading];
}

/** Two bytes each until the end; half an interval is one too few. */
function parseIntervals(cursor: Cursor): readonly number[] {
  const intervals: number[] = [];
  while (cursor.left > 0) intervals.push(cursor.unsigned(2));
  return intervals;
}
