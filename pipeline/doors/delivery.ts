/** A message on its way into the store: folded until its commit holds, then told to who waits for it. */
import { assert } from "#platform/assert.ts";
import type { Keys } from "#twins/keys.ts";
import { isReceived } from "#twins/mark.ts";
import type { Epoch } from "#wire/identity.ts";

import type { Job, Writing } from "./committer.ts";
import type { Draft } from "./draft.ts";
import { fold, type KeptEvent, type Verdict } from "./fold.ts";
import { type Counter, counterOf, type Slot } from "./mark-cache.ts";

/** What became of a message; `failed` when the store refuses it for what it is. */
export type Delivered = Verdict | { readonly kind: "failed" };

/** One message to be committed. */
export class Delivery implements Job {
  readonly draft: Draft;
  readonly partition: number;
  readonly urgent: boolean;
  readonly bytes: number;
  readonly counters: readonly Counter[];
  tried = false;
  readonly #keys: Keys;
  readonly #delivered: (delivered: Delivered) => void;
  #verdict: Verdict | undefined;
  #kept: KeptEvent | undefined;
  #eventName: string;

  constructor(draft: Draft, keys: Keys, delivered: (delivered: Delivered) => void) {
    this.draft = draft;
    this.partition = draft.source.partition;
    this.urgent = draft.source.channel === "event";
    this.bytes = draft.body.length + 512;
    this.counters = countersOf(draft);
    this.#keys = keys;
    this.#delivered = delivered;
    this.#eventName = draft.event?.id ?? "";
  }

  fold(slots: readonly Slot[]): Writing | undefined {
    const slotOf = (epoch: Epoch): Slot => {
      const slot = slots.find(({ counter }) => counter.epoch === epoch);
      assert(slot !== undefined, "a delivery names every counter that it touches");
      return slot;
    };
    const { verdict, marks, writes, checks } = fold(this.draft, {
      keys: this.#keys,
      markOf: (epoch) => slotOf(epoch).mark,
      isDurable: (epoch, seq) => isReceived(slotOf(epoch).durable, seq),
      kept: this.#kept,
      eventName: this.#eventName,
      tried: this.tried,
    });
    this.#verdict = verdict;
    if (marks.size === 0 && writes.length === 0) return undefined;
    return { marks: [...marks].map(([epoch, mark]) => [slotOf(epoch), mark]), writes, checks };
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
    this.#delivered(this.#verdict);
  }

  fail(): void {
    this.#delivered({ kind: "failed" });
  }
}

function countersOf({ source, number, dropped }: Draft): readonly Counter[] {
  if (number === undefined) return [];
  const { partition, owner } = source;
  if (dropped.length === 0) return [counterOf(partition, owner, number.epoch)];
  const epochs = new Set([number.epoch, ...dropped.map(({ epoch }) => epoch)]);
  return [...epochs].map((epoch) => counterOf(partition, owner, epoch));
}

function deviceIn(body: string): unknown {
  const kept: unknown = JSON.parse(body);
  return typeof kept === "object" && kept !== null && "device" in kept ? kept.device : undefined;
}
