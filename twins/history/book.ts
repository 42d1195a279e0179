/**
 * The history on the disk, as readers see it: chains, and the records along them, newest first.
 *
 * One process of all writes a partition's chains at a time; any process reads.
 */
import { assert } from "#platform/assert.ts";
import { type Database, openDatabase } from "#platform/database.ts";
import { Trouble } from "#platform/trouble.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { type PastState, withLeaves } from "./past-state.ts";
import { type Hash, type HistoryRecord, parseRecord } from "./record.ts";
import type { gaps, trimmings } from "./schema.ts";
import { type ChainRow, prepareStatements, type RecordRow, type Statements } from "./statements.ts";

/** One twin's chain, by its end. */
export interface Chain {
  readonly no: number;
  readonly serial: Serial;
  readonly tenant: Tenant;
  /** Id of its last record. */
  readonly head: number;
  /** Of its last record. */
  readonly rev: number;
  readonly hash: Hash;
  /** Records since the last that tells the whole twin. */
  readonly partial: number;
  readonly seenTo: string | null;
}

/** A record where it is stored. */
export interface StoredRecord {
  readonly id: number;
  readonly chain: number;
  /** Id of the one before. */
  readonly before: number | null;
  readonly hash: Hash;
  readonly text: string;
  readonly seal: Hash | null;
  /** What the text tells; undefined when no code wrote it. */
  readonly record: HistoryRecord | undefined;
}

/** All twins of some partitions at about one moment (schema.ts). */
export interface Frame {
  readonly no: number;
  readonly partitions: readonly number[];
  readonly upTo: number;
  readonly since: Instant;
  readonly until: Instant;
}

/** An open history. Throws Trouble `database-locked` (safe) when others write for too long. */
export interface HistoryBook {
  chain(serial: Serial): Chain | undefined;
  /** The chain with that number, which must exist. */
  chainNumbered(no: number): Chain;
  /** Every chain, in pages. */
  chains(): Iterable<Chain>;
  record(id: number): StoredRecord | undefined;
  /** At most `limit` records after that id, in the order in which they were made. */
  recordsAfter(id: number, limit: number): StoredRecord[];
  /** The same, their texts alone. */
  textsAfter(id: number, limit: number): { id: number; chain: number; text: string }[];
  /** Id of the newest record; 0 when there is none. */
  lastRecord(): number;
  /** Number of the newest chain, which is how many there are. */
  lastChain(): number;
  /** Up to where each change stream is recorded; none for one that nobody has begun. */
  positions(): ReadonlyMap<number, string>;
  gaps(): (typeof gaps.$inferSelect)[];
  /** Finished frames, oldest first. */
  frames(): Frame[];
  /** Numbers of frames, finished or not, that begin before that. */
  framesBefore(since: Instant): number[];
  /** The lines of a page of a frame, compressed; undefined after the last. */
  framePage(frame: number, page: number): Uint8Array | undefined;
  trimming(of: string): typeof trimmings.$inferSelect | undefined;
  /** Everything `work` does to the rows, or nothing when it throws; nobody else writes meanwhile. */
  write<T>(work: (rows: Statements) => T): T;
  close(): void;
}

/** Opens the history in the file at `path`; `:memory:` for one of one's own. */
export function openHistoryBook(path: string): HistoryBook {
  const database: Database = openDatabase(path, `${import.meta.dir}/migrations`);
  const rows = prepareStatements(database.tables);
  return {
    chain: (serial) => chainOf(rows.chain.get({ serial })),
    chainNumbered: (no) => {
      const chain = chainOf(rows.chainNumbered.get({ no }));
      assert(chain !== undefined, "a record is of a chain");
      return chain;
    },
    chains: () => everyChain(rows),
    record: (id) => storedOf(rows.record.get({ id })),
    recordsAfter: (after, limit) =>
      rows.recordsAfter.all({ after, limit }).flatMap((row) => storedOf(row) ?? []),
    textsAfter: (after, limit) => rows.textsAfter.all({ after, limit }),
    lastRecord: () => rows.lastRecord.get()?.id ?? 0,
    lastChain: () => rows.lastChain.get()?.no ?? 0,
    positions: () => new Map(rows.positions.all().map(({ partition, id }) => [partition, id])),
    gaps: () => rows.gaps.all(),
    frames: () =>
      rows.frames
        .all()
        .flatMap(({ until, ...frame }) => (until === null ? [] : { ...frame, until })),
    framesBefore: (since) => rows.framesBefore.all({ since }).map(({ no }) => no),
    framePage: (frame, page) => rows.framePage.all({ frame, page })[0]?.lines,
    trimming: (of) => rows.trimming.all({ class: of })[0],
    write: (work) => database.write(() => work(rows)),
    close: () => database.close(),
  };
}

/** The records of a chain from that id on, newest first. Throws Trouble `history-damaged` (never) where it breaks off. */
export function* recordsFrom(
  book: Pick<HistoryBook, "record">,
  chain: Pick<Chain, "no">,
  from: number | null,
): Iterable<StoredRecord & { readonly record: HistoryRecord }> {
  for (let id = from; id !== null;) {
    const stored = book.record(id);
    if (stored?.chain !== chain.no || stored.record === undefined) throw damaged(id);
    // What comes before was made before, so a damaged link cannot lead in circles.
    if (stored.before !== null && stored.before >= id) throw damaged(id);
    yield { ...stored, record: stored.record };
    id = stored.before;
  }
}

/** What was known of the twin after the record with that id. */
export function stateAfter(
  book: Pick<HistoryBook, "record">,
  chain: Pick<Chain, "no">,
  id: number,
): PastState {
  const later: HistoryRecord[] = [];
  for (const { record } of recordsFrom(book, chain, id)) {
    if (record.whole !== undefined) return replayed(record.whole, later);
    later.push(record);
  }
  return replayed({}, later);
}

/** `newestFirst` records applied to what was known before them. */
function replayed(state: PastState, newestFirst: readonly HistoryRecord[]): PastState {
  return withLeaves(
    state,
    newestFirst.toReversed().flatMap(({ changed }) => changed),
  );
}

function* everyChain(rows: Statements): Iterable<Chain> {
  for (let after = 0; ;) {
    const page = rows.chains.all({ after });
    for (const row of page) {
      const chain = chainOf(row);
      assert(chain !== undefined, "a row of a page is there");
      yield chain;
      after = row.no;
    }
    if (page.length === 0) return;
  }
}

function chainOf(row: ChainRow | undefined): Chain | undefined {
  return row;
}

function storedOf(row: RecordRow | undefined): StoredRecord | undefined {
  return row === undefined ? undefined : { ...row, record: parseRecord(row.text) };
}

function damaged(id: number): Trouble {
  return new Trouble("history-damaged", { retry: "never", detail: `record ${id}` });
}
