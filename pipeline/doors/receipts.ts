/**
 * Receipts, `down/stored`: sent soon after a change, several changes in one.
 *
 * A receipt tells the whole mark, so the last one is always enough and any may be lost.
 * @source DESIGN §4 numbers and receipts
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { receiptOf } from "#twins/mark.ts";
import type { Serial } from "#wire/identity.ts";
import { Millis } from "#wire/units.ts";

import type { Counter, MarkCache, Slot } from "./mark-cache.ts";

/** Who is to be told. */
export interface Debtor {
  /** Sends a receipt about a device, if anybody listens. */
  stored(device: Serial, receipt: string): void;
  /** What it is to be told: the counters whose marks changed, by field. */
  readonly owed: Map<string, { readonly device: Serial; readonly counter: Counter }>;
}

/** How long changes are gathered, and how many receipts leave at once; under load they are gathered longer. */
const gathering = Millis(100);
const atOnce = 500;

/** The receipts that a door owes. */
export class Receipts {
  readonly #clock: Clock;
  readonly #cache: MarkCache;
  readonly #sent: () => void;
  readonly #debtors = new Set<Debtor>();
  #timer: Timer | undefined;

  constructor(deps: { clock: Clock; cache: MarkCache; sent: () => void }) {
    this.#clock = deps.clock;
    this.#cache = deps.cache;
    this.#sent = deps.sent;
  }

  /** Owes a debtor a receipt about a counter. */
  owe(debtor: Debtor, device: Serial, counter: Counter): void {
    debtor.owed.set(counter.field, { device, counter });
    this.#debtors.add(debtor);
    this.#timer ??= this.#clock.after(gathering, "receipts", () => this.#flush());
  }

  /** Owes nothing more to a debtor that is gone. */
  forgive(debtor: Debtor): void {
    debtor.owed.clear();
    this.#debtors.delete(debtor);
  }

  close(): void {
    this.#timer?.cancel();
    this.#debtors.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    let room = atOnce;
    for (const debtor of this.#debtors) {
      if (room <= 0) break;
      this.#debtors.delete(debtor);
      const owed = [...debtor.owed.values()];
      debtor.owed.clear();
      room -= owed.length;
      for (const { device, counter } of owed) this.#pay(debtor, device, counter);
    }
    if (this.#debtors.size > 0) {
      this.#timer = this.#clock.after(gathering, "receipts", () => this.#flush());
    }
  }

  #pay(debtor: Debtor, device: Serial, counter: Counter): void {
    const slot = this.#cache.peek(counter.field);
    if (slot !== undefined) return this.#send(debtor, device, slot);
    this.#cache.load(counter).then(
      (loaded) => this.#send(debtor, device, loaded),
      (error: unknown) => {
        // The store is away; whatever the box sends again will owe it a receipt again.
        if (!isTrouble(error)) throw error;
      },
    );
  }

  #send(debtor: Debtor, device: Serial, slot: Slot): void {
    debtor.stored(device, JSON.stringify(receiptOf(slot.counter.epoch, slot.durable)));
    this.#sent();
  }
}
