/**
 * What the box was given to keep and has no more: ranges of numbers, remembered until the cloud
 * knows them.
 *
 * A number is lost when a full disk makes room, and when a damaged file gives it back no more.
 * The second can only be told from what is there: every number given out, not receipted and not
 * waiting. A number that was received out of order is then declared too, which costs nothing: the
 * cloud keeps what it has.
 */
import type { Sql, SqlRow } from "#platform/sql/port.ts";
import type { Epoch, Serial } from "#wire/identity.ts";
import type { Dropped } from "#wire/messages.ts";
import type { Ranges } from "#wire/ranges.ts";

import { queries } from "./outbox-queries.ts";
import { integer, parseNumber, rankNumber, text } from "./outbox-row.ts";

/** A counter of a device of a box. */
export interface CounterKey {
  readonly box: string;
  readonly device: Serial;
  readonly epoch: Epoch;
}

/** Losses of one device that nothing declares yet, lowest first. */
export interface Undeclared {
  readonly device: Serial;
  readonly dropped: readonly Dropped[];
  /** Rows to mark once a message declares them. */
  readonly rows: readonly number[];
}

/**
 * How many ranges one declaration names: half of what a door keeps per counter. The next one is
 * made only when nothing below it waits any more, so that these ranges have become one by then.
 */
const rangesPerDeclaration = 32;

/** Remembers that the messages `low` to `high` of a counter are no more. */
export function recordLoss(sql: Sql, key: CounterKey, lost: { low: number; high: number }): void {
  const at = [key.box, key.device, key.epoch] as const;
  let { low, high } = lost;
  const below = sql.get(queries.rangeBelow, ...at, low);
  if (below?.["declared_by"] === 0 && below["high"] === low - 1) {
    low = integer(below, "low");
    sql.run(queries.deleteRange, integer(below, "id"));
  }
  const above = sql.get(queries.rangeAbove, ...at, high);
  if (above?.["declared_by"] === 0 && above["low"] === high + 1) {
    high = integer(above, "high");
    sql.run(queries.deleteRange, integer(above, "id"));
  }
  sql.run(queries.insertRange, ...at, low, high);
}

/** What to declare next: per device without a declaration on its way, its lowest losses. */
export function undeclaredLosses(sql: Sql, box: string): Undeclared[] {
  const losses = sql.all(queries.undeclared, box).flatMap((row) => {
    const [id, from, to] = [integer(row, "id"), integer(row, "low"), integer(row, "high")];
    const number = parseNumber({ ...row, seq: from });
    return number === undefined
      ? []
      : [{ id, device: number.device, epoch: number.epoch, from, to }];
  });
  const devices = new Set(losses.map(({ device }) => device));
  return [...devices].flatMap((device) => {
    if (isDeclaring(sql, box, device)) return [];
    const ofDevice = losses.filter((loss) => loss.device === device).toSorted(byNumber);
    const [lowest] = ofDevice;
    if (lowest === undefined || isPreceded(sql, box, lowest)) return [];
    const next = ofDevice
      .filter(({ epoch }) => epoch === lowest.epoch)
      .slice(0, rangesPerDeclaration);
    const dropped = next.map(({ epoch, from, to }) => ({ epoch, from, to }));
    return [{ device, dropped, rows: next.map(({ id }) => id) }];
  });
}

/** Whether a message numbered below a loss still waits. */
function isPreceded(sql: Sql, box: string, loss: Dropped & { readonly device: Serial }): boolean {
  const { device, epoch, from } = loss;
  return sql.get(queries.waitingBelow, box, device, epoch, from) !== undefined;
}

function byNumber(a: Dropped, b: Dropped): number {
  return a.from - b.from;
}

function isDeclaring(sql: Sql, box: string, device: Serial): boolean {
  return sql.get(queries.declaring, box, rankNumber("declaration"), device) !== undefined;
}

/** Records every number of a counter that was given out, is not receipted, and is nowhere. */
export function reconcile(
  sql: Sql,
  key: CounterKey,
  given: { received: number; next: number },
): void {
  const at = [key.box, key.device, key.epoch] as const;
  const waiting = sql.all(queries.seqs, ...at).map((row) => integer(row, "seq"));
  const known = sql
    .all(queries.ranges, ...at)
    .map((row) => [integer(row, "low"), integer(row, "high")] as const);
  const present = [...waiting.map((seq) => [seq, seq] as const), ...known];
  for (const [low, high] of gaps({ above: given.received, below: given.next }, present)) {
    recordLoss(sql, key, { low, high });
  }
}

/** {@link reconcile} for a row of `counter`; false when it names no counter. */
export function reconcileCounter(sql: Sql, row: SqlRow): boolean {
  const number = parseNumber({ ...row, seq: 0 });
  if (number === undefined) return false;
  const key = { box: text(row, "box"), device: number.device, epoch: number.epoch };
  reconcile(sql, key, { received: integer(row, "received"), next: integer(row, "next") });
  return true;
}

/**
 * The numbers strictly between `above` and `below` that no range of `present` holds.
 *
 * @param present  in any order, may overlap
 */
export function gaps(
  { above, below }: { above: number; below: number },
  present: readonly (readonly [number, number])[],
): Ranges {
  const found: [number, number][] = [];
  let next = above + 1;
  for (const [low, high] of present.toSorted(([a], [b]) => a - b)) {
    if (low > next) found.push([next, Math.min(low, below) - 1]);
    next = Math.max(next, high + 1);
    if (next >= below) return found.filter(([from, to]) => from <= to);
  }
  return [...found, [next, below - 1] as const].filter(([from, to]) => from <= to);
}
