/**
 * Bytes → JSON value, with the bounds of the plan checked before anything is allocated for them.
 *
 * A first pass over the bytes measures depth and counts keys without building anything. A key that
 * is given twice in
 * one object is refused, since readers disagree on which of the two holds (RFC 8259 §4): the pass
 * counts the colons
 * outside strings, and a parsed value with fewer keys than that has lost some.
 */
import { cadence } from "./cadence.ts";
import type { Parsed, RefusalCode, Refused } from "./messages.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A refusal with its one sentence. */
export function refuse(code: RefusalCode, why: string): Refused {
  return { kind: "refused", code, why };
}

/** Whether `value` is an object with named members, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON value that `payload` spells, or why it is not taken. */
export function parseJson(payload: Uint8Array): Parsed<unknown> {
  const outside = outsideRefusal(payload);
  if (outside !== undefined) return outside;
  const outline = outlineOf(payload);
  if (outline.depth > cadence.limits.depth) {
    return refuse("too_deep", `JSON is nested deeper than ${cadence.limits.depth}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(payload));
  } catch {
    return refuse("invalid_json", "the bytes are not JSON in UTF-8");
  }
  return countKeys(value) === outline.keys
    ? { kind: "parsed", value }
    : refuse("invalid_json", "an object names a key twice");
}

/** What can be said against a payload before reading it: too large, or compressed. */
export function outsideRefusal(payload: Uint8Array): Refused | undefined {
  if (payload.length > cadence.limits.payloadBytes) {
    return refuse("invalid_message", `a message has at most ${cadence.limits.payloadBytes} bytes`);
  }
  return isCompressed(payload)
    ? refuse("compressed", "compressed bodies are not read; CBOR is the compact form")
    : undefined;
}

/** How many keys a value built of objects and lists holds, at all depths. */
export function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const member of value) count += countKeys(member);
    return count;
  }
  for (const member of Object.values(value)) count += 1 + countKeys(member);
  return count;
}

/** gzip, zstd, and zlib by its header's check (RFC 1950 §2.2). */
function isCompressed(payload: Uint8Array): boolean {
  const [a = 0, b = 0, c, d] = payload;
  if (a === 0x1f && b === 0x8b) return true;
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return true;
  return a === 0x78 && (a * 256 + b) % 31 === 0;
}

/** Deepest nesting, and the colons outside strings: one per key when the text is JSON at all. */
function outlineOf(bytes: Uint8Array): { readonly depth: number; readonly keys: number } {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) at = endOfString(bytes, at);
    else if (byte === 0x3a) keys++;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return { depth: deepest, keys };
}

/** Where the string that opens at `start` closes; the end of the bytes when it does not. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}
