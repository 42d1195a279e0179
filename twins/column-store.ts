/**
 * Where one column of many rows is kept: typed arrays, so that 200,000 twins cost tens of bytes each.
 *
 * A row is a small integer that never changes hands. `ordinal` turns a cell into a number that sorts as the cell does
 * (NaN: no value), so that sorting and paging are the same for every type.
 */
import { type Bits, setBit } from "./bits.ts";
import { type Cell, type Column } from "./columns.ts";
import type { CellTest } from "./filter.ts";
import { compareTexts, compareVersions } from "./version-order.ts";

/** One column's cells. */
export interface ColumnStore {
  readonly get: (row: number) => Cell;
  readonly set: (row: number, cell: Cell) => void;
  /** Sorts as the cell does, until the next `set`. */
  readonly ordinal: (row: number) => number;
  /** The ordinal that a cell with this value has or would have. */
  readonly ordinalOf: (cell: Cell) => number;
  /** Sets, in `bits`, the bit of each row below `rows` that passes. */
  readonly scan: (test: CellTest, rows: number, bits: Bits) => void;
}

/** An empty store fit for the column. */
export function createColumnStore(column: Column): ColumnStore {
  if (column.type === "text") return createTextStore(compareTexts);
  if (column.type === "version") return createTextStore(compareVersions);
  return createNumberStore();
}

function createNumberStore(): ColumnStore {
  let values = new Float64Array(0);
  const get = (row: number): Cell => {
    const value = values[row] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  };
  return {
    get,
    set(row, cell) {
      // A column that no twin of the tenant fills (no scale, no glucose meter) takes no memory.
      if (row >= values.length) {
        if (cell === null) return;
        const grown = new Float64Array(grownTo(row)).fill(Number.NaN);
        grown.set(values);
        values = grown;
      }
      values[row] = typeof cell === "number" ? cell : Number.NaN;
    },
    ordinal: (row) => values[row] ?? Number.NaN,
    ordinalOf: (cell) => (typeof cell === "number" ? cell : Number.NaN),
    scan(test, rows, bits) {
      for (let row = 0; row < rows; row++) if (test(get(row))) setBit(bits, row, true);
    },
  };
}

function createTextStore(compare: TextOrder): ColumnStore {
  const dictionary = createDictionary(compare);
  /** Each row's code; 0 for no value. */
  let codes = new Uint32Array(0);
  let rows = 0;
  const get = (row: number): string | null => dictionary.text(codes[row] ?? 0);

  return {
    get,
    set(row, cell) {
      if (row >= codes.length) {
        const grown = new Uint32Array(grownTo(row));
        grown.set(codes);
        codes = grown;
      }
      rows = Math.max(rows, row + 1);
      codes[row] = typeof cell === "string" ? dictionary.code(cell) : 0;
      // Devices cannot fill memory by reporting ever new texts: those that no row holds any more are forgotten.
      if (dictionary.size() <= 2 * rows + 1024) return;
      const held = Array.from({ length: rows }, (_, at) => get(at));
      dictionary.clear();
      held.forEach((text, at) => {
        codes[at] = text === null ? 0 : dictionary.code(text);
      });
    },
    ordinal: (row) => dictionary.rank(codes[row] ?? 0),
    ordinalOf: (cell) => (typeof cell === "string" ? dictionary.place(cell) : Number.NaN),
    scan(test, upTo, bits) {
      const answers = new Uint8Array(dictionary.size() + 1);
      for (let code = 0; code < answers.length; code++) {
        answers[code] = Number(test(dictionary.text(code)));
      }
      for (let row = 0; row < upTo; row++) {
        if (answers[codes[row] ?? 0] === 1) setBit(bits, row, true);
      }
    },
  };
}

type TextOrder = (a: string, b: string) => number;

/** Texts by number: each different one is kept once, and knows its place in their order. */
interface Dictionary {
  /** Texts in it; codes are 1 to this. */
  size(): number;
  code(text: string): number;
  /** Null for code 0. */
  text(code: number): string | null;
  /** How many texts come before that of `code`; NaN for code 0. */
  rank(code: number): number;
  /** The rank of a text; half a rank before its follower when it is not in the dictionary. */
  place(text: string): number;
  clear(): void;
}

function createDictionary(compare: TextOrder): Dictionary {
  const texts: (string | null)[] = [null];
  const codeOf = new Map<string, number>();
  /** Codes in the order of their texts, and each code's place there; short of the newest texts until next asked. */
  let order: number[] = [];
  let ranks = new Float64Array(0);
  const by = (a: number, b: number): number => compare(texts[a] ?? "", texts[b] ?? "");

  const sorted = (): readonly number[] => {
    if (order.length === texts.length - 1) return order;
    const fresh: number[] = [];
    for (let code = order.length + 1; code < texts.length; code++) fresh.push(code);
    order = merge(order, fresh.toSorted(by), by);
    ranks = new Float64Array(texts.length).fill(Number.NaN);
    order.forEach((code, rank) => {
      ranks[code] = rank;
    });
    return order;
  };

  return {
    size: () => texts.length - 1,
    code(text) {
      const known = codeOf.get(text);
      if (known !== undefined) return known;
      codeOf.set(text, texts.length);
      return texts.push(text) - 1;
    },
    text: (code) => texts[code] ?? null,
    rank(code) {
      sorted();
      return ranks[code] ?? Number.NaN;
    },
    place(text) {
      const all = sorted();
      const place = lowerBound(all.length, (at) => compare(texts[all[at] ?? 0] ?? "", text) < 0);
      return texts[all[place] ?? 0] === text ? place : place - 0.5;
    },
    clear() {
      texts.length = 1;
      codeOf.clear();
      order = [];
    },
  };
}

/** The first of `length` places where `before` no longer holds; `before` must hold for a beginning only. */
export function lowerBound(length: number, before: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(
  a: readonly number[],
  b: readonly number[],
  by: (a: number, b: number) => number,
): number[] {
  const merged: number[] = [];
  let at = 0;
  for (const code of b) {
    for (let next = a[at]; next !== undefined && by(next, code) < 0; next = a[++at]) {
      merged.push(next);
    }
    merged.push(code);
  }
  for (; at < a.length; at++) merged.push(a[at] ?? 0);
  return merged;
}

function grownTo(row: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(row + 1)));
}
