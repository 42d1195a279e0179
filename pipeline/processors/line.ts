/**
 * One stream of a held partition: what has been read of it is settled and acknowledged, in order, and nothing is lost
 * or stuck on the way (F32, F33).
 *
 * What the world refuses for now stays in hand and is tried again. An entry at which the worker itself fails is left
 * unacknowledged, the others go on, and it is handed over alone until it works or has been tried too often. Redis
 * counts the tries, so that they outlive a crash; and entries handed out before are taken one at a time, so that one
 * that kills the process is counted alone.
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Consumer, Entry, Streams } from "#platform/stream/port.ts";
import { isRepeatable } from "#platform/trouble.ts";
import type { Keys } from "#twins/keys.ts";
import { cadence } from "#wire/cadence.ts";
import { parseEntry } from "#wire/entry.ts";
import { type Duration, Seconds } from "#wire/units.ts";

import { bury } from "./dead.ts";
import type { Lease } from "./lease.ts";
import type { Worker } from "./worker.ts";

/** How long a failed entry rests before it is handed over again. */
const restAfterFailure: Duration = Seconds(1);
/** An entry handed out for that long is nobody's: a replaced process read it before it knew (F34). */
const orphanAfter: Duration = Seconds(30);

/** What the lines of one runner share. */
export interface LineDeps {
  readonly worker: Worker;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly consumer: Consumer;
  readonly count: (what: Tally, by: number) => void;
}

/** What may become of entries. */
export type Tally = "settled" | "failed" | "dead" | "gone";

/** Entries that came to an end: settled or dead; or the partition is no longer ours. */
export type Progress = number | "fenced";

/** A stream being worked at. */
export class Line {
  readonly key: string;
  readonly #deps: LineDeps;
  readonly #lease: Lease;
  #inHand: readonly Entry[] = [];
  /** When unacknowledged entries are taken up again, on the monotonic clock. */
  #redeliverAt = 0;
  /** Only what has been idle for that long is taken up: zero for what a former holder left. */
  #minIdleMs = 0;
  /** No answer of Redis was lost here, which would have counted as a try. */
  #countsAreSure = true;
  /** Entries that failed here and have not ended. */
  readonly #resting = new Set<string>();

  constructor(deps: LineDeps, at: { readonly key: string; readonly lease: Lease }) {
    this.#deps = deps;
    this.key = at.key;
    this.#lease = at.lease;
  }

  /** Entries have been read, or were in the air when the connection broke. */
  receive(entries: readonly Entry[]): void {
    this.#inHand = [...this.#inHand, ...entries];
  }

  /** A read failed: entries may have been handed to us without reaching us. */
  suspect(): void {
    this.#redeliverAt = 0;
    this.#minIdleMs = 0;
    this.#countsAreSure = false;
  }

  /** Goes on with what an earlier call, an earlier life or an earlier holder left undone. */
  async resume(): Promise<Progress> {
    const left = await this.settle();
    if (left === "fenced") return left;
    const old = await this.#redeliver();
    return old === "fenced" ? old : left + old;
  }

  /** Settles what is in hand. Throws repeatable Trouble, losing nothing. */
  async settle(): Promise<Progress> {
    const entries = this.#inHand;
    if (entries.length === 0) return 0;
    const outcome = await this.#attempt(entries);
    if (outcome === "fenced") return outcome;
    if (outcome !== "settled") return this.#settleOneByOne(entries);
    await this.#acknowledge(entries, "settled");
    this.#inHand = [];
    return entries.length;
  }

