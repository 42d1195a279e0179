/** Where chains end: the ends that were last written in memory, the others read off the book. */
import { assert } from "#platform/assert.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { type HistoryBook, stateAfter } from "./book.ts";
import { type Tail, tailOfNone } from "./drafting.ts";
import { decodeState, encodeState } from "./past-state.ts";

/** Where a chain is stored. */
interface Place {
  readonly no: number;
  readonly head: number;
}

/** A chain's end, and where it is stored: nowhere before its first record. */
interface Placed {
  readonly tail: Tail;
  readonly place: Place | null;
}

/** A chain's end once it is written. */
export interface Ended extends Placed {
  readonly place: Place;
}

/** Ends kept, with their states as text: some 700 bytes each. */
const tailsMax = 200_000;

/** The ends of the chains that were last written, as many as fit. */
export class TailMemory {
  readonly #book: HistoryBook;
  readonly #tails = new Map<Serial, { tail: Omit<Tail, "state">; state: string; place: Place }>();

  constructor(book: HistoryBook) {
    this.#book = book;
  }

  of(serial: Serial, tenant: Tenant): Placed {
    const known = this.#tails.get(serial);
    if (known === undefined) return this.#read(serial, tenant);
    const json: Json = JSON.parse(known.state);
    const state = decodeState(json, 0);
    assert(state !== undefined, "a state was kept as one");
    return { tail: { ...known.tail, state }, place: known.place };
  }

  keep({ tail, place }: Ended): void {
    const { state, ...rest } = tail;
    const { serial } = tail;
    this.#tails.delete(serial);
    this.#tails.set(serial, { tail: rest, state: JSON.stringify(encodeState(state, 0)), place });
    const [oldest] = this.#tails.size > tailsMax ? this.#tails.keys() : [];
    if (oldest !== undefined) this.#tails.delete(oldest);
  }

  clear(): void {
    this.#tails.clear();
  }

  #read(serial: Serial, tenant: Tenant): Placed {
    const chain = this.#book.chain(serial);
    if (chain === undefined) return { tail: tailOfNone(serial, tenant), place: null };
    const { no, head, rev, hash, partial, seenTo } = chain;
    const at = this.#book.record(head)?.record?.at ?? Instant(0);
    const state = stateAfter(this.#book, chain, head);
    const tail = { serial, tenant, rev, at, hash, partial, seenTo, state };
    return { tail, place: { no, head } };
  }
}
