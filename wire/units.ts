/**
 * Quantities with their unit in the type: a bare number is no heart rate, and a duration is no
 * instant.
 *
 * Type and validating constructor share one name. This is the only file that may mint a unit with
 * `as`.
 * @source docs/decisions, clinical plausibility table (spec CF-21); SenML units RFC 8428
 */

declare const unit: unique symbol;

/** A number that carries its unit in the type; arithmetic gives a bare number again. */
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** Milliseconds since 1970-01-01T00:00:00Z, from a clock; integer. */
export type Instant = Quantity<"instant-ms">;
/** A length of time in milliseconds; finite, may be fractional, never negative. */
export type Duration = Quantity<"ms">;
/** Heart rate, beats per minute, 0–300 (what a sensor can express, not what is plausible). */
export type Bpm = Quantity<"beat/min">;
/** Blood oxygen saturation, percent, 0–100. */
export type SpO2 = Quantity<"%">;
/** Remaining battery, percent, 0–100. */
export type BatteryPercent = Quantity<"%EL">;
/** How far a value may be trusted, integer 0 (not at all) to 100. */
export type Quality = Quantity<"quality">;

/** The last millisecond a four-digit year can name: 9999-12-31T23:59:59.999Z. */
export const lastInstant = 253_402_300_799_999;

/** An instant, from Unix milliseconds; throws RangeError outside years 1970–9999. */
export function Instant(ms: number): Instant {
  return bounded(ms, { low: 0, high: lastInstant, name: "instant" }) as Instant;
}

/** A duration in milliseconds; throws RangeError when negative or not finite. */
export function Millis(ms: number): Duration {
  return bounded(ms, { low: 0, high: 2 ** 53 - 1, name: "duration" }) as Duration;
}

/** A duration in seconds. */
export function Seconds(seconds: number): Duration {
  return Millis(seconds * 1000);
}

/** A duration in minutes. */
export function Minutes(minutes: number): Duration {
  return Seconds(minutes * 60);
}

/** A duration in hours. */
export function Hours(hours: number): Duration {
  return Minutes(hours * 60);
}

/** A heart rate; throws RangeError outside 0–300 beat/min. */
export function Bpm(value: number): Bpm {
  return bounded(value, { low: 0, high: 300, name: "heart rate" }) as Bpm;
}

/** A saturation; throws RangeError outside 0–100 %. */
export function SpO2(value: number): SpO2 {
  return bounded(value, { low: 0, high: 100, name: "SpO2" }) as SpO2;
}

/** A battery level; throws RangeError outside 0–100 %. */
export function BatteryPercent(value: number): BatteryPercent {
  return bounded(value, { low: 0, high: 100, name: "battery" }) as BatteryPercent;
}

/** A quality; throws RangeError outside 0–100. */
export function Quality(value: number): Quality {
  return bounded(value, { low: 0, high: 100, name: "quality" }) as Quality;
}

/** The instant `duration` after `start`. */
export function later(start: Instant, duration: Duration): Instant {
  return Instant(start + duration);
}

/** The instant `duration` before `end`, not before 1970. */
export function earlier(end: Instant, duration: Duration): Instant {
  return Instant(Math.max(0, end - duration));
}

/** How long from `start` to `end`; 0 when `end` is not after `start`. */
export function between(start: Instant, end: Instant): Duration {
  return Millis(Math.max(0, end - start));
}

/** NaN compares false with everything; and the watch knows nothing newer of numbers. */
function bounded(value: number, range: { low: number; high: number; name: string }): number {
  if (value >= range.low && value <= range.high) return value;
  throw new RangeError(`${range.name} outside ${range.low}–${range.high}`);
}
