/**
 * Sets of rows, one bit each: a million rows in 125 kB, joined 32 at a time.
 */

/** Bit `row & 31` of word `row >>> 5`. */
export type Bits = Uint32Array<ArrayBuffer>;

/** No rows, with space for `rows` of them. */
export function createBits(rows: number): Bits {
  return new Uint32Array(Math.ceil(rows / 32));
}

/** Puts a row in or takes it out. */
export function setBit(bits: Bits, row: number, on: boolean): void {
  const word = bits[row >>> 5] ?? 0;
  const bit = 1 << (row & 31);
  bits[row >>> 5] = on ? word | bit : word & ~bit;
}

/** Whether a row is in. */
export function hasBit(bits: Bits, row: number): boolean {
  return (((bits[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1;
}

/** Rows that are in all (`and`) or in any (`or`) of the sets, which are equally long; at least one set. */
export function joined(kind: "and" | "or", sets: readonly Bits[]): Bits {
  const total = (sets[0] ?? createBits(0)).slice();
  for (const bits of sets.slice(1)) {
    for (let at = 0; at < total.length; at++) {
      const word = total[at] ?? 0;
      const other = bits[at] ?? 0;
      total[at] = kind === "and" ? word & other : word | other;
    }
  }
  return total;
}

/** The same rows, with space for `rows` of them. */
export function widened(bits: Bits, rows: number): Bits {
  const wide = createBits(rows);
  wide.set(bits);
  return wide;
}

/** Calls `visit` with each row that is in, lowest first. */
export function eachRow(bits: Bits, visit: (row: number) => void): void {
  for (let at = 0; at < bits.length; at++) {
    for (let word = bits[at] ?? 0; word !== 0; word &= word - 1) {
      visit(at * 32 + 31 - Math.clz32(word & -word));
    }
  }
}
