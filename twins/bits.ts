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

/** One row alone. */
export function singleBit(row: number): Bits {
  const bits = createBits(row + 1);
  setBit(bits, row, true);
  return bits;
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

/** Rows that are not in. */
export function inverted(bits: Bits): Bits {
  return bits.map((word) => ~word);
}

/** How many rows are in. */
export function countBits(bits: Bits): number {
  let count = 0;
  for (let at = 0; at < bits.length; at++) {
    let word = bits[at] ?? 0;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += (((word + (word >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
  }
  return count;
}

/** Rows that are in one of the sets only; the shorter one is taken to go on empty. */
export function differing(a: Bits, b: Bits): Bits {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return long.map((word, at) => word ^ (short[at] ?? 0));
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
