/** What a processor is to the runner that feeds it. */
import type { StreamEntry } from "#wire/entry.ts";

import type { Lease } from "./lease.ts";

/** Entries of one stream of a held partition, oldest first. */
export interface Batch {
  readonly lease: Lease;
  readonly entries: readonly StreamEntry[];
}

/** Turns entries into knowledge. */
export interface Worker {
  /** Its consumer group. */
  readonly group: string;
  /** A partition is ours, before its first batch. */
  take(lease: Lease): Promise<void>;
  /** It is no longer. */
  drop(lease: Lease): void;
  /**
   * Makes all of a batch take effect, durably; the same batch again changes nothing. `fenced`: the partition is
   * somebody else's by now. Throws repeatable Trouble to be called again; whatever else it throws is the fault of an
   * entry, and the entries are then handed over one by one.
   */
  settle(batch: Batch): Promise<"settled" | "fenced">;
  /** Does what the clock brings; called at least once a second. */
  tick(): Promise<void>;
}
