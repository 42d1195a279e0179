/**
 * Streams: ordered, durable logs of text fields with consumer groups (Redis Streams).
 *
 * Ids are `ms-seq` texts that only grow. Entries are appended by `Cells.commit`; `append` serves
 * what needs no checks.
 */

/** One entry as read. */
export interface Entry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Entries of one stream. */
export interface Batch {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/** A stream's end that one consumer group works at. */
export interface GroupState {
  readonly name: string;
  /** Id of the last entry handed to any consumer. */
  readonly lastDelivered: string;
  /** Handed out, not acknowledged. */
  readonly pending: number;
  /** Oldest unacknowledged id, or null. */
  readonly oldestPending: string | null;
  /**
   * Entries not handed out yet, trimmed ones possibly included; null when the server cannot tell.
   */
  readonly lag: number | null;
}

/** One reader of a group. */
export interface Consumer {
  readonly group: string;
  readonly consumer: string;
}

/** Before every entry. */
export const origin = "0-0";

/**
 * The streams. Throws Trouble `stream-unreachable` (safe or ambiguous), `stream-full` (safe; append
 * and createGroup), `group-missing` (never; readGroup, readOwn, claim).
 */
export interface Streams {
  append(
    key: string,
    fields: Readonly<Record<string, string>>,
    options?: { atMost?: number },
  ): Promise<string>;
  /** Entries after `after` (exclusive; `origin` for all), oldest first, at most `limit`. */
  range(key: string, options: { after: string; limit: number }): Promise<Entry[]>;
  /** The newest entries, newest first, at most `limit`. */
  latest(key: string, limit: number): Promise<Entry[]>;
  /** Id of the newest entry ever added, `origin` when the stream was never written. */
  last(key: string): Promise<string>;
  /** Id of the oldest entry still held, or null when empty. */
  first(key: string): Promise<string | null>;
  length(key: string): Promise<number>;
  /** Entries after each position; waits up to `blockMs` when there are none; then answers []. */
  read(
    positions: ReadonlyMap<string, string>,
    options: { limit: number; blockMs: number },
  ): Promise<Batch[]>;
  /** Creates the group (and the stream) reading from `from`; harmless when it exists. */
  createGroup(key: string, group: string, from: string): Promise<void>;
  /**
   * New entries for this consumer; waits up to `blockMs` when there are none; then answers []. When
   * it throws, entries may have been handed out on the way: read one's own again.
   */
  readGroup(
    keys: readonly string[],
    consumer: Consumer,
    options: { limit: number; blockMs: number },
  ): Promise<Batch[]>;
  /** This consumer's own unacknowledged entries after `after`, oldest first (after a restart). */
  readOwn(
    key: string,
    consumer: Consumer,
    options: { after: string; limit: number },
  ): Promise<Entry[]>;
  /**
   * Takes over entries idle for `minIdleMs` from any consumer, with how often each was handed out.
   * `gone` names pending entries whose text was trimmed away: a declared loss.
   */
  claim(
    key: string,
    consumer: Consumer,
    options: { minIdleMs: number; limit: number },
  ): Promise<{ entries: { entry: Entry; deliveries: number }[]; gone: string[] }>;
  acknowledge(key: string, group: string, ids: readonly string[]): Promise<void>;
  groups(key: string): Promise<GroupState[]>;
  /** Removes entries with an id below `before`. */
  trim(key: string, before: string): Promise<void>;
}

/** Compares two ids: negative when `a` is older, 0 when equal. */
export function compareIds(a: string, b: string): number {
  const [aMs, aSeq] = split(a);
  const [bMs, bSeq] = split(b);
  return aMs - bMs || aSeq - bSeq;
}

function split(id: string): [number, number] {
  const dash = id.indexOf("-");
  return dash < 0 ? [Number(id), 0] : [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
