/** What became of one device of a bulk change, as the field that keeps it; committed with the twin itself. */
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { Former } from "./edit.ts";
import type { ItemState } from "./tally.ts";

/** One device. */
export interface BulkItem {
  readonly state: ItemState;
  /** Since when. */
  readonly at: Instant;
  /** What stood there before, leaf by leaf; none where nothing was written. */
  readonly former: readonly Former[];
  /** Why it rejected it, or why it could not be written. */
  readonly code?: string;
  /** Leaves that were left alone when it was taken back. */
  readonly left?: readonly number[];
}

/** The item as a field. */
export function encodeItem({ state, at, former, code, left }: BulkItem): string {
  const was = former.map(({ leaf, value, author }) =>
    author === undefined ? [leaf, value] : [leaf, value, author],
  );
  const more = [was, code ?? null, left ?? null];
  while (more.length > 0 && isNone(more.at(-1))) more.pop();
  return JSON.stringify([state, at, ...more]);
}

/** The item that a field of ours keeps. */
export function decodeItem(field: string): BulkItem {
  const [state, at, was = [], code, left]: Kept = JSON.parse(field);
  const former = was.map(([leaf, value, author]) => ({
    leaf,
    value,
    ...(author === undefined ? {} : { author }),
  }));
  return {
    state,
    at,
    former,
    ...(typeof code === "string" ? { code } : {}),
    ...(Array.isArray(left) ? { left } : {}),
  };
}

type Kept = readonly [
  ItemState,
  Instant,
  (readonly (readonly [number, Json, Former["author"]?])[])?,
  (string | null)?,
  (readonly number[] | null)?,
];

function isNone(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
