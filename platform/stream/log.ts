/**
 * One stream held in memory: its entries in order, and the groups that work at its end.
 *
 * It copies what Redis 7.0 does, pending entries of trimmed text included; the contract suite
 * compares the two.
 */
import { assert } from "#platform/assert.ts";

import type { Consumer, Entry, GroupState } from "./port.ts";

/** A place in a stream. */
export interface Place {
  readonly ms: number;
  readonly seq: number;
}

interface Held extends Place {
  readonly entry: Entry;
  readonly bytes: number;
}

interface Pending {
  readonly held: Held;
  consumer: string;
  deliveredAt: number;
  deliveries: number;
}

interface Group {
  delivered: Place;
  /** In the order of ids, which is the order of delivery. */
  readonly pending: Map<string, Pending>;
}

/** Bytes that an entry weighs besides its text. */
const entryOverhead = 64;

/** What a claim took over. */
export interface Claimed {
  readonly entries: { entry: Entry; deliveries: number }[];
  readonly gone: string[];
}

/** The place that an id names. */
export function placeOf(id: string): Place {
  const dash = id.indexOf("-");
  assert(dash > 0, "a stream id is ms-seq");
  return { ms: Number(id.slice(0, dash)), seq: Number(id.slice(dash + 1)) };
}

/** Negative when `a` is older, 0 when equal. */
function comparePlaces(a: Place, b: Place): number {
  return a.ms - b.ms || a.seq - b.seq;
}

/** A stream with its groups. */
export class Log {
  readonly kind = "stream";
  /** Entries from `#head` on are held; those before are trimmed and swept out now and then. */
  #entries: Held[] = [];
  #head = 0;
  #last: Place = { ms: 0, seq: 0 };
  readonly #groups = new Map<string, Group>();
  /** What it weighs, roughly. */
  bytes = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get last(): string {
    return `${this.#last.ms}-${this.#last.seq}`;
  }

  get first(): string | null {
    return this.#entries[this.#head]?.entry.id ?? null;
  }

  /** Adds an entry at `now`, or just after the last one when the clock has not moved. */
  append(fields: Readonly<Record<string, string>>, now: number): string {
    const { ms, seq } = this.#last;
    const place = now > ms ? { ms: now, seq: 0 } : { ms, seq: seq + 1 };
    const id = `${place.ms}-${place.seq}`;
    const bytes = weigh(fields);
    this.#entries.push({ ...place, entry: { id, fields }, bytes });
    this.#last = place;
    this.bytes += bytes;
    return id;
  }

  /** Entries after `after`, oldest first. */
  range(after: Place, limit: number): Entry[] {
    const from = this.#indexAfter(after);
    return this.#entries.slice(from, from + limit).map(({ entry }) => entry);
  }

  /** The newest entries, newest first. */
  latest(limit: number): Entry[] {
    const from = Math.max(this.#head, this.#entries.length - limit);
    return this.#entries
      .slice(from)
      .toReversed()
      .map(({ entry }) => entry);
  }

  /** Removes all but the newest `most`. */
  keep(most: number): void {
    this.#drop(Math.max(this.#head, this.#entries.length - most));
  }

  /** Removes what is older than `before`. */
  trim(before: Place): void {
    this.#drop(this.#indexAfter({ ms: before.ms, seq: before.seq - 1 }));
  }

  /** Makes a group that reads what comes after `from`, unless it exists. */
  createGroup(name: string, from: Place): void {
    if (this.#groups.has(name)) return;
    this.#groups.set(name, { delivered: from, pending: new Map() });
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  /** New entries for a consumer, which then owns them. */
  deliver(to: Consumer, options: { limit: number; now: number }): Entry[] {
    const group = this.#group(to.group);
    const from = this.#indexAfter(group.delivered);
    const taken = this.#entries.slice(from, from + options.limit);
    for (const held of taken) {
      const pending = { held, consumer: to.consumer, deliveredAt: options.now, deliveries: 1 };
      group.pending.set(held.entry.id, pending);
      group.delivered = held;
    }
    return taken.map(({ entry }) => entry);
  }

  /** What a consumer owns after `after` and can still read; counts as handed out once more. */
  own(consumer: Consumer, options: { after: Place; limit: number; now: number }): Entry[] {
    const entries: Entry[] = [];
    for (const pending of this.#group(consumer.group).pending.values()) {
      if (entries.length >= options.limit) break;
      if (pending.consumer !== consumer.consumer || !this.#holds(pending.held)) continue;
      if (comparePlaces(pending.held, options.after) <= 0) continue;
      pending.deliveredAt = options.now;
      pending.deliveries += 1;
      entries.push(pending.held.entry);
    }
    return entries;
  }

  /** Hands over what has been idle, and forgets what was trimmed away. */
  claim(to: Consumer, options: { minIdleMs: number; limit: number; now: number }): Claimed {
    const group = this.#group(to.group);
    const claimed: Claimed = { entries: [], gone: [] };
    for (const [id, pending] of group.pending) {
      if (claimed.entries.length >= options.limit) break;
      if (!this.#holds(pending.held)) {
        group.pending.delete(id);
        claimed.gone.push(id);
      } else if (options.now - pending.deliveredAt >= options.minIdleMs) {
        pending.consumer = to.consumer;
        pending.deliveredAt = options.now;
        pending.deliveries += 1;
        claimed.entries.push({ entry: pending.held.entry, deliveries: pending.deliveries });
      }
    }
    return claimed;
  }

  acknowledge(name: string, ids: readonly string[]): void {
    const pending = this.#groups.get(name)?.pending;
    for (const id of ids) pending?.delete(id);
  }

  /** The groups, by name. */
  groups(): GroupState[] {
    const states = [...this.#groups].map(([name, { delivered, pending }]) => ({
      name,
      lastDelivered: `${delivered.ms}-${delivered.seq}`,
      pending: pending.size,
      oldestPending: pending.keys().next().value ?? null,
      lag: this.#entries.length - this.#indexAfter(delivered),
    }));
    return states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #group(name: string): Group {
    const group = this.#groups.get(name);
    assert(group !== undefined, `the group ${name} exists`);
    return group;
  }

  #holds(held: Held): boolean {
    const first = this.#entries[this.#head];
    return first !== undefined && comparePlaces(held, first) >= 0;
  }

  #drop(head: number): void {
    for (let index = this.#head; index < head; index += 1) {
      this.bytes -= this.#entries[index]?.bytes ?? 0;
    }
    this.#head = head;
    if (this.#head * 2 <= this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  /** Index of the first entry after `place`. */
  #indexAfter(place: Place): number {
    if (comparePlaces(place, this.#last) >= 0) return this.#entries.length;
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const held = this.#entries[middle];
      if (held !== undefined && comparePlaces(held, place) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function weigh(fields: Readonly<Record<string, string>>): number {
  let bytes = entryOverhead;
  for (const field in fields) bytes += field.length + (fields[field]?.length ?? 0);
  return bytes;
}
