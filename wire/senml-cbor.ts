/**
 * SenML's CBOR form: integer labels, checked head by head before the decoder allocates anything.
 *
 * The scan takes what RFC 8428 §6 uses and nothing else: definite lengths, tag 4 (decimal
 * fractions) with two whole
 * numbers, keys that are whole numbers or text. `cbor-x` is used here only; the wristband never
 * imports this file.
 * @source RFC 8428 §6 table 4; RFC 8949 §3
 */
import { Decoder, Encoder } from "cbor-x";

import { cadence } from "./cadence.ts";
import { countKeys, outsideRefusal, refuse } from "./json.ts";
import type { Parsed, Refused } from "./messages.ts";

/** SenML label → integer key. */
const keyMap = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
};

const options = { keyMap, useRecords: false, mapsAsObjects: true, variableMapSize: true };
const decoder = new Decoder(options);
const encoder = new Encoder(options);

/** Whether `payload` begins as a CBOR list does; JSON never does. */
export function looksLikeCbor(payload: Uint8Array): boolean {
  const first = payload[0] ?? 0;
  return first >= 0x80;
}

/** The pack that `payload` encodes, labels as in JSON, or why it is not taken. */
export function parseCbor(payload: Uint8Array): Parsed<unknown> {
  const refusal = outsideRefusal(payload);
  if (refusal !== undefined) return refusal;
  const scan: Scan = { bytes: payload, at: 0, keys: 0 };
  const fault = scanItem(scan, 1);
  if (fault !== undefined) return fault;
  if (scan.at !== payload.length) return invalid("bytes follow the pack");
  let value: unknown;
  try {
    value = decoder.decode(payload);
  } catch {
    return invalid("the bytes are not CBOR");
  }
  return countKeys(value) === scan.keys
    ? { kind: "parsed", value }
    : invalid("a record names a label twice");
}

/** The CBOR form of records whose labels are the JSON ones. */
export function writeCbor(records: readonly object[]): Uint8Array {
  // A copy: the encoder hands out views of a large buffer of its own.
  return new Uint8Array(encoder.encode(records));
}

/** A walk over the bytes, and the keys it has met. */
interface Scan {
  readonly bytes: Uint8Array;
  at: number;
  keys: number;
}

/** The first byte of an item, and the number that it or the bytes after it carry. */
interface Head {
  readonly major: number;
  readonly info: number;
  readonly argument: number;
}

function invalid(why: string): Refused {
  return refuse("invalid_cbor", why);
}

/**
 * Moves over one item whose containers, if it is one, are at `depth`; stops at the first thing not
 * taken.
 */
function scanItem(scan: Scan, depth: number): Refused | undefined {
  const head = readHead(scan);
  if (head === undefined) return invalid("the bytes end too soon, or a length is not definite");
  switch (head.major) {
    case 0:
    case 1:
      return undefined;
    case 2:
    case 3:
      if (head.argument > left(scan)) return invalid("a text is longer than the bytes");
      scan.at += head.argument;
      return undefined;
    case 4:
    case 5:
      return scanMembers(scan, head, depth);
    case 6:
      return scanDecimal(scan, head.argument);
    default:
      return isPlainValue(head) ? undefined : invalid("a value of no use in SenML");
  }
}

function scanMembers(scan: Scan, head: Head, depth: number): Refused | undefined {
  if (depth > cadence.limits.depth) {
    return refuse("too_deep", `CBOR is nested deeper than ${cadence.limits.depth}`);
  }
  const isMap = head.major === 5;
  // Every member takes at least a byte: a length that the bytes cannot hold is refused before it is
  // believed.
  if (head.argument > left(scan) / (isMap ? 2 : 1))
    return invalid("a list is longer than the bytes");
  if (depth === 1 && head.argument > cadence.limits.records) {
    return refuse("too_many_records", `a pack has at most ${cadence.limits.records} records`);
  }
  for (let member = 0; member < head.argument; member++) {
    const fault = (isMap ? scanKey(scan, depth) : undefined) ?? scanItem(scan, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function scanKey(scan: Scan, depth: number): Refused | undefined {
  const major = (scan.bytes[scan.at] ?? 0) >> 5;
  if (major !== 0 && major !== 1 && major !== 3) {
    return invalid("a label is neither a whole number nor text");
  }
  scan.keys++;
  return scanItem(scan, depth + 1);
}

/** Tag 4: a list of exponent and mantissa, both whole numbers. */
function scanDecimal(scan: Scan, tag: number): Refused | undefined {
  if (tag !== 4 || scan.bytes[scan.at] !== 0x82) return invalid("a tag that is not known");
  scan.at++;
  for (let part = 0; part < 2; part++) {
    const head = readHead(scan);
    if (head === undefined || head.major > 1)
      return invalid("a decimal fraction of no whole numbers");
  }
  return undefined;
}

/** false, true, null, and the three widths of numbers. */
function isPlainValue({ info }: Head): boolean {
  return (info >= 20 && info <= 22) || (info >= 25 && info <= 27);
}

/**
 * The head at the cursor, which moves behind it; undefined when cut short, indefinite or reserved.
 */
function readHead(scan: Scan): Head | undefined {
  const first = scan.bytes[scan.at];
  if (first === undefined) return undefined;
  const info = first & 0x1f;
  const width = info < 24 ? 0 : info < 28 ? 2 ** (info - 24) : undefined;
  if (width === undefined || width >= left(scan)) return undefined;
  scan.at++;
  let argument = info;
  if (width > 0) argument = 0;
  for (let byte = 0; byte < width; byte++) {
    argument = argument * 256 + (scan.bytes[scan.at++] ?? 0);
  }
  return { major: first >> 5, info, argument };
}

/** Bytes not yet walked over. */
function left(scan: Scan): number {
  return scan.bytes.length - scan.at;
}
