/**
 * What comes of a sensor's bytes: a measure, or one word for why there is none.
 *
 * A refusal is no failure of the box: a cuff that was taken off too early says so in its own bytes.
 */
import { type Metric, metrics } from "#wire/metrics.ts";

/** Why a sensor's bytes are no measure. */
export type SensorFault =
  /** Fewer bytes than the flags announce. */
  | "truncated"
  /** A value that the specification keeps for later. */
  | "reserved_value"
  /** The sensor says that it could not measure. */
  | "no_value"
  /** The value is above what the sensor can say: "HI". */
  | "above_range"
  /** The value is below what the sensor can say: "LO". */
  | "below_range"
  /** The strip, or the drop on it, was not good. */
  | "invalid_strip"
  /** The sensor is broken, or too cold or too warm. */
  | "device_fault"
  /** Nobody was measured: a control solution, a demonstration. */
  | "not_a_person";

/** A measure, or why there is none. */
export type Sensed<T> =
  | { readonly kind: "sensed"; readonly value: T }
  | { readonly kind: "refused"; readonly fault: SensorFault };

/** A measure. */
export function sensed<T>(value: T): Sensed<T> {
  return { kind: "sensed", value };
}

/** No measure. */
export function refused(fault: SensorFault): Sensed<never> {
  return { kind: "refused", fault };
}

/** `value` in the metric's canonical unit, to three decimals; `unit` is one that the metric lists. */
export function canonicalValue(metric: Metric, unit: string, value: number): number {
  const conversions: Readonly<Record<string, { factor: number; offset: number }>> =
    metrics[metric].accepted;
  const conversion = conversions[unit];
  if (conversion === undefined) throw new TypeError(`${metric} is not measured in ${unit}`);
  return Math.round((value * conversion.factor + conversion.offset) * 1000) / 1000;
}
