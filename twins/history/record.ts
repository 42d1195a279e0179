/**
 * One record of a twin's history, its text, and the chain of hashes that binds it to all before it.
 *
 * hash = SHA-256(hash before ‖ text). The text is canonical: a JSON list in fixed order, written once and never again, so
 * the bytes that are stored are the bytes that are hashed. The first hash before is that of tenant and serial, so that no
 * chain can pass for another's.
 * @source spec twins 5.5 (7)
 */
import { assert } from "#platform/assert.ts";
import { type Change, changeCauses, type ChangedLeaf } from "#twins/document.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { decodeState, encodeState, type PastState } from "./past-state.ts";
import { classOf, type LeafClass } from "./policy.ts";

/**
 * What a record tells. `created`, `changed`, `retired`: one change. `seen`: the twin as it stood when history began to
 * look at it. `gap`: as it stands after changes that nobody recorded. `trimmed`: as it stood after the last of the records
 * that retention has taken out.
 */
export const recordKinds = ["created", "changed", "retired", "seen", "gap", "trimmed"] as const;
export type RecordKind = (typeof recordKinds)[number];

/** One record. */
export interface HistoryRecord extends Pick<Change, "by" | "why" | "cause"> {
  /** Of the twin when it was so. */
  readonly rev: number;
  readonly at: Instant;
  readonly kind: RecordKind;
  readonly changed: readonly ChangedLeaf[];
  /** All that is known of the twin after it; of some records only, so that nobody reads further back than to one. */
  readonly whole?: PastState;
  /** Of a `gap`: up to when everything had been recorded. */
  readonly since?: Instant;
  /** Of a `trimmed`. */
  readonly trimmed?: Trimmed;
}

/** What retention took out, up to and with the record whose place it takes. */
export interface Trimmed {
  /** Revision of the first record taken out. */
  readonly first: number;
  readonly count: number;
  /** Hash before the first, hex: where the chain goes on before it. */
  readonly after: string;
}

/** SHA-256. */
export type Hash = Uint8Array;

/** The hash before the first record of a twin. */
export function genesisOf(tenant: string, serial: string): Hash {
  return sha256(`vigie history ${tenant} ${serial}`);
}

/** The hash of a record with that text after one with that hash. */
export function hashAfter(before: Hash, text: string): Hash {
  return sha256(before, text);
}

/** What seals a `trimmed` record: its hash is that of the record whose place it takes, so its own text needs one. */
export function sealOf(hash: Hash, text: string): Hash {
  return sha256("trimmed", hash, text);
}

/** Whether both are the same hash. */
export function isSameHash(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0;
}

/** As hex. */
export function hexOf(hash: Hash): string {
  return Buffer.from(hash).toString("hex");
}

/** The canonical text: what is absent at the end of the list is left out. */
export function textOf(record: HistoryRecord): string {
  const { rev, at, kind, changed, cause, by, why, whole, since, trimmed } = record;
  const leaves = changed.map(({ path, value, t }) => [path, value, at - t]);
  const list: unknown[] = [
    ...[rev, at, kind, leaves, cause ?? null, by ?? null, why ?? null],
    whole === undefined ? null : encodeState(whole, at),
    since ?? null,
    trimmed === undefined ? null : [trimmed.first, trimmed.count, trimmed.after],
  ];
  return JSON.stringify(list.slice(0, list.findLastIndex((each) => each !== null) + 1));
}

/** The record that a text tells, or undefined when it is not one that {@link textOf} writes. */
export function parseRecord(text: string): HistoryRecord | undefined {
  const list = parsed(text);
  if (!Array.isArray(list)) return undefined;
  const [rev, at, kindText, leaves, ...rest]: Json[] = list;
  const kind = recordKinds.find((known) => known === kindText);
  if (!isCount(rev) || !isCount(at) || kind === undefined) return undefined;
  if (!Array.isArray(leaves) || !leaves.every(isLeaf)) return undefined;
  const changed = leaves.map(([path, value, lag]) => ({ path, value, t: at - lag }));
  const author = authorOf(rest.slice(0, 3));
  const known = knownOf(rest.slice(3), at);
  if (author === undefined || known === undefined) return undefined;
  return { rev, at: Instant(at), kind, changed, ...author, ...known };
}

/** How long it is kept: as long as the longest-kept of its leaves, and beginnings and ends for long. */
export function classOfRecord({ kind, changed }: HistoryRecord): LeafClass {
  if (kind !== "changed") return "lasting";
  return changed.some(({ path }) => classOf(path) === "lasting") ? "lasting" : "technical";
}

type Author = Pick<HistoryRecord, "cause" | "by" | "why">;
type Known = Pick<HistoryRecord, "whole" | "since" | "trimmed">;

function authorOf([cause = null, by = null, why = null]: readonly Json[]): Author | undefined {
  const known = changeCauses.find((each) => each === cause);
  if (cause !== null && known === undefined) return undefined;
  return {
    ...(known === undefined ? {} : { cause: known }),
    ...(typeof by === "string" ? { by } : {}),
    ...(typeof why === "string" ? { why } : {}),
  };
}

function knownOf(
  [whole = null, since = null, cut = null]: readonly Json[],
  at: number,
): Known | undefined {
  const state = whole === null ? null : decodeState(whole, at);
  const trimmed = cut === null ? null : trimmedOf(cut);
  if (state === undefined || trimmed === undefined) return undefined;
  return {
    ...(state === null ? {} : { whole: state }),
    ...(isCount(since) ? { since: Instant(since) } : {}),
    ...(trimmed === null ? {} : { trimmed }),
  };
}

function trimmedOf(cut: Json): Trimmed | undefined {
  if (!Array.isArray(cut)) return undefined;
  const [first, count, after]: Json[] = cut;
  if (!isCount(first) || !isCount(count) || typeof after !== "string") return undefined;
  return { first, count, after };
}

function isLeaf(leaf: Json): leaf is [string, Json, number] {
  return Array.isArray(leaf) && typeof leaf[0] === "string" && typeof leaf[2] === "number";
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function sha256(...pieces: readonly (string | Uint8Array)[]): Hash {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const piece of pieces) hasher.update(piece);
  const digest = hasher.digest();
  assert(digest.length === 32, "SHA-256 has 32 bytes");
  return digest;
}
