/** A message on its way into the store: folded until its commit holds, then told to who waits for it. */
import { assert } from "#platform/assert.ts";
import type { Keys } from "#twins/keys.ts";

import type { Job, Writing } from "./committer.ts";
import type { Draft } from "./draft.ts";
import { epochsOf, fold, type KeptEvent, type Verdict } from "./fold.ts";
import { type Counter, counterOf, type Slot } from "./mark-cache.ts";

/** What became of a message; `failed` when the store refuses it for what it is. */
export type Delivered = Verdict | { readonly kind: "failed" };

/** Called once, with the counter of the message's number when it has one. */
export type Told = (became: Delivered, counter: Counter | undefined) => void;

/** One message to be committed. */
export class Delivery implements Job {
  readonly draft: Draft;
  readonly partition: number;
  readonly urgent: boolean;
  readonly bytes: number;
  readonly counters: readonly Counter[];
  tried = false;
  readonly #keys: Keys;
  readonly #delivered: Told;
  #verdict: Verdict | undefined;
  #kept: KeptEvent | undefined;
  #eventName: string;

  constructor(draft: Draft, keys: Keys, delivered: Told) {
    this.draft = draft;
    this.partition = draft.source.partition;
    this.urgent = draft.source.channel === "event";
    this.bytes = draft.body.length + 512;
    const { partition, owner } = draft.source;
    this.counters = epochsOf(draft).map((epoch) => counterOf(partition, owner, epoch));
    this.#keys = keys;
    this.#delivered = delivered;
    this.#eventName = draft.event?.id ?? "";
  }

  fold(slots: readonly Slot[]): Writing | undefined {
    const { verdict, marks, writes, checks } = fold(this.draft, {
      keys: this.#keys,
      marks: slots.map(({ mark }) => mark),
      durable: slots[0]?.durable,
      kept: this.#kept,
      eventName: this.#eventName,
      tried: this.tried,
    });
    this.#verdict = verdict;
    if (marks.length === 0 && writes.length === 0) return undefined;
    return { marks, writes, checks };
  }

  /** Another event is kept under this name: it is this one again, or another device's of the same id. */
  collided(found: string | null): void {
    const { event } = this.draft;
    if (found === null || event === undefined) return;
    if (this.#eventName === event.id && deviceIn(found) !== event.device) {
      this.#eventName = `${event.id}.${event.device}`;
    } else {
      this.#kept = { body: found };
    }
  }

  settle(): void {
    assert(this.#verdict !== undefined, "a delivery is folded before it is settled");
    this.#delivered(this.#verdict, this.counters[0]);
  }

  fail(): void {
    this.#delivered({ kind: "failed" }, this.counters[0]);
  }
}

function deviceIn(body: string): unknown {
  const kept: unknown = JSON.parse(body);
  return typeof kept === "object" && kept !== null && "device" in kept ? kept.device : undefined;
}
