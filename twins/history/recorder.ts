/**
 * Writes the records of changes together with the place up to which the changes were read.
 *
 * Both are one transaction, which holds only if the place is still the one that was read from: so each change is recorded
 * once, however often it is read, and a process that was replaced writes nothing more. A twin that has no chain yet, or
 * that went back behind its chain (it was put back from a checkpoint), is recorded as it stands.
 */
import { assert } from "#platform/assert.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { HistoryBook } from "./book.ts";
import {
  type Link,
  linkOfLook,
  linksOf,
  type Look,
  type PlacedChange,
  type Tail,
} from "./drafting.ts";
import type { Statements } from "./statements.ts";
import { type Ended, TailMemory } from "./tail-memory.ts";

/** A step through the changes of one partition, from the place recorded so far to another; null: none yet. */
export interface Step {
  readonly partition: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** What was read of one partition in a step. */
export interface Reading extends Step {
  readonly changes: readonly PlacedChange[];
}

/** Twins that were read because their changes alone do not tell them; null for one that does not exist. */
export type Looks = ReadonlyMap<Serial, Look | null>;

/** Changes that were trimmed away before they were recorded: up to `since` everything was. */
export interface Gap {
  readonly since: Instant;
  readonly until: Instant;
  /** Twins of which changes may be missing. */
  readonly twins: number;
}

/** What became of a step: twins that must be looked at first; or the partition is somebody else's by now. */
export type Recorded =
  | { readonly kind: "recorded"; readonly records: number }
  | { readonly kind: "unseen"; readonly serials: readonly Serial[] }
  | { readonly kind: "fenced" };

/** Records changes. Throws Trouble of the book; nothing is written then. */
export interface Recorder {
  /** Records what was read; all of it or nothing. */
  record(readings: readonly Reading[], looks?: Looks): Recorded;
  /** Records twins as they stand: after a gap, or when nothing was recorded yet. */
  survey(step: Step, looks: Looks, gap?: Gap): Recorded;
  /** What the chain of a twin ends with. */
  standing(serial: Serial, tenant: Tenant): Pick<Tail, "rev" | "at" | "state">;
  /** Forgets what it remembers of chains: somebody else may write them. */
  forget(): void;
}

/** A recorder that writes into `book`. */
export function createRecorder(book: HistoryBook): Recorder {
  const tails = new TailMemory(book);
  return {
    forget: () => tails.clear(),
    standing: (serial, tenant) => tails.of(serial, tenant).tail,
    survey: (step, looks, gap) => {
      const links = [...looks.values()].flatMap((look) => {
        if (look === null) return [];
        const { id, tenant } = look.twin;
        return linkOfLook(tails.of(id, tenant).tail, look, gap?.since);
      });
      return commit({ book, tails }, links, { steps: [step], gap });
    },
    record: (readings, looks = new Map()) => {
      const links: Link[] = [];
      const unseen: Serial[] = [];
      for (const [serial, changes] of bySerial(readings)) {
        const [first] = changes;
        assert(first !== undefined, "a twin is there for its changes");
        const { tail } = tails.of(serial, first.change.tenant);
        const found = linksOf(tail, changes, looks.get(serial));
        if (found === "unseen") unseen.push(serial);
        else links.push(...found);
      }
      if (unseen.length > 0) return { kind: "unseen", serials: unseen };
      return commit({ book, tails }, links, { steps: readings });
    },
  };
}

/** Writes links and places, if the places are still those that were read from. */
function commit(
  { book, tails }: { readonly book: HistoryBook; readonly tails: TailMemory },
  links: readonly Link[],
  { steps, gap }: { readonly steps: readonly Step[]; readonly gap?: Gap | undefined },
): Recorded {
  const ends = book.write((rows) => {
    if (!steps.every((step) => isCurrent(rows, step))) return "fenced";
    const written = append(rows, tails, links);
    for (const { partition, from, to: id } of steps) {
      if (id === from) continue;
      rows.putPosition.run({ partition, id });
      if (gap !== undefined) rows.putGap.run({ partition, ...gap });
    }
    return written;
  });
  if (ends === "fenced") {
    tails.clear();
    return { kind: "fenced" };
  }
  for (const end of ends) tails.keep(end);
  return { kind: "recorded", records: links.length };
}

function bySerial(readings: readonly Reading[]): Map<Serial, PlacedChange[]> {
  const all = new Map<Serial, PlacedChange[]>();
  for (const placed of readings.flatMap(({ changes }) => changes)) {
    const some = all.get(placed.change.id);
    if (some === undefined) all.set(placed.change.id, [placed]);
    else some.push(placed);
  }
  return all;
}

function isCurrent(rows: Statements, { partition, from }: Step): boolean {
  return (rows.position.all({ partition })[0]?.id ?? null) === from;
}

/** Writes the links, and where each chain ends now; answers the ends. */
function append(rows: Statements, tails: TailMemory, links: readonly Link[]): Iterable<Ended> {
  const numbers = numbersAfter(rows);
  const ends = new Map<Serial, Ended & { readonly isNew: boolean }>();
  for (const { text, tail } of links) {
    const held = ends.get(tail.serial);
    const before = (held ?? tails.of(tail.serial, tail.tenant)).place;
    const isNew = held?.isNew ?? before === null;
    const place = { no: before?.no ?? numbers.nextChain(), head: numbers.nextRecord() };
    const row = { id: place.head, chain: place.no, before: before?.head ?? null };
    rows.putRecord.run({ ...row, hash: Buffer.from(tail.hash), text });
    ends.set(tail.serial, { tail, place, isNew });
  }
  for (const { tail, place, isNew } of ends.values()) {
    const { state: _state, ...row } = { ...tail, ...place, hash: Buffer.from(tail.hash) };
    (isNew ? rows.putChain : rows.moveChain).run(row);
  }
  return ends.values();
}

/** Numbers that nobody has; good while nobody else writes. */
function numbersAfter(rows: Statements): { nextRecord: () => number; nextChain: () => number } {
  let record = rows.lastRecord.get()?.id ?? 0;
  let chain = rows.lastChain.get()?.no ?? 0;
  return { nextRecord: () => (record += 1), nextChain: () => (chain += 1) };
}
