/**
 * Sets of whole numbers as a few ranges: what a mark holds above `upTo`, what a receipt says, what
 * a box declares dropped.
 *
 * Every function gives back a set in normal form: sorted, disjoint, no two ranges touching, both
 * ends included.
 */

/** A set of whole numbers in normal form. */
export type Ranges = readonly (readonly [from: number, to: number])[];

/** A counter's received numbers: everything from 1 to `upTo`, and `ranges` above it. */
export interface Received {
  readonly upTo: number;
  readonly ranges: Ranges;
}

/** `ranges` with `number`. */
export function addNumber(ranges: Ranges, number: number): Ranges {
  return addRange(ranges, number, number);
}

/** `ranges` with every number of `from` to `to`; `from` ≤ `to`, else a RangeError. */
export function addRange(ranges: Ranges, from: number, to: number): Ranges {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from > to) {
    throw new RangeError("a range goes up between two whole numbers");
  }
  const before = ranges.filter((range) => range[1] < from - 1);
  const after = ranges.filter((range) => range[0] > to + 1);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const low = Math.min(from, touching.at(0)?.[0] ?? from);
  const high = Math.max(to, touching.at(-1)?.[1] ?? to);
  return [...before, [low, high], ...after];
}

/** Whether `number` is in the set. */
export function contains(ranges: Ranges, number: number): boolean {
  return ranges.some(([from, to]) => from <= number && number <= to);
}

/**
 * The same received numbers with `upTo` as high as it can be: ranges that touch it are taken into
 * it, and what lies
 * below it is forgotten.
 *
 * @param upTo    everything from 1 to here is received; 0 for nothing
 * @param ranges  in normal form, may overlap what `upTo` says
 */
export function normalise(upTo: number, ranges: Ranges): Received {
  let top = upTo;
  let taken = 0;
  for (const [from, to] of ranges) {
    if (from > top + 1) break;
    top = Math.max(top, to);
    taken++;
  }
  return { upTo: top, ranges: taken === 0 ? ranges : ranges.slice(taken) };
}

/** How many numbers the set holds. */
export function size(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** Whether `ranges`, read from somewhere, is in normal form and lies above `floor`. */
export function isNormal(ranges: Ranges, floor: number): boolean {
  let last = floor;
  for (const [from, to] of ranges) {
    if (from <= last + 1 || from > to) return false;
    last = to;
  }
  return true;
}
