/**
 * The partitions that one worker of a group holds: taken as they are free, kept by renewing, shared with who else lives.
 */
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import { Seconds } from "#wire/units.ts";

import { endLease, type Lease, type LeaseDeps, renewLease, takeLease } from "./lease.ts";
import { fairShare, resign } from "./share.ts";

/** A partition in one's hands, with what the worker keeps of it. */
export interface Holding {
  readonly lease: Lease;
}

/** What holdings need. */
export interface HoldingsDeps<Held extends Holding> extends LeaseDeps {
  readonly log: Log;
  /** A partition is ours, before anything is done with it. */
  readonly take: (lease: Lease) => Promise<Held>;
  /** It is no longer. */
  readonly drop: (held: Held) => void;
}

const renewEvery = Seconds(5);

/** The partitions of one worker. */
export class Holdings<Held extends Holding> {
  readonly #deps: HoldingsDeps<Held>;
  readonly #held = new Map<number, Held>();
  #dueAt = 0;

  constructor(deps: HoldingsDeps<Held>) {
    this.#deps = deps;
  }

  /** What is held now. */
  get all(): Held[] {
    return [...this.#held.values()];
  }

  /** Every few seconds: holds on to what is held, gives back what is others' share, takes what is free of one's own. */
  async keep(): Promise<void> {
    const { clock, keys } = this.#deps;
    const now = clock.monotonic();
    if (now < this.#dueAt) return;
    await Promise.all(this.all.map((held) => this.#renew(held)));
    const share = await fairShare(this.#deps);
    await Promise.all(this.all.slice(share).map((held) => this.#giveBack(held)));
    for (let p = 0; p < keys.partitions && this.#held.size < share; p += 1) {
      if (!this.#held.has(p)) await this.#take(p);
    }
    this.#dueAt = now + renewEvery;
  }

  /** Somebody else writes there by now. */
  lose(held: Held): void {
    const { partition } = held.lease;
    if (this.#held.get(partition) !== held) return;
    this.#deps.log.warn("partition taken over", { group: this.#deps.group, partition });
    this.#deps.drop(held);
    this.#held.delete(partition);
    this.#dueAt = 0;
  }

  /** Gives all back, so that the next worker need not wait. */
  async close(): Promise<void> {
    const ends = this.all.map((held) => this.#giveBack(held));
    await Promise.all([...ends, resign(this.#deps)]).catch((error: unknown) => {
      // Redis is away: the leases run out by themselves.
      if (!isTrouble(error)) throw error;
    });
  }

  async #renew(held: Held): Promise<void> {
    if (!(await renewLease(this.#deps, held.lease))) this.lose(held);
  }

  async #giveBack(held: Held): Promise<void> {
    this.#deps.drop(held);
    this.#held.delete(held.lease.partition);
    await endLease(this.#deps, held.lease);
  }

  async #take(partition: number): Promise<void> {
    const lease = await takeLease(this.#deps, partition);
    if (lease !== null) this.#held.set(partition, await this.#deps.take(lease));
  }
}
