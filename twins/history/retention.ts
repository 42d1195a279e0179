/**
 * Lets go of what has been kept long enough, so that what stays can still be proved.
 *
 * Records are looked at in the order in which they were made. One whose time is over becomes the anchor of all that went
 * before it: it keeps its hash, upon which the next one stands, and tells the twin as it stood then, under a seal. An
 * anchor right before it goes. So every moment since is told as before, and a run of records leaves one behind.
 * @source issue 4, item 8; policy.ts
 */
import type { Instant } from "#wire/units.ts";

import { type HistoryBook, stateAfter, type StoredRecord } from "./book.ts";
import { keptFrom, type LeafClass, leafClasses } from "./policy.ts";
import {
  classOfRecord,
  genesisOf,
  hexOf,
  type HistoryRecord,
  sealOf,
  textOf,
  type Trimmed,
} from "./record.ts";
import type { Statements } from "./statements.ts";

/** A record that code wrote. */
type Sound = StoredRecord & { readonly record: HistoryRecord };

/** Looks at up to `most` records of each class; answers how many were let go. Throws Trouble of the book. */
export function letGo(book: HistoryBook, now: Instant, most: number): number {
  return leafClasses.reduce((sum, name) => sum + letGoOf(book, name, { now, most }), 0);
}

function letGoOf(
  book: HistoryBook,
  name: LeafClass,
  { now, most }: { readonly now: Instant; readonly most: number },
): number {
  const { upTo = 0, removed = 0 } = book.trimming(name) ?? {};
  const some = book.recordsAfter(upTo, most);
  const young = some.findIndex(
    ({ record }) => record === undefined || record.at >= keptFrom(name, now),
  );
  const old = young < 0 ? some : some.slice(0, young);
  const last = old.at(-1);
  if (last === undefined) return 0;
  return book.write((rows) => {
    let gone = 0;
    for (const { id } of old) {
      const stored = book.record(id);
      if (isSound(stored) && isOver(stored.record, name)) gone += absorb(book, rows, stored);
    }
    rows.putTrimming.run({ class: name, upTo: last.id, removed: removed + gone });
    return gone;
  });
}

/** Whether the time of a record is over when that of its class, or of a shorter-kept one, is. */
function isOver(record: HistoryRecord, name: LeafClass): boolean {
  return name === "lasting" || classOfRecord(record) === name;
}

/** Makes a record the anchor of what went before it; answers how many records that takes out. */
function absorb(book: HistoryBook, rows: Statements, stored: Sound): number {
  const { id, record } = stored;
  const before = stored.before === null ? undefined : book.record(stored.before);
  const former = isSound(before) ? before.record.trimmed : undefined;
  const own = record.trimmed ?? {
    ...{ first: record.rev, count: 1 },
    after: hashBefore(book, stored, before),
  };
  if (former === undefined) {
    if (record.trimmed !== undefined) return 0;
    rows.replaceRecord.run({ id, before: stored.before, ...anchorOf(book, stored, own) });
    return 1;
  }
  const { first, after } = former;
  const both = { first, count: former.count + own.count, after };
  rows.replaceRecord.run({ id, before: before?.before ?? null, ...anchorOf(book, stored, both) });
  rows.dropRecord.run({ id: stored.before });
  return record.trimmed === undefined ? 1 : 0;
}

/** The text of an anchor in the place of a record, and its seal. */
function anchorOf(
  book: HistoryBook,
  { id, chain, hash, record }: Sound,
  trimmed: Trimmed,
): { readonly text: string; readonly seal: Buffer } {
  const { rev, at } = record;
  const whole = stateAfter(book, { no: chain }, id);
  const text = textOf({ rev, at, kind: "trimmed", changed: [], whole, trimmed });
  return { text, seal: Buffer.from(sealOf(hash, text)) };
}

/** The hash upon which a record stands, hex. */
function hashBefore(book: HistoryBook, { chain }: Sound, before: StoredRecord | undefined): string {
  if (before !== undefined) return hexOf(before.hash);
  const { tenant, serial } = book.chainNumbered(chain);
  return hexOf(genesisOf(tenant, serial));
}

function isSound(stored: StoredRecord | undefined): stored is Sound {
  return stored?.record !== undefined;
}
