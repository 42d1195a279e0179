/**
 * A chain page by page, newest first: what changed, when, by whom.
 */
import type { ChangedLeaf } from "#twins/document.ts";
import type { Instant } from "#wire/units.ts";

import { type Chain, type HistoryBook, recordsFrom, type StoredRecord } from "./book.ts";
import { partOf } from "./policy.ts";
import type { HistoryRecord } from "./record.ts";

/** What is asked. */
export interface PageQuery {
  /** Not before, not after; both included. */
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  /** Only leaves of this part, and records that have some. */
  readonly part: string | undefined;
  readonly limit: number;
  /** Id of the last record that was looked at for the page before. */
  readonly after: number | undefined;
}

/** A record of a page, with the leaves that were asked for. */
export interface PageRecord {
  readonly record: HistoryRecord;
  readonly changed: readonly ChangedLeaf[];
  readonly stored: StoredRecord;
}

/** A page; `end`, the last record looked at, when more may follow. */
export interface HistoryPage {
  readonly records: readonly PageRecord[];
  readonly end: number | undefined;
}

/** Records looked at for one page: some 50 ms. */
const lookedAtMax = 10_000;

/** The page that a query asks for. Throws Trouble `history-damaged`. */
export function pageOfChain(book: HistoryBook, chain: Chain, query: PageQuery): HistoryPage {
  const { from, limit, after } = query;
  const records: PageRecord[] = [];
  let lookedAt = 0;
  let end: number | undefined;
  for (const stored of recordsFrom(book, chain, startOf(book, chain, after))) {
    const { id, record } = stored;
    if (from !== undefined && record.at < from) return { records, end: undefined };
    if (after !== undefined && id >= after) continue;
    if (records.length === limit || lookedAt === lookedAtMax) return { records, end };
    lookedAt += 1;
    end = id;
    const changed = askedOf(record, query);
    if (changed !== undefined) records.push({ record, changed, stored });
  }
  return { records, end: undefined };
}

/** The leaves of a record that are asked for; undefined for one that is not. */
function askedOf({ at, changed }: HistoryRecord, { to, part }: PageQuery) {
  if (to !== undefined && at > to) return undefined;
  if (part === undefined) return changed;
  const asked = changed.filter(({ path }) => partOf(path) === part);
  return asked.length === 0 ? undefined : asked;
}

/** The record to go on from: the one named, unless retention has taken it out since. */
function startOf(book: HistoryBook, chain: Chain, after: number | undefined): number {
  const stored = after === undefined ? undefined : book.record(after);
  return stored?.chain === chain.no ? stored.id : chain.head;
}
