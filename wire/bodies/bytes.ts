/**
 * Bytes of a body, written and read one after another.
 *
 * Numbers are counts, in groups of seven bits, the lowest first, the last without its high bit: small
 * ones are short. A text is ASCII behind its length. This file and its neighbours run on the wristband:
 * no `Map`, no `TextEncoder`, no shifts beyond 32 bits.
 */
import { bodyBytesMost } from "#wire/frames/frame.ts";

/** A body as it is written; what does not fit is a RangeError. */
export interface BodyWriter {
  byte(value: number): void;
  /** A whole number from 0 to 2⁵³ − 1. */
  count(value: number): void;
  /** Any number, eight bytes. */
  float(value: number): void;
  /** At most 255 characters of printable ASCII. */
  text(value: string): void;
  bytes(value: Uint8Array): void;
  /** The body so far. */
  body(): Uint8Array;
}

/** A body as it is read. Whoever reads past its end gets zeros, and is told by `sound`. */
export interface BodyReader {
  byte(): number;
  count(): number;
  float(): number;
  text(): string;
  /** All that is left. */
  rest(): Uint8Array;
  more(): boolean;
  /** Whether everything was there so far, and was what it was read as. */
  sound(): boolean;
}

const lastCount = 9_007_199_254_740_991;
const countBytesMost = 8;

/** A writer of one body. */
export function createBodyWriter(): BodyWriter {
  const room = new Uint8Array(bodyBytesMost);
  let at = 0;
  const byte = (value: number): void => {
    if (at >= bodyBytesMost) throw new RangeError("the body fits into a frame");
    if (!isWhole(value, 255)) throw new RangeError("a byte is a whole number below 256");
    room[at] = value;
    at += 1;
  };
  return {
    byte,
    count: (value) => {
      if (!isWhole(value, lastCount)) throw new RangeError("a count is a whole number");
      let left = value;
      while (left >= 128) {
        byte((left % 128) + 128);
        left = Math.floor(left / 128);
      }
      byte(left);
    },
    float: (value) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value, true);
      for (let index = 0; index < 8; index += 1) byte(view.getUint8(index));
    },
    text: (value) => {
      byte(value.length);
      for (let index = 0; index < value.length; index += 1) byte(asciiOf(value, index));
    },
    bytes: (value) => {
      for (let index = 0; index < value.length; index += 1) byte(value[index] ?? 0);
    },
    body: () => copyOf(room, 0, at),
  };
}

/** A reader of one body. */
export function createBodyReader(body: Uint8Array): BodyReader {
  let at = 0;
  let sound = true;
  const byte = (): number => {
    const value = body[at];
    if (value === undefined) sound = false;
    at += 1;
    return value ?? 0;
  };
  return {
    byte,
    count: () => {
      let value = 0;
      let place = 1;
      for (let length = 1; length <= countBytesMost; length += 1) {
        const group = byte();
        value += (group % 128) * place;
        if (group < 128) break;
        place *= 128;
        if (length === countBytesMost) sound = false;
      }
      if (value > lastCount) sound = false;
      return value;
    },
    float: () => {
      const view = new DataView(new ArrayBuffer(8));
      for (let index = 0; index < 8; index += 1) view.setUint8(index, byte());
      return view.getFloat64(0, true);
    },
    text: () => {
      let text = "";
      // A length that leads past the end is found out before it costs anything.
      const length = Math.min(byte(), body.length);
      for (let index = 0; index < length; index += 1) {
        const code = byte();
        if (!isPrintable(code)) sound = false;
        text += String.fromCharCode(code);
      }
      return text;
    },
    rest: () => {
      const left = copyOf(body, at, body.length);
      at = body.length;
      return left;
    },
    more: () => at < body.length,
    sound: () => sound && at <= body.length,
  };
}

/** A copy of some bytes, which the watch's typed arrays cannot make themselves. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(Math.max(0, to - from));
  for (let index = 0; index < copy.length; index += 1) copy[index] = bytes[from + index] ?? 0;
  return copy;
}

function asciiOf(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (isPrintable(code)) return code;
  throw new RangeError("a text on the radio is printable ASCII");
}

function isPrintable(code: number): boolean {
  return code >= 0x20 && code < 0x7f;
}

function isWhole(value: number, most: number): boolean {
  return value >= 0 && value <= most && Math.floor(value) === value;
}
