/**
 * The accounting identity: what boxes gave out, and what became of each number and of each reading.
 *
 * At the door, in messages: sent = stored + refused + duplicate + lost + in flight, and repeats apart. In the pipeline,
 * in readings: received = stored + quarantined + duplicate.
 *
 * @source DESIGN §5 accounting identity
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Write } from "#platform/cells/port.ts";

import type { Keys } from "./keys.ts";
import { inFlight, type Mark, parseMark } from "./mark.ts";

/** Numbers given out by boxes, and what became of them. */
export interface MessageCounts {
  readonly sent: number;
  readonly stored: number;
  readonly refused: number;
  readonly duplicate: number;
  readonly lost: number;
  readonly inFlight: number;
  /** Arrivals of numbers received before; no part of the identity. */
  readonly repeats: number;
}

/** Readings that came in accepted or repeated packs, and what became of them. */
export interface ReadingCounts {
  readonly received: number;
  readonly stored: number;
  readonly quarantined: number;
  readonly duplicate: number;
}

/** Both identities, and whether they hold. */
export interface Accounting {
  readonly messages: MessageCounts;
  readonly readings: ReadingCounts;
  /** Counters, (device, epoch), that the messages were counted under. */
  readonly counters: number;
  readonly holds: boolean;
}

/** Readings as the doors count them. */
export const readingFields = ["received", "stored", "quarantined", "duplicate"] as const;
export type ReadingField = (typeof readingFields)[number];

const markFields = ["sent", "stored", "refused", "duplicate", "lost", "repeats"] as const;
type MarkField = (typeof markFields)[number];

/** The field of the marks hash that sums `field` over the counters that are no longer kept. */
function prunedField(field: MarkField | "inFlight"): string {
  return `:${field}`;
}

/** Writes that keep the counts of a counter whose mark is about to be deleted. */
export function prunedWrites(key: string, mark: Mark): Write[] {
  const add = (field: MarkField | "inFlight", by: number): Write[] =>
    by === 0 ? [] : [{ op: "HINCRBY", key, field: prunedField(field), by }];
  return [
    ...markFields.flatMap((field) => add(field, mark[field])),
    ...add("inFlight", inFlight(mark)),
  ];
}

/** Reads every mark and counter of a state; one hash of one partition at a time. */
export async function readAccounting(cells: Cells, keys: Keys): Promise<Accounting> {
  const parts: Accounting[] = [];
  for (let p = 0; p < keys.partitions; p++) {
    const [marks, readings] = await Promise.all([
      cells.getAll(keys.marks(p)),
      cells.getAll(keys.readings(p)),
    ]);
    parts.push(accountingOf(marks, readings));
  }
  return parts.reduce(sum, nothing);
}

/** The accounting of one partition, from its two hashes. */
export function accountingOf(
  marks: Readonly<Record<string, string>>,
  readings: Readonly<Record<string, string>>,
): Accounting {
  const messages: Record<MarkField | "inFlight", number> = {
    sent: 0,
    stored: 0,
    refused: 0,
    duplicate: 0,
    lost: 0,
    repeats: 0,
    inFlight: 0,
  };
  let counters = 0;
  for (const [field, text] of Object.entries(marks)) {
    if (field.indexOf(":") <= 0) continue;
    const mark = parseMark(text);
    for (const name of markFields) messages[name] += mark[name];
    messages.inFlight += inFlight(mark);
    counters++;
  }
  for (const name of [...markFields, "inFlight"] as const) {
    messages[name] += count(marks[prunedField(name)]);
  }
  return judged({
    messages,
    readings: {
      received: count(readings["received"]),
      stored: count(readings["stored"]),
      quarantined: count(readings["quarantined"]),
      duplicate: count(readings["duplicate"]),
    },
    counters,
  });
}

const nothing: Accounting = accountingOf({}, {});

function sum(a: Accounting, b: Accounting): Accounting {
  return judged({
    messages: {
      sent: a.messages.sent + b.messages.sent,
      stored: a.messages.stored + b.messages.stored,
      refused: a.messages.refused + b.messages.refused,
      duplicate: a.messages.duplicate + b.messages.duplicate,
      lost: a.messages.lost + b.messages.lost,
      inFlight: a.messages.inFlight + b.messages.inFlight,
      repeats: a.messages.repeats + b.messages.repeats,
    },
    readings: {
      received: a.readings.received + b.readings.received,
      stored: a.readings.stored + b.readings.stored,
      quarantined: a.readings.quarantined + b.readings.quarantined,
      duplicate: a.readings.duplicate + b.readings.duplicate,
    },
    counters: a.counters + b.counters,
  });
}

function judged(counts: Omit<Accounting, "holds">): Accounting {
  const { messages: m, readings: r } = counts;
  const messagesHold = m.sent === m.stored + m.refused + m.duplicate + m.lost + m.inFlight;
  return {
    ...counts,
    holds: messagesHold && r.received === r.stored + r.quarantined + r.duplicate,
  };
}

function count(text: string | undefined): number {
  const value = Number(text ?? 0);
  assert(Number.isSafeInteger(value), "a count is a whole number");
  return value;
}
