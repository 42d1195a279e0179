/** Bytes of a characteristic, written from the first to the last; little-endian. */
import { type DateTime, encodeDateTime } from "./date-time.ts";
import { encodeFloat, encodeSfloat, type NoNumber } from "./medfloat.ts";

/** Writes one characteristic. What is undefined is left out. */
export interface Pen {
  unsigned(bytes: 1 | 2 | 3, value: number | undefined): void;
  sfloat(value: number | NoNumber | undefined): void;
  float(value: number | NoNumber): void;
  dateTime(value: DateTime | undefined): void;
  bytes(): Uint8Array;
}

/** A pen whose first byte is the flags, the first of them the lowest bit. */
export function createPen(...flags: readonly boolean[]): Pen {
  const written: number[] = [bitsOf(...flags)];
  const unsigned = (count: number, value: number | undefined): void => {
    if (value === undefined) return;
    for (let index = 0; index < count; index += 1) {
      written.push(Math.floor(value / 2 ** (8 * index)) & 0xff);
    }
  };
  return {
    unsigned,
    sfloat: (value) => unsigned(2, value === undefined ? undefined : encodeSfloat(value)),
    float: (value) => unsigned(4, encodeFloat(value)),
    dateTime: (value) => void (value !== undefined && written.push(...encodeDateTime(value))),
    bytes: () => Uint8Array.from(written),
  };
}

/** Bits, the first of them the lowest. */
export function bitsOf(...bits: readonly boolean[]): number {
  return bits.reduce((sum, bit, index) => sum + (bit ? 2 ** index : 0), 0);
}
