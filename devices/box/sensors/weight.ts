/**
 * Weight Measurement, 0x2A9D: one step onto the scale.
 *
 * ```
 * flags u8 | weight u16 × 0.005 kg or 0.01 lb | time 7 | user u8 | BMI u16 × 0.1, height u16 × 1 mm or 0.1 in
 * flags: 0 imperial · 1 time · 2 user · 3 BMI and height
 * ```
 * @source Bluetooth Weight Scale Service 1.0.1; GATT Specification Supplement, Weight Measurement;
 * catalogue MD-05, MD-11
 */
import type { Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { createCursor, type Cursor, hasBit } from "./cursor.ts";
import type { DateTime } from "./date-time.ts";
import { createPen } from "./pen.ts";
import type { Sensed } from "./sensed.ts";

/** One measure of a scale. */
export interface Weight {
  /** kg. */
  readonly value: number;
  readonly at: DateTime | undefined;
  /** The scale's own numbering of its users. */
  readonly user: number | undefined;
  readonly size: BodySize | undefined;
}

/** What a scale knows that was told a person's height. */
export interface BodySize {
  /** kg/m². */
  readonly bodyMassIndex: number;
  /** m. */
  readonly height: number;
}

/** The weight that says that there is none. */
const unsuccessful = 0xffff;
const unknownUser = 0xff;
/** What one step of each number is worth; the pound is the international one, exact. */
const scales = {
  metric: { weight: 0.005, height: 0.001 },
  imperial: { weight: 0.01 * 0.45359237, height: 0.1 * 0.0254 },
} as const;

/** The measure that the bytes say. */
export function parseWeight(bytes: Uint8Array): Sensed<Weight> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const scale = hasBit(flags, 0) ? scales.imperial : scales.metric;
  const steps = cursor.unsigned(2);
  const at = hasBit(flags, 1) ? cursor.dateTime() : undefined;
  const user = hasBit(flags, 2) ? cursor.unsigned(1) : unknownUser;
  const size = hasBit(flags, 3) ? parseSize(cursor, scale.height) : undefined;
  if (steps === unsuccessful) cursor.refuse("no_value");
  return cursor.end({
    ...{ at, size },
    value: thousandths(steps * scale.weight),
    user: user === unknownUser ? undefined : user,
  });
}

/** The bytes of a measure, in kilograms. */
export function encodeWeight({ value, at, user, size }: Weight): Uint8Array {
  const pen = createPen(false, ...[at, user, size].map((part) => part !== undefined));
  pen.unsigned(2, Math.round(value / scales.metric.weight));
  pen.dateTime(at);
  pen.unsigned(1, user);
  pen.unsigned(2, size && Math.round(size.bodyMassIndex * 10));
  pen.unsigned(2, size && Math.round(size.height / scales.metric.height));
  return pen.bytes();
}

/** The readings of a measure that was made at `t`. */
export function weightReadings(measure: Weight, t: Instant): readonly Reading[] {
  const { value, size } = measure;
  const weight: Reading = { metric: "weight", value, t, window: 0 };
  if (size === undefined) return [weight];
  return [weight, { metric: "body-mass-index", value: size.bodyMassIndex, t, window: 0 }];
}

function parseSize(cursor: Cursor, heightStep: number): BodySize {
  const bodyMassIndex = cursor.unsigned(2) / 10;
  return { bodyMassIndex, height: thousandths(cursor.unsigned(2) * heightStep) };
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
