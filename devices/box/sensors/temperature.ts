/**
 * Temperature Measurement, 0x2A1C: what a clinical thermometer says, the one sensor that uses FLOAT.
 *
 * ```
 * flags u8 | temperature FLOAT, °C or °F | time 7 | where u8
 * flags: 0 Fahrenheit · 1 time · 2 where
 * ```
 * @source Bluetooth Health Thermometer Service 1.0; GATT Specification Supplement, Temperature
 * Measurement; catalogue MD-15
 */
import type { Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { createCursor, hasBit } from "./cursor.ts";
import type { DateTime } from "./date-time.ts";
import { createPen } from "./pen.ts";
import { canonicalValue, type Sensed } from "./sensed.ts";

/** One measure of a thermometer. */
export interface Temperature {
  /** °C. */
  readonly value: number;
  readonly at: DateTime | undefined;
}

/** The measure that the bytes say. */
export function parseTemperature(bytes: Uint8Array): Sensed<Temperature> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const found = cursor.require(cursor.float());
  const at = hasBit(flags, 1) ? cursor.dateTime() : undefined;
  if (hasBit(flags, 2)) cursor.unsigned(1);
  const celsius = hasBit(flags, 0) ? ((found - 32) * 5) / 9 : found;
  return cursor.end({ value: canonicalValue("temperature", "Cel", celsius), at });
}

/** The bytes of a measure, in degrees Celsius. */
export function encodeTemperature({ value, at }: Temperature): Uint8Array {
  const pen = createPen(false, at !== undefined);
  pen.float(value);
  pen.dateTime(at);
  return pen.bytes();
}

/** The reading of a measure that was made at `t`. */
export function temperatureReadings({ value }: Temperature, t: Instant): readonly Reading[] {
  return [{ metric: "temperature", value, t, window: 0 }];
}
