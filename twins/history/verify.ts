/**
 * Whether a chain still says what was recorded: every text under its hash, every hash upon the one before.
 *
 * Whoever can write the whole file can write a whole new chain; the anchor (the hash of the last record) that somebody
 * else noted earlier tells. Judging needs nothing but the chain, so an exported one is judged by the same code.
 * @source spec twins 5.5 (7)
 */
import type { Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { Chain, HistoryBook, StoredRecord } from "./book.ts";
import { keptFrom } from "./policy.ts";
import {
  genesisOf,
  type Hash,
  hashAfter,
  hexOf,
  isSameHash,
  parseRecord,
  sealOf,
} from "./record.ts";

/** One record as a chain gives it, oldest first. */
export interface ChainLink {
  readonly hash: Hash;
  readonly text: string;
  readonly seal: Hash | null;
}

/** What is found of a chain. */
export type Verdict =
  | {
      readonly kind: "holds";
      readonly records: number;
      /** Records that retention took out. */
      readonly trimmed: number;
      /** Hash of the last record, hex. */
      readonly anchor: string;
    }
  | {
      readonly kind: "broken";
      /** Revision of the first record that is not as it was written, as far as it still tells; null when it does not. */
      readonly rev: number | null;
      /** Revision of the last record before it that is. */
      readonly after: number | null;
    };

/** Records judged between two pauses: some 5 ms. */
const atOnce = 1000;

/** Judges the chain in the book. `pause` lets others go on in between. */
export async function verifyChain(
  book: HistoryBook,
  chain: Chain,
  { now, pause }: { readonly now: Instant; readonly pause: () => Promise<void> },
): Promise<Verdict> {
  const judge = createJudge(chain, now);
  const ids = await idsOf(book, chain, pause);
  for (const [at, id] of ids.entries()) {
    if (at % atOnce === atOnce - 1) await pause();
    const stored = book.record(id);
    if (stored === undefined || !judge.take(stored, stored.chain === chain.no)) break;
  }
  return judge.end({ anchor: chain.hash, rev: chain.rev });
}

/** One chain, judged link by link. */
export interface Judge {
  /** Answers false at the first link that is broken; `isOurs` tells whether it is marked as one of this chain. */
  readonly take: (link: ChainLink, isOurs?: boolean) => boolean;
  /** The verdict; broken also when the chain does not end where it is said to. */
  readonly end: (said: { readonly anchor: Hash; readonly rev: number }) => Verdict;
}

/** A judge of the chain of that twin. */
export function createJudge(
  { tenant, serial }: { readonly tenant: Tenant; readonly serial: Serial },
  now: Instant,
): Judge {
  let hash = genesisOf(tenant, serial);
  let last: number | null = null;
  let [records, trimmed] = [0, 0];
  let broken: Extract<Verdict, { kind: "broken" }> | undefined;
  return {
    take: (link, isOurs = true) => {
      const record = parseRecord(link.text);
      if (record === undefined || !isOurs || !isSound(link, { before: hash, now })) {
        broken = { kind: "broken", rev: revIn(link.text), after: last };
        return false;
      }
      hash = link.hash;
      last = record.rev;
      records += 1;
      trimmed += record.trimmed?.count ?? 0;
      return true;
    },
    end: ({ anchor, rev }) => {
      if (broken !== undefined) return broken;
      if (!isSameHash(hash, anchor) || last !== rev) return { kind: "broken", rev, after: last };
      return { kind: "holds", records, trimmed, anchor: hexOf(anchor) };
    },
  };
}

/** Whether a text is the one that was written after a record with that hash. */
function isSound(
  { text, hash, seal }: ChainLink,
  { before, now }: { readonly before: Hash; readonly now: Instant },
): boolean {
  const record = parseRecord(text);
  if (record?.trimmed === undefined)
    return seal === null && isSameHash(hashAfter(before, text), hash);
  // Nothing is taken out before its time.
  const isOld = record.at <= keptFrom("technical", now);
  const isSealed = seal !== null && isSameHash(sealOf(hash, text), seal);
  return isOld && isSealed && record.trimmed.after === hexOf(before);
}

/** Ids of the records of a chain, oldest first, as far back as they lead. */
export async function idsOf(
  book: HistoryBook,
  chain: Chain,
  pause: () => Promise<void>,
): Promise<number[]> {
  const ids: number[] = [];
  for (let id: number | null = chain.head; id !== null;) {
    const stored: StoredRecord | undefined = book.record(id);
    if (stored === undefined || !leadsTo(book, stored, ids.at(-1))) break;
    ids.push(id);
    if (ids.length % atOnce === 0) await pause();
    // A record of another chain leads nowhere that concerns this one.
    const isOurs = stored.chain === chain.no;
    id = isOurs && (stored.before ?? 0) < id ? stored.before : null;
  }
  return ids.toReversed();
}

/** Whether a record of another chain is nevertheless the one before: then it is its mark that is broken, not the link. */
function leadsTo(book: HistoryBook, stored: StoredRecord, after: number | undefined): boolean {
  const next = after === undefined ? undefined : book.record(after);
  if (next === undefined || next.chain === stored.chain) return true;
  return isSameHash(hashAfter(stored.hash, next.text), next.hash);
}

function revIn(text: string): number | null {
  const [, rev] = /^\[(\d{1,15})(?!\d)/.exec(text) ?? [];
  return rev === undefined ? null : Number(rev);
}
