/** A measure of a cuff, meter or scale as it waits on the disk: its bytes as they came, and when it was made. */
import type { Flag, Json, Reading } from "#wire/messages.ts";
import { fields, fits, oneOf, optional, type Shape, textOf, whole } from "#wire/shape.ts";
import { type Instant, lastInstant } from "#wire/units.ts";

import type { Gathered } from "../gathering.ts";
import type { Sensed } from "../sensors/sensed.ts";

/** See above. */
export interface KeptMeasure {
  readonly t: Instant;
  readonly bytes: Uint8Array;
  /** The sensor's own clock was too wrong to be believed: `t` is when it was heard. */
  readonly corrected: boolean;
  /** Of a glucose meter: what the person said, not what was measured. */
  readonly isContext: boolean;
}

/** One that has been read again. */
export interface ReadMeasure<T> extends KeptMeasure {
  readonly measure: T;
  readonly gathered: Gathered;
}

interface Written {
  readonly t: Instant;
  readonly hex: string;
  readonly marks?: "context" | "corrected";
}

/** A characteristic's longest value, in digits. */
const hexMost = 1024;
const shape: Shape<Written> = fields<Written>({
  t: whole<Instant>(0, lastInstant),
  hex: textOf(hexMost),
  marks: optional(oneOf(["context", "corrected"])),
});

/** What is written of it. */
export function measureJson({ t, bytes, corrected, isContext }: KeptMeasure): Json {
  const marks = isContext ? "context" : "corrected";
  return { t, hex: Buffer.from(bytes).toString("hex"), ...((corrected || isContext) && { marks }) };
}

/** Those that wait, read by `parse`; what a disk has changed is none. */
export function readKept<T>(
  gathered: readonly Gathered[],
  { isContext, parse }: { isContext: boolean; parse: (bytes: Uint8Array) => Sensed<T> },
): readonly ReadMeasure<T>[] {
  return gathered.flatMap((one) => {
    const { value } = one;
    if (!fits(shape, value) || (value.marks === "context") !== isContext) return [];
    const bytes = new Uint8Array(Buffer.from(value.hex, "hex"));
    const measure = parse(bytes);
    if (measure.kind === "refused") return [];
    const corrected = value.marks === "corrected";
    return [{ t: value.t, bytes, corrected, isContext, measure: measure.value, gathered: one }];
  });
}

/** A reading with more said of it. */
export function marked(reading: Reading, ...more: readonly (Flag | false | undefined)[]): Reading {
  const words = more.filter((word): word is Flag => typeof word === "string");
  return words.length === 0 ? reading : { ...reading, flags: [...(reading.flags ?? []), ...words] };
}
