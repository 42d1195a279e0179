/**
 * A filter judged against the declared columns: which exist, what they may be compared with, and who may ask.
 *
 * A missing leaf equals `null` only: it differs from every value and is neither less nor greater than any.
 */
import { type Cell, type Clearance, type Column, columnNamed } from "./columns.ts";
import {
  type Comparison,
  type Fault,
  type Filter,
  type Operand,
  type Operator,
  printFilter,
} from "./rsql.ts";
import { compareTexts, compareVersions } from "./version-order.ts";

/** Whether a cell passes. */
export type CellTest = (cell: Cell) => boolean;

/** One comparison with what it means. */
export interface Condition {
  readonly kind: "condition";
  /** The same text for the same condition. */
  readonly text: string;
  readonly column: Column;
  readonly passes: CellTest;
}

/** A filter that may be run. */
export type Judged = Condition | { readonly kind: "and" | "or"; readonly of: readonly Judged[] };

/** A filter that may not: a fault of the text, or a column that the asker may not know of. */
export type Objection =
  Fault | { readonly kind: "forbidden"; readonly at: number; readonly path: string };

/** What `filter` means for someone of this clearance, or the first objection. */
export function judgeFilter(filter: Filter, clearance: Clearance): Judged | Objection {
  if (filter.kind === "compare") return judgeComparison(filter, clearance);
  const of: Judged[] = [];
  for (const part of filter.of) {
    const judged = judgeFilter(part, clearance);
    if (judged.kind === "fault" || judged.kind === "forbidden") return judged;
    of.push(judged);
  }
  return { kind: filter.kind, of };
}

/** Whether a row passes, given its cells. */
export function passes(judged: Judged, cell: (column: Column) => Cell): boolean {
  if (judged.kind === "condition") return judged.passes(cell(judged.column));
  if (judged.kind === "and") return judged.of.every((part) => passes(part, cell));
  return judged.of.some((part) => passes(part, cell));
}

function judgeComparison(comparison: Comparison, clearance: Clearance): Condition | Objection {
  const { path, operator, operands, at } = comparison;
  const column = columnNamed(path);
  // Checked by name, before existence: a guess at `vitals.x` must not tell which vital signs there are.
  if (
    clearance === "technical" &&
    (column?.clearance === "clinical" || path.startsWith("vitals"))
  ) {
    return { kind: "forbidden", at, path };
  }
  if (column === undefined) return { kind: "fault", at, why: `no leaf is called ${path}` };
  const tests: CellTest[] = [];
  for (const operand of operands) {
    const test = judgeOperand(column, operator, operand);
    if (typeof test === "string") return { kind: "fault", at, why: test };
    tests.push(test);
  }
  const negated = operator === "!=" || operator === "=out=";
  const [only] = tests;
  const some: CellTest =
    tests.length === 1 && only !== undefined ? only : (cell) => tests.some((test) => test(cell));
  return {
    kind: "condition",
    text: printFilter(comparison),
    column,
    passes: negated ? (cell) => !some(cell) : some,
  };
}

/** The test for one operand (before negation), or the sentence that says why there is none. */
function judgeOperand(column: Column, operator: Operator, operand: Operand): CellTest | string {
  const ordering = orderings[operator];
  if (operand.kind === "null") {
    return ordering === undefined
      ? (cell) => cell === null
      : `${operator} cannot compare with null`;
  }
  if (column.type === "text" || column.type === "version") {
    return textTest(column, operator, operand.pieces);
  }
  const value = valueOf(column, operand.pieces);
  if (value === undefined) return `${column.name} is compared with ${expectations[column.type]}`;
  if (ordering === undefined) return (cell) => cell === value;
  if (column.type === "flag") return `${operator} cannot compare true and false`;
  return (cell) => typeof cell === "number" && ordering(cell - value);
}

function textTest(
  column: Column,
  operator: Operator,
  pieces: readonly string[],
): CellTest | string {
  const ordering = orderings[operator];
  const [only = "", ...rest] = pieces;
  if (ordering === undefined) {
    return rest.length === 0 ? (cell) => cell === only : wildcardTest(pieces);
  }
  if (rest.length > 0) return `${operator} takes no wildcard`;
  const compare = column.type === "version" ? compareVersions : compareTexts;
  return (cell) => typeof cell === "string" && ordering(compare(cell, only));
}

/** Whether a text begins with the first piece, ends with the last, and holds the others between, in order. */
function wildcardTest(pieces: readonly string[]): CellTest {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  const inner = pieces.slice(1, -1);
  return (cell) => {
    if (typeof cell !== "string" || cell.length < first.length + last.length) return false;
    if (!cell.startsWith(first) || !cell.endsWith(last)) return false;
    let at = first.length;
    for (const piece of inner) {
      const found = cell.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= cell.length - last.length;
  };
}

const orderings: Readonly<Partial<Record<Operator, (order: number) => boolean>>> = {
  "=lt=": (order) => order < 0,
  "=le=": (order) => order <= 0,
  "=gt=": (order) => order > 0,
  "=ge=": (order) => order >= 0,
};

const expectations = {
  number: "a number",
  instant: "an instant in milliseconds since 1970",
  flag: "true or false",
} as const;

function valueOf(column: Column, pieces: readonly string[]): number | undefined {
  const [text = "", ...rest] = pieces;
  if (rest.length > 0) return undefined;
  if (column.type === "flag") return text === "true" ? 1 : text === "false" ? 0 : undefined;
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}
