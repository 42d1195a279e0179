/**
 * The rows that pass each condition lately asked of a table.
 *
 * A condition is scanned once over all rows; after that each changed cell moves its one bit, so that the queries people
 * and pages repeat cost a few operations per 32 twins. One about ages is scanned anew when time has moved on. The least
 * recently asked are forgotten.
 */
import type { Instant } from "#wire/units.ts";

import { type Bits, inverted, joined, setBit } from "./bits.ts";
import type { Cell } from "./columns.ts";
import type { Condition, Judged } from "./filter.ts";

/** How many conditions are remembered: 25 kB each at 200,000 twins. */
const rememberedMax = 512;

/** Rows per condition. */
export interface Conditions {
  readonly rows: (filter: Judged, now: Instant) => Bits;
  /** A cell of the column at place `at` changed. */
  readonly move: (row: number, at: number, cell: Cell) => void;
  readonly forget: () => void;
}

interface Remembered {
  readonly condition: Condition;
  bits: Bits;
  /** When it was scanned. */
  now: Instant;
}

/** A memory that asks `scan` for what is not in it. */
export function rememberConditions(scan: (condition: Condition, now: Instant) => Bits): Conditions {
  const remembered = new Map<string, Remembered>();
  const byColumn = new Map<number, Set<Remembered>>();

  const learn = (condition: Condition, now: Instant): Remembered => {
    const fresh = { condition, bits: scan(condition, now), now };
    const { at } = condition.column;
    byColumn.set(at, (byColumn.get(at) ?? new Set()).add(fresh));
    return fresh;
  };
  const forgetOldest = (): void => {
    const [oldest] = remembered.values();
    if (remembered.size <= rememberedMax || oldest === undefined) return;
    remembered.delete(oldest.condition.text);
    byColumn.get(oldest.condition.column.at)?.delete(oldest);
  };
  const answer = (condition: Condition, now: Instant): Bits => {
    const { text, isAging } = condition;
    const known = remembered.get(text) ?? learn(condition, now);
    if (isAging && known.now !== now) {
      known.bits = scan(condition, now);
      known.now = now;
    }
    remembered.delete(text);
    remembered.set(text, known);
    forgetOldest();
    return known.bits;
  };
  const rows = (filter: Judged, now: Instant): Bits => {
    if (filter.kind === "condition") return answer(filter, now);
    const sets = filter.of.map((part) => rows(part, now));
    return filter.kind === "not" ? inverted(joined("or", sets)) : joined(filter.kind, sets);
  };

  return {
    rows,
    move(row, at, cell) {
      for (const { condition, bits, now } of byColumn.get(at) ?? []) {
        const { told } = condition.column;
        setBit(bits, row, condition.passes(told === undefined ? cell : told(cell), now));
      }
    },
    forget: () => {
      remembered.clear();
      byColumn.clear();
    },
  };
}