  async #settleOneByOne(entries: readonly Entry[]): Promise<Progress> {
    let ended = 0;
    for (const [index, entry] of entries.entries()) {
      this.#inHand = entries.slice(index);
      const outcome = await this.#attempt([entry]);
      if (outcome === "fenced") return outcome;
      if (outcome === "settled") {
        await this.#acknowledge([entry], "settled");
        ended += 1;
      } else this.#restThenRetry(entry, outcome);
    }
    this.#inHand = [];
    return ended;
  }

  /** Takes up unacknowledged entries, one at a time. */
  async #redeliver(): Promise<Progress> {
    const { clock } = this.#deps;
    if (clock.monotonic() < this.#redeliverAt) return 0;
    const minIdleMs = this.#minIdleMs;
    let ended = 0;
    for (;;) {
      const claimed = await this.#claim(minIdleMs);
      if (claimed === undefined) break;
      const { entry, deliveries } = claimed;
      // More tries than that without an end, and no answer lost: it did not fail, it took the process down.
      const isDeadly = deliveries > cadence.stream.tries && this.#countsAreSure;
      // In hand, what the world refuses for now is tried again without being handed out again.
      if (!isDeadly) this.#inHand = [entry];
      const outcome = isDeadly ? { error: "crash" } : await this.#attempt([entry]);
      if (outcome === "fenced") return outcome;
      if (await this.#conclude(claimed, outcome)) ended += 1;
      this.#inHand = [];
    }
    const rest = this.#resting.size > 0 ? restAfterFailure : orphanAfter;
    this.#redeliverAt = clock.monotonic() + rest;
    // Half, so that the server's clock has surely seen a failed entry idle for long enough by then.
    this.#minIdleMs = rest === orphanAfter ? orphanAfter : restAfterFailure / 2;
    return ended;
  }

  /** The next entry that has been idle for that long, with how often it was handed out. */
  async #claim(minIdleMs: number): Promise<Claimed | undefined> {
    const { streams, consumer } = this.#deps;
    try {
      const options = { minIdleMs, limit: 1 };
      const { entries, gone } = await streams.claim(this.key, consumer, options);
      if (gone.length > 0) this.#lose(gone);
      return entries[0];
    } catch (error) {
      this.#countsAreSure = false;
      throw error;
    }
  }

  /** What became of a claimed entry; answers whether that was its end. */
  async #conclude({ entry, deliveries }: Claimed, outcome: "settled" | FailedAt): Promise<boolean> {
    if (outcome === "settled") {
      await this.#acknowledge([entry], "settled");
      return true;
    }
    if (deliveries < cadence.stream.tries) {
      this.#restThenRetry(entry, outcome);
      return false;
    }
    const { partition } = this.#lease;
    const { group } = this.#deps.consumer;
    const failure = { partition, key: this.key, group, deliveries, error: outcome.error };
    await bury(this.#deps, entry, failure);
    await this.#acknowledge([entry], "dead");
    this.#deps.log.error("entry given up", { group, partition, id: entry.id, ...outcome });
    return true;
  }

  /** Hands entries to the worker; repeatable Trouble is thrown on, any other failure is theirs. */
  async #attempt(entries: readonly Entry[]): Promise<"settled" | "fenced" | FailedAt> {
    try {
      const parsed = entries.map((entry) => {
        const found = parseEntry(entry.fields);
        assert(found !== undefined, "the stream holds entries and nothing else");
        return found;
      });
      return await this.#deps.worker.settle({ lease: this.#lease, entries: parsed });
    } catch (error) {
      if (isRepeatable(error)) throw error;
      return { error: error instanceof Error ? error.name : "unknown" };
    }
  }

  #restThenRetry({ id }: Entry, { error }: FailedAt): void {
    const { clock, count, log, consumer } = this.#deps;
    this.#minIdleMs = restAfterFailure / 2;
    this.#redeliverAt = clock.monotonic() + restAfterFailure;
    this.#resting.add(id);
    count("failed", 1);
    log.warn("entry failed", { group: consumer.group, partition: this.#lease.partition, error });
  }

  async #acknowledge(entries: readonly Entry[], as: Tally): Promise<void> {
    const { streams, consumer, count } = this.#deps;
    const ids = entries.map(({ id }) => id);
    await streams.acknowledge(this.key, consumer.group, ids);
    for (const id of ids) this.#resting.delete(id);
    count(as, ids.length);
  }

  /** Text that was trimmed before it was settled: a declared loss, which the trimming rule is there to prevent. */
  #lose(gone: readonly string[]): void {
    for (const id of gone) this.#resting.delete(id);
    const { count, log, consumer } = this.#deps;
    count("gone", gone.length);
    const { partition } = this.#lease;
    log.error("entries gone", { group: consumer.group, partition, entries: gone.length });
  }
}

/** An entry taken up again. */
interface Claimed {
  readonly entry: Entry;
  readonly deliveries: number;
}

/** The worker failed; by what. */
interface FailedAt {
  readonly error: string;
}
