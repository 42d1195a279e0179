/**
 * Glucose Measurement Context, 0x2A34: what a person told the meter about a measure.
 *
 * ```
 * flags u8 | sequence u16 | more flags u8 | carbohydrate u8, SFLOAT kg | meal u8 | tester, health u8
 * | exercise u16 s, u8 % | medication u8, SFLOAT kg or L | HbA1c SFLOAT %
 * flags: 0 carbohydrate · 1 meal · 2 tester · 3 exercise · 4 medication · 5 litres · 6 HbA1c · 7 more flags
 * ```
 * Only what Vigie uses is given out; the rest is read so that its length is known.
 * @source Bluetooth Glucose Service 1.0.1; GATT Specification Supplement, Glucose Measurement Context;
 * catalogue MD-04
 */
import { createCursor, type Cursor, hasBit, optional } from "./cursor.ts";
import { createPen } from "./pen.ts";
import type { Sensed } from "./sensed.ts";

/** What was said about a measure. */
export interface GlucoseContext {
  /** That of the measure. */
  readonly sequence: number;
  readonly meal: Meal | undefined;
  readonly health: Health | undefined;
  /** What was eaten, kg. */
  readonly carbohydrate: number | undefined;
}

/** Which meal the measure belongs to, in the specification's order from 1 on. */
export const meals = ["before", "after", "fasting", "casual", "bedtime"] as const;
export type Meal = (typeof meals)[number];

/** How the person felt, in the specification's order from 1 on. */
export const healths = ["minor_issue", "major_issue", "menses", "stress", "none"] as const;
export type Health = (typeof healths)[number];

const healthUnknown = 15;
/** What is written where nobody asks: eaten at breakfast, measured by the patient. */
const breakfast = 1;
const themselves = 1;

/** The context that the bytes say. */
export function parseGlucoseContext(bytes: Uint8Array): Sensed<GlucoseContext> {
  const cursor = createCursor(bytes);
  const flags = cursor.unsigned(1);
  const sequence = cursor.unsigned(2);
  if (hasBit(flags, 7)) cursor.unsigned(1);
  const carbohydrate = hasBit(flags, 0) ? parseCarbohydrate(cursor) : undefined;
  const meal = hasBit(flags, 1) ? cursor.wordOf(meals, cursor.unsigned(1) - 1) : undefined;
  const health = hasBit(flags, 2) ? parseHealth(cursor) : undefined;
  skipRest(cursor, flags);
  return cursor.end({ sequence, meal, health, carbohydrate });
}

/** The bytes of a context. */
export function encodeGlucoseContext(context: GlucoseContext): Uint8Array {
  const { sequence, meal, health, carbohydrate } = context;
  const pen = createPen(carbohydrate !== undefined, meal !== undefined, health !== undefined);
  pen.unsigned(2, sequence);
  pen.unsigned(1, carbohydrate === undefined ? undefined : breakfast);
  pen.sfloat(carbohydrate);
  pen.unsigned(1, meal && meals.indexOf(meal) + 1);
  pen.unsigned(1, health && ((healths.indexOf(health) + 1) << 4) + themselves);
  return pen.bytes();
}

function parseCarbohydrate(cursor: Cursor): number | undefined {
  cursor.unsigned(1);
  return optional(cursor.sfloat());
}

function parseHealth(cursor: Cursor): Health | undefined {
  const health = cursor.unsigned(1) >> 4;
  return health === healthUnknown ? undefined : cursor.wordOf(healths, health - 1);
}

/** Exercise, medication and HbA1c: their bytes must be there. */
function skipRest(cursor: Cursor, flags: number): void {
  if (hasBit(flags, 3)) cursor.unsigned(3);
  if (hasBit(flags, 4)) cursor.unsigned(3);
  if (hasBit(flags, 6)) cursor.unsigned(2);
}
