/** Writes that go the way of messages but carry no number: presence facts, who holds a box, what a heartbeat told. */
import type { Check, Write } from "#platform/cells/port.ts";
import { announce } from "#twins/mark.ts";

import type { Job, Writing } from "./committer.ts";
import type { Counter, Slot } from "./mark-cache.ts";

/**
 * Writes for one partition, in the order in which they were asked for; dropped when a check does not hold, of which
 * `settled` is told.
 */
export class Task implements Job {
  readonly partition: number;
  readonly urgent = false;
  readonly counters: readonly Counter[] = [];
  readonly bytes: number;
  tried = false;
  readonly #writing: Writing;
  readonly #settled: ((dropped: boolean) => void) | undefined;
  #dropped = false;

  constructor(
    partition: number,
    wanted: { readonly writes: readonly Write[]; readonly checks?: readonly Check[] },
    settled?: (dropped: boolean) => void,
  ) {
    this.partition = partition;
    this.bytes = 512 * wanted.writes.length;
    this.#writing = { marks: [], writes: wanted.writes, checks: wanted.checks ?? [] };
    this.#settled = settled;
  }

  fold(): Writing | undefined {
    return this.#dropped ? undefined : this.#writing;
  }

  collided(): void {
    this.#dropped = true;
  }

  settle(): void {
    this.#settled?.(this.#dropped);
  }

  fail(): void {
    this.#settled?.(true);
  }
}

/** Tells a mark the highest number that its box has given out. */
export class Announcement implements Job {
  readonly partition: number;
  readonly urgent = false;
  readonly bytes = 256;
  readonly counters: readonly Counter[];
  tried = false;
  readonly #sent: number;
  readonly #settled: () => void;

  constructor(counter: Counter, sent: number, settled: () => void) {
    this.partition = counter.partition;
    this.counters = [counter];
    this.#sent = sent;
    this.#settled = settled;
  }

  fold([slot]: readonly Slot[]): Writing | undefined {
    if (slot === undefined || slot.mark.sent >= this.#sent) return undefined;
    return { marks: [announce(slot.mark, this.#sent)], writes: [], checks: [] };
  }

  collided(): void {}

  settle(): void {
    this.#settled();
  }

  fail(): void {
    this.#settled();
  }
}
