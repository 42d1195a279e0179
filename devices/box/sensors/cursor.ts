/**
 * Bytes of a characteristic, read from the first to the last; little-endian.
 *
 * A cursor notes what is wrong on the way and goes on with zeros: a parser stays one straight line,
 * and what it has made is given out at the end, or why not.
 */
import { type DateTime, decodeDateTime } from "./date-time.ts";
import { decodeFloat, decodeSfloat, type NoNumber } from "./medfloat.ts";
import { refused, type Sensed, sensed, type SensorFault } from "./sensed.ts";

/** Reads one characteristic. */
export interface Cursor {
  unsigned(bytes: 1 | 2 | 3): number;
  signed16(): number;
  sfloat(): number | NoNumber;
  float(): number | NoNumber;
  /** The date, undefined when the sensor does not know it. */
  dateTime(): DateTime | undefined;
  /** A value that there is no measure without. */
  require(value: number | NoNumber): number;
  /** The word for a code of which there is one each, from `words[0]` on. */
  wordOf<Word>(words: readonly [Word, ...Word[]], code: number): Word;
  /** Notes why there is no measure; the first reason holds. */
  refuse(fault: SensorFault | undefined): void;
  /** Bytes that are left. */
  readonly left: number;
  /** The measure, unless something was wrong; too few bytes come before any other reason. */
  end<T>(value: T): Sensed<T>;
}

/** A cursor at the first byte. */
export function createCursor(bytes: Uint8Array): Cursor {
  return new ByteCursor(bytes);
}

class ByteCursor implements Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  #fault: SensorFault | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return Math.max(0, this.#bytes.length - this.#at);
  }

  unsigned(count: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      value += (this.#bytes[this.#at] ?? 0) * 2 ** (8 * index);
      this.#at += 1;
    }
    return value;
  }

  signed16(): number {
    return (this.unsigned(2) << 16) >> 16;
  }

  sfloat(): number | NoNumber {
    return decodeSfloat(this.unsigned(2));
  }

  float(): number | NoNumber {
    return decodeFloat(this.unsigned(4));
  }

  dateTime(): DateTime | undefined {
    const date = { year: this.unsigned(2), month: this.unsigned(1), day: this.unsigned(1) };
    const time = { hour: this.unsigned(1), minute: this.unsigned(1), second: this.unsigned(1) };
    const found = decodeDateTime({ ...date, ...time });
    if (found === "reserved") this.refuse("reserved_value");
    return typeof found === "string" ? undefined : found;
  }

  require(value: number | NoNumber): number {
    if (typeof value === "number") return value;
    this.refuse(faults[value]);
    return 0;
  }

  wordOf<Word>(words: readonly [Word, ...Word[]], code: number): Word {
    const word = words[code];
    if (word === undefined) this.refuse("reserved_value");
    return word ?? words[0];
  }

  refuse(fault: SensorFault | undefined): void {
    this.#fault ??= fault;
  }

  end<T>(value: T): Sensed<T> {
    if (this.#at > this.#bytes.length) return refused("truncated");
    return this.#fault === undefined ? sensed(value) : refused(this.#fault);
  }
}

const faults: Readonly<Record<NoNumber, SensorFault>> = {
  not_a_number: "no_value",
  not_at_this_resolution: "no_value",
  reserved: "reserved_value",
  plus_infinity: "above_range",
  minus_infinity: "below_range",
};

/** A value that a measure may lack. */
export function optional(value: number | NoNumber): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Whether bit `index` is set. */
export function hasBit(bits: number, index: number): boolean {
  return ((bits >> index) & 1) === 1;
}

/** Whether any bit of a group is set. */
export function hasAny(bits: number, group: readonly number[]): boolean {
  return group.some((index) => hasBit(bits, index));
}
