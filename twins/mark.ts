/**
 * The mark: what the doors have received of one counter, (device, epoch).
 *
 * Every number a box has given out is exactly one of stored, refused, duplicate (its event was already stored under
 * another number), lost (declared dropped) or in flight. A number that arrives again is a repeat, counted apart. The
 * functions are pure; a door commits a mark together with what it admits, so that the two never disagree.
 *
 * @source DESIGN §4 numbers and receipts, §5 accounting identity
 */
import { assert } from "#platform/assert.ts";
import { cadence } from "#wire/cadence.ts";
import { type Epoch, parseEpoch } from "#wire/identity.ts";
import type { Receipt, RefusalCode } from "#wire/messages.ts";
import { addNumber, addRange, contains, normalise, type Ranges, size } from "#wire/ranges.ts";

/** What is known of one counter. */
export interface Mark {
  /** Every number from 1 to here is received. */
  readonly upTo: number;
  /** Received numbers above `upTo`, at most 64 ranges. */
  readonly ranges: Ranges;
  readonly stored: number;
  readonly refused: number;
  readonly duplicate: number;
  readonly lost: number;
  /** Arrivals of numbers that were received before. */
  readonly repeats: number;
  /** The highest number that is known to have been given out. */
  readonly sent: number;
  /**
   * The highest 16 numbers that carried a message, rising, with 32 bits of each one's content in base 36:
   * `20:zik0zj,21:1y2p0i`. A text, because it is only ever appended to, and marks are many.
   */
  readonly digests: string;
  /** The highest 16 refused numbers, rising. */
  readonly refusals: readonly (readonly [seq: number, code: string])[];
}

/** What one number became. */
export type Fate = "stored" | "refused" | "duplicate";

/** A message as a mark sees it. `code` says why a refused one is. */
export interface Arrival {
  readonly seq: number;
  /** Unsigned 32-bit hash of its content. */
  readonly digest: number;
  readonly fate: Fate;
  readonly code?: RefusalCode;
}

/** How many digests and refusals a mark remembers. */
export const remembered = 16;
/** How many epochs of one device are kept; an older one is folded into the totals of its partition. */
export const epochsKept = 8;

/** The mark of a counter of which nothing is known. */
export const emptyMark: Mark = {
  upTo: 0,
  ranges: [],
  stored: 0,
  refused: 0,
  duplicate: 0,
  lost: 0,
  repeats: 0,
  sent: 0,
  digests: "",
  refusals: [],
};

/** Whether `seq` has been received. */
export function isReceived(mark: Mark, seq: number): boolean {
  return seq <= mark.upTo || contains(mark.ranges, seq);
}

/**
 * What an arriving number is: `new`; a `repeat`; a `conflict`, when it is known to have had another content; or
 * `beyond`, when the mark would need a 65th range and the number must wait for an earlier one.
 */
export function standing(
  mark: Mark,
  seq: number,
  digest: number,
): "new" | "repeat" | "conflict" | "beyond" {
  if (isReceived(mark, seq)) {
    const known = list(mark.digests).find((one) => one.startsWith(`${seq}:`));
    return known === undefined || known === digestText(seq, digest) ? "repeat" : "conflict";
  }
  if (mark.ranges.length < cadence.limits.rangesMax) return "new";
  const after = received(mark, addNumber(mark.ranges, seq));
  return after.ranges.length <= cadence.limits.rangesMax ? "new" : "beyond";
}

/** The mark after a new number has arrived. */
export function receive(mark: Mark, arrival: Arrival): Mark {
  const { seq, fate } = arrival;
  assert(!isReceived(mark, seq), "a number is received once");
  const next = seq === mark.upTo + 1 && mark.ranges.length === 0;
  const { upTo, ranges } = next
    ? { upTo: seq, ranges: mark.ranges }
    : received(mark, addNumber(mark.ranges, seq));
  assert(ranges.length <= cadence.limits.rangesMax, "a number beyond the ranges is withheld");
  return {
    upTo,
    ranges,
    stored: mark.stored + (fate === "stored" ? 1 : 0),
    refused: mark.refused + (fate === "refused" ? 1 : 0),
    duplicate: mark.duplicate + (fate === "duplicate" ? 1 : 0),
    lost: mark.lost,
    repeats: mark.repeats,
    sent: Math.max(mark.sent, seq),
    digests: rememberDigest(mark.digests, seq, arrival.digest),
    refusals:
      arrival.code === undefined ? mark.refusals : remember(mark.refusals, [seq, arrival.code]),
  };
}

/** The mark after a received number has arrived again. */
export function repeat(mark: Mark): Mark {
  return { ...mark, repeats: mark.repeats + 1 };
}

/** The mark after its box has declared numbers dropped; those received before stay what they were. */
export function declareLost(mark: Mark, dropped: { from: number; to: number }): Mark {
  const before = mark.upTo + size(mark.ranges);
  const from = Math.max(dropped.from, mark.upTo + 1);
  if (from > dropped.to) return mark;
  const after = received(mark, addRange(mark.ranges, from, dropped.to));
  return {
    ...mark,
    ...after,
    lost: mark.lost + after.upTo + size(after.ranges) - before,
    sent: Math.max(mark.sent, dropped.to),
  };
}

/** Whether the mark may be written: a mark with more ranges must wait for an earlier number. */
export function fits(mark: Mark): boolean {
  return mark.ranges.length <= cadence.limits.rangesMax;
}

