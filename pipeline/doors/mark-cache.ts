/**
 * The marks that a door works with, as it last saw them in the store.
 *
 * A cached mark is only a guess: every commit checks it. A wrong guess costs one more round trip, never a message.
 */
import type { Cells, Check, Write } from "#platform/cells/port.ts";
import { prunedWrites } from "#twins/accounting.ts";
import type { Keys } from "#twins/keys.ts";
import {
  counterField,
  epochsKept,
  formatMark,
  type Mark,
  parseEpochs,
  parseMark,
} from "#twins/mark.ts";
import type { Epoch } from "#wire/identity.ts";

/** One counter of a device. */
export interface Counter {
  readonly partition: number;
  /** Whose it is: a device's serial, or `device@box` for one that does not hang on the box that speaks for it. */
  readonly owner: string;
  readonly epoch: Epoch;
  /** `owner:epoch`: its field in the marks, and its name in the cache. */
  readonly field: string;
}

/** A mark as it was last seen or written. */
export interface Slot {
  readonly counter: Counter;
  /** The mark as it will be once every commit in flight has held. */
  mark: Mark;
  /** The mark as it is known to stand in the store: the only one that a receipt may tell. */
  durable: Mark;
  /** Its text in the store; null when there is none. */
  text: string | null;
  /** Of a counter that is not in the store yet: what else its first commit must change. */
  birth: Birth | undefined;
}

/** The epochs of the device before this one, and the oldest when there is one too many. */
interface Birth {
  readonly epochs: string | null;
  readonly oldest: { readonly field: string; readonly text: string } | undefined;
}

/** Counters known at once, in two generations; about 1 KB each. */
const generationMost = 40_000;

/** Names a counter. */
export function counterOf(partition: number, owner: string, epoch: Epoch): Counter {
  return { partition, owner, epoch, field: counterField(owner, epoch) };
}

/** Bounded: when the young generation is full, the old one is forgotten. */
export class MarkCache {
  readonly #cells: Cells;
  readonly #keys: Keys;
  readonly #most: number;
  #young = new Map<string, Slot>();
  #old = new Map<string, Slot>();
  readonly #loading = new Map<string, Promise<Slot>>();

  constructor(deps: { cells: Cells; keys: Keys; most?: number }) {
    this.#cells = deps.cells;
    this.#keys = deps.keys;
    this.#most = deps.most ?? generationMost;
  }

  /** The slot of a counter, if it is known. */
  peek(field: string): Slot | undefined {
    const young = this.#young.get(field);
    if (young !== undefined) return young;
    const old = this.#old.get(field);
    if (old !== undefined) this.#keep(old);
    return old;
  }

  /** Forgets a guess that turned out wrong. */
  forget(field: string): void {
    this.#young.delete(field);
    this.#old.delete(field);
  }

  /** The slot of a counter, read from the store when it is not known. Throws the trouble of the cells. */
  load(counter: Counter): Promise<Slot> {
    const known = this.peek(counter.field);
    if (known !== undefined) return Promise.resolve(known);
    const under = this.#loading.get(counter.field);
    if (under !== undefined) return under;
    const read = this.#read(counter).finally(() => this.#loading.delete(counter.field));
    this.#loading.set(counter.field, read);
    return read;
  }

  /** The epochs of a device that the store knows, oldest first. */
  async epochs(partition: number, owner: string): Promise<readonly Epoch[]> {
    return parseEpochs(await this.#cells.get(this.#keys.marks(partition), owner));
  }

  async #read(counter: Counter): Promise<Slot> {
    const key = this.#keys.marks(counter.partition);
    const text = await this.#cells.get(key, counter.field);
    const birth = text === null ? await this.#readBirth(key, counter) : undefined;
    const mark = parseMark(text);
    const slot = { counter, mark, durable: mark, text, birth };
    this.#keep(slot);
    return slot;
  }

  async #readBirth(key: string, { owner }: Counter): Promise<Birth> {
    const epochs = await this.#cells.get(key, owner);
    const [oldest, ...others] = parseEpochs(epochs);
    if (oldest === undefined || others.length + 1 < epochsKept)
      return { epochs, oldest: undefined };
    const field = counterField(owner, oldest);
    const text = await this.#cells.get(key, field);
    return { epochs, oldest: text === null ? undefined : { field, text } };
  }

  #keep(slot: Slot): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(slot.counter.field, slot);
  }
}

/**
 * What replaces a mark in the store, if it is still the one that the slot remembers; the slot is brought up to date as
 * if it were done.
 */
export function replaceMark(
  slot: Slot,
  mark: Mark,
  into: { readonly key: string; readonly checks: Check[]; readonly writes: Write[] },
): void {
  const { key, checks, writes } = into;
  const { field } = slot.counter;
  const value = formatMark(mark);
  checks.push({ key, field, expected: slot.text });
  writes.push({ op: "HSET", key, field, value });
  if (slot.birth !== undefined) enlist(slot, slot.birth, into);
  slot.birth = undefined;
  slot.text = value;
  slot.mark = mark;
}

/** Adds an epoch to its device's list; the oldest leaves its counts behind when there are too many. */
function enlist(
  { counter }: Slot,
  { epochs, oldest }: Birth,
  into: { readonly key: string; readonly checks: Check[]; readonly writes: Write[] },
): void {
  const { key, checks, writes } = into;
  const kept = parseEpochs(epochs).slice(-(epochsKept - 1));
  checks.push({ key, field: counter.owner, expected: epochs });
  writes.push({
    op: "HSET",
    key,
    field: counter.owner,
    value: [...kept, counter.epoch].join(","),
  });
  if (oldest === undefined) return;
  checks.push({ key, field: oldest.field, expected: oldest.text });
  writes.push({ op: "HDEL", key, field: oldest.field });
  writes.push(...prunedWrites(key, parseMark(oldest.text)));
}
