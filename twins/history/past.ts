/**
 * What one twin was at a time or revision, as its history tells it.
 */
import { type Instant } from "#wire/units.ts";

import { type Chain, type HistoryBook, recordsFrom, stateAfter } from "./book.ts";
import type { PastState } from "./past-state.ts";
import type { HistoryRecord } from "./record.ts";

/** A time, or a revision. */
export type Moment = { readonly at: Instant } | { readonly rev: number };

/** The twin at a moment; `gone`: nobody knows any more, or ever did; `before`: there was none yet. */
export type Past =
  | {
      readonly kind: "known";
      readonly rev: number;
      readonly at: Instant;
      readonly state: PastState;
    }
  | { readonly kind: "gone"; readonly until: Instant }
  | { readonly kind: "before" };

/** The twin of that chain at that moment. Throws Trouble `history-damaged`. */
export function pastOf(book: Pick<HistoryBook, "record">, chain: Chain, moment: Moment): Past {
  let later: HistoryRecord | undefined;
  for (const { id, record } of recordsFrom(book, chain, chain.head)) {
    if (!isAfter(record, moment)) {
      if (later?.kind === "gap" && isInGap(record, later, moment)) {
        return { kind: "gone", until: later.at };
      }
      const { rev, at } = record;
      return { kind: "known", rev, at, state: stateAfter(book, chain, id) };
    }
    if (record.kind === "trimmed") return { kind: "gone", until: record.at };
    later = record;
  }
  if (later === undefined || later.kind === "created") return { kind: "before" };
  return { kind: "gone", until: later.at };
}

function isAfter({ rev, at }: HistoryRecord, moment: Moment): boolean {
  return "at" in moment ? at > moment.at : rev > moment.rev;
}

/** Whether a moment after one record lies where changes were lost, of which the next one tells. */
function isInGap(
  record: HistoryRecord,
  { since = record.at }: HistoryRecord,
  moment: Moment,
): boolean {
  return "at" in moment ? moment.at > since : moment.rev > record.rev;
}
