/**
 * Where one column of many rows is kept: typed arrays, so that 200,000 twins cost tens of bytes each.
 *
 * A row is a small integer that never changes hands. `ordinal` turns a cell into a number that sorts as the cell does
 * (NaN: no value), so that sorting and paging are the same for every type.
 */
import type { Bits } from "./bits.ts";
import type { Cell, Column } from "./columns.ts";
import { createDictionary, type Dictionary, type TextOrder } from "./dictionary.ts";
import { compareTexts, compareVersions } from "./version-order.ts";

/** One column's cells, to be read. */
export interface ColumnCells {
  readonly get: (row: number) => Cell;
  /** Sorts as the cell does, until the next `set`. */
  readonly ordinal: (row: number) => number;
  /** The ordinal that a cell with this value has or would have. */
  readonly ordinalOf: (cell: Cell) => number;
  /** Makes `bits` those of the rows, among as many as it has space for, whose cell passes. */
  readonly scan: (test: CellScan, bits: Bits) => void;
}

/** What cells are scanned for. */
export interface CellScan {
  readonly passes: (cell: Cell) => boolean;
  /** The only text that passes, when there is just one: no other text needs to be looked at. */
  readonly only?: string | undefined;
}

/** One column's cells. */
export interface ColumnStore extends ColumnCells {
  readonly set: (row: number, cell: Cell) => void;
  /** The cells of a column that is told from this one. */
  readonly told: (column: Column) => ColumnCells;
}

/** An empty store fit for the column. */
export function createColumnStore({ type }: Column): ColumnStore {
  if (type === "text" || type === "bag") return createTextStore(compareTexts);
  return type === "version" ? createTextStore(compareVersions) : createNumberStore();
}

function createNumberStore(): ColumnStore {
  let values = new Float64Array(0);
  const get = (row: number): Cell => {
    const value = values[row] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  };
  const cells: ColumnCells = {
    get,
    ordinal: (row) => values[row] ?? Number.NaN,
    ordinalOf: (cell) => (typeof cell === "number" ? cell : Number.NaN),
    scan: ({ passes }, bits) => scanNumbers(values, passes, bits),
  };
  return {
    ...cells,
    told: () => cells,
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
  };
}

function createTextStore(compare: TextOrder): ColumnStore {
  const dictionary = createDictionary(compare);
  /** Each row's code; 0 for no value. */
  let codes = new Uint32Array(0);
  let rows = 0;
  /** How often codes were given anew. */
  let generation = 0;
  const codeOf = (row: number): number => codes[row] ?? 0;
  const get = (row: number): string | null => dictionary.text(codeOf(row));

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
      generation++;
      held.forEach((text, at) => {
        codes[at] = text === null ? 0 : dictionary.code(text);
      });
    },
    ordinal: (row) => dictionary.rank(codeOf(row)),
    ordinalOf: (cell) => (typeof cell === "string" ? dictionary.place(cell) : Number.NaN),
    scan: ({ passes, only }, bits) => {
      const answers = new Uint8Array(dictionary.size() + 1);
      if (only === undefined) ask(answers, (code) => passes(dictionary.text(code)));
      else answers[dictionary.find(only) ?? answers.length] = 1;
      scanCodes(codes, answers, bits);
    },
    told: (column) =>
      createToldCells(column, { dictionary, codes: () => codes, generation: () => generation }),
  };
}

/** What a bag column tells its readers. */
interface Source {
  readonly dictionary: Dictionary;
  /** Each row's code. */
  readonly codes: () => Uint32Array;
  readonly generation: () => number;
}

/** Cells told from the texts of a dictionary, each text being read once. */
function createToldCells({ type, told }: Column, source: Source): ColumnCells {
  const { dictionary, codes, generation } = source;
  const codeOf = (row: number): number => codes()[row] ?? 0;
  const compare = type === "version" ? compareVersions : compareTexts;
  let cells: Cell[] = [];
  let texts = createDictionary(compare);
  let known = generation();

  const cellOf = (code: number): Cell => {
    if (known !== generation()) {
      known = generation();
      cells = [];
      texts = createDictionary(compare);
    }
    for (let next = cells.length; next <= Math.max(code, dictionary.size()); next++) {
      const cell = told?.(dictionary.text(next)) ?? null;
      cells.push(cell);
      if (typeof cell === "string") texts.code(cell);
    }
    return cells[code] ?? null;
  };
  const ordinalOf = (cell: Cell): number => {
    if (typeof cell === "string") return texts.place(cell);
    return typeof cell === "number" ? cell : Number.NaN;
  };
  return {
    get: (row) => cellOf(codeOf(row)),
    ordinal: (row) => {
      const cell = cellOf(codeOf(row));
      return typeof cell === "string" ? texts.rank(texts.code(cell)) : ordinalOf(cell);
    },
    ordinalOf,
    scan: ({ passes }, bits) => {
      const answers = new Uint8Array(dictionary.size() + 1);
      ask(answers, (code) => passes(cellOf(code)));
      scanCodes(codes(), answers, bits);
    },
  };
}

/** What `passes` says of each code, so that it is asked once for each text and not for each row. */
function ask(answers: Uint8Array, passes: (code: number) => boolean): void {
  for (let code = 0; code < answers.length; code++) answers[code] = Number(passes(code));
}

/** Sets every bit to the answer for the code of its row, a word at a time. */
function scanCodes(codes: Uint32Array, answers: Uint8Array, bits: Bits): void {
  for (let at = 0; at < bits.length; at++) {
    let word = 0;
    for (let bit = 0; bit < 32; bit++) word |= (answers[codes[at * 32 + bit] ?? 0] ?? 0) << bit;
    bits[at] = word;
  }
}

/** Sets every bit to what `passes` says of the value of its row. */
function scanNumbers(values: Float64Array, passes: (cell: Cell) => boolean, bits: Bits): void {
  for (let at = 0; at < bits.length; at++) {
    let word = 0;
    for (let bit = 0; bit < 32; bit++) {
      const value = values[at * 32 + bit] ?? Number.NaN;
      if (passes(Number.isNaN(value) ? null : value)) word |= 1 << bit;
    }
    bits[at] = word;
  }
}

function grownTo(row: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(row + 1)));
}