/** The mark after a heartbeat has told the highest number given out. */
export function announce(mark: Mark, sent: number): Mark {
  return sent > mark.sent ? { ...mark, sent } : mark;
}

/** How many numbers have been given out and not received. */
export function inFlight(mark: Mark): number {
  return mark.sent - mark.upTo - size(mark.ranges);
}

/** Why a number was refused, while the mark remembers it; undefined when it was not. */
export function refusalOf(mark: Mark, seq: number): RefusalCode | undefined {
  const code = mark.refusals.find(([refused]) => refused === seq)?.[1];
  return code !== undefined && isCode(code) ? code : undefined;
}

/** The receipt that says what this mark knows. */
export function receiptOf(epoch: Epoch, mark: Mark): Receipt {
  return {
    epoch,
    upTo: mark.upTo,
    ranges: mark.ranges,
    refused: mark.refusals.flatMap(([seq, code]) => (isCode(code) ? [{ seq, code }] : [])),
  };
}

/**
 * The mark as one short text: ten words, `-` for an empty list.
 *
 * `17 19-21 18 1 0 1 2 25 20:zik0zj,21:1y2p0i 4:invalid_json`
 */
export function formatMark(mark: Mark): string {
  let ranges = "";
  for (const [from, to] of mark.ranges) ranges += `${ranges === "" ? "" : ","}${from}-${to}`;
  let refusals = "";
  for (const [seq, code] of mark.refusals)
    refusals += `${refusals === "" ? "" : ","}${seq}:${code}`;
  const counts = `${mark.stored} ${mark.refused} ${mark.duplicate} ${mark.lost} ${mark.repeats}`;
  return `${mark.upTo} ${ranges || "-"} ${counts} ${mark.sent} ${mark.digests || "-"} ${refusals || "-"}`;
}

/** The mark that {@link formatMark} wrote; null is the mark of an unknown counter. */
export function parseMark(text: string | null): Mark {
  if (text === null) return emptyMark;
  const words = text.split(" ");
  assert(words.length === 10, "a mark is ten words");
  const count = (at: number): number => whole(words[at]);
  return {
    upTo: count(0),
    ranges: list(words[1]).map((range) => pair(range, "-", whole)),
    stored: count(2),
    refused: count(3),
    duplicate: count(4),
    lost: count(5),
    repeats: count(6),
    sent: count(7),
    digests: words[8] === undefined || words[8] === "-" ? "" : words[8],
    refusals: list(words[9]).map((refusal) => pair(refusal, ":", (word) => word)),
  };
}

/** The field of `vigie:{p}:marks` that holds the mark of a counter. */
export function counterField(device: string, epoch: string): string {
  return `${device}:${epoch}`;
}

/** The epochs of a device, oldest first, as the field named by its serial alone lists them. */
export function parseEpochs(text: string | null): readonly Epoch[] {
  return text === null ? [] : text.split(",").flatMap((word) => parseEpoch(word) ?? []);
}

function digestText(seq: number, digest: number): string {
  return `${seq}:${digest.toString(36)}`;
}

/** Keeps the highest numbers. Nearly always the new one is the highest, and goes to the end. */
function rememberDigest(digests: string, seq: number, digest: number): string {
  const added = digestText(seq, digest);
  if (digests === "") return added;
  const last = parseInt(digests.slice(digests.lastIndexOf(",") + 1), 10);
  const all = last < seq ? `${digests},${added}` : inOrder(digests, added);
  return commasIn(all) < remembered ? all : all.slice(all.indexOf(",") + 1);
}

function commasIn(text: string): number {
  let commas = 0;
  for (let at = text.indexOf(","); at >= 0; at = text.indexOf(",", at + 1)) commas++;
  return commas;
}

function inOrder(digests: string, added: string): string {
  const rising = [...list(digests), added].toSorted((a, b) => parseInt(a, 10) - parseInt(b, 10));
  return rising.join(",");
}

function received(mark: Mark, ranges: Ranges): { upTo: number; ranges: Ranges } {
  return normalise(mark.upTo, ranges);
}

/** Keeps the highest numbers, so that what is remembered does not depend on the order of arrival. */
function remember<T>(
  kept: readonly (readonly [number, T])[],
  added: readonly [number, T],
): readonly (readonly [number, T])[] {
  const last = kept.at(-1);
  const all = [...kept, added];
  if (last !== undefined && last[0] > added[0]) all.sort((a, b) => a[0] - b[0]);
  return all.length > remembered ? all.slice(all.length - remembered) : all;
}

const codes: ReadonlySet<string> = new Set<RefusalCode>([
  "invalid_json",
  "invalid_cbor",
  "compressed",
  "invalid_senml",
  "invalid_message",
  "too_deep",
  "too_many_records",
  "must_understand",
  "unsupported_version",
  "wrong_device",
  "unknown_device",
  "conflict",
  "clock_ahead",
  "too_late",
  "clock_lost",
]);

function isCode(word: string): word is RefusalCode {
  return codes.has(word);
}

function list(word: string | undefined): readonly string[] {
  return word === undefined || word === "" || word === "-" ? [] : word.split(",");
}

function pair<T>(word: string, between: string, read: (word: string) => T): readonly [number, T] {
  const at = word.indexOf(between);
  assert(at > 0, "a mark's list is made of pairs");
  return [whole(word.slice(0, at)), read(word.slice(at + 1))];
}

function whole(word: string | undefined): number {
  const value = Number(word);
  assert(Number.isSafeInteger(value) && value >= 0, "a mark counts in whole numbers");
  return value;
}
