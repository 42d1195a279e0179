/**
 * A filter judged against the columns: which exist, what they may be compared with, and who may ask.
 */
import type { Instant } from "#wire/units.ts";

import { type CellTest, isAgeTest, testOf } from "./cell-test.ts";
import { type Cell, type Clearance, type Column, columnNamed } from "./columns.ts";
import type { Phrase } from "./phrase.ts";
import { type Comparison, type Fault, type Filter, type Joint, printFilter } from "./rsql.ts";

/** One comparison with what it means. */
export interface Condition {
  readonly kind: "condition";
  /** The same text for the same condition. */
  readonly text: string;
  readonly column: Column;
  readonly passes: CellTest;
  /** Whether the clock alone may change what it says. */
  readonly isAging: boolean;
  /** The only text that passes, when there is just one. */
  readonly only?: string;
}

/** A filter that may be run. */
export type Judged = Condition | { readonly kind: Joint; readonly of: readonly Judged[] };

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

/** The column that `path` names for someone of this clearance, or the objection to what stands at `at`. */
export function judgePath(
  { path, at }: { readonly path: string; readonly at: number },
  clearance: Clearance,
): Column | Objection {
  const column = columnNamed(path);
  // Checked by name, before existence: a guess at `vitals.x` must not tell which vital signs there are.
  const isClinical = column?.clearance === "clinical" || path.startsWith("vitals");
  if (clearance === "technical" && isClinical) return { kind: "forbidden", at, path };
  return column ?? fault(at, { en: `no leaf is called ${path}`, fr: `aucune feuille « ${path} »` });
}

/** Whether a row passes, given its cells and the time. */
export function passes(judged: Judged, cell: (column: Column) => Cell, now: Instant): boolean {
  if (judged.kind === "condition") return judged.passes(cell(judged.column), now);
  if (judged.kind === "and") return judged.of.every((part) => passes(part, cell, now));
  const some = judged.of.some((part) => passes(part, cell, now));
  return judged.kind === "or" ? some : !some;
}

/** The one text that `column` must hold in every row that passes, or undefined when there is none such. */
export function onlyTextOf(judged: Judged, column: Column): string | undefined {
  if (judged.kind === "condition") return judged.column === column ? judged.only : undefined;
  if (judged.kind !== "and") return undefined;
  return judged.of.map((part) => onlyTextOf(part, column)).find((only) => only !== undefined);
}

/** Whether the clock alone may make a twin pass a filter, or cease to. */
export function isAging(judged: Judged | undefined): boolean {
  if (judged === undefined) return false;
  return judged.kind === "condition" ? judged.isAging : judged.of.some(isAging);
}

/** The same text for filters that mean the same, as far as their words tell. */
export function textOf(judged: Judged): string {
  if (judged.kind === "condition") return judged.text;
  return `${judged.kind}(${judged.of.map(textOf).join()})`;
}

function judgeComparison(comparison: Comparison, clearance: Clearance): Condition | Objection {
  const column = judgePath(comparison, clearance);
  if ("kind" in column) return column;
  const { operator, operands, at } = comparison;
  const test = testOf(column, operator, operands);
  if (typeof test !== "function") return fault(at, test);
  const only = operator === "==" ? onlyText(comparison) : undefined;
  return {
    kind: "condition",
    text: printFilter({ ...comparison, path: column.name }),
    column,
    passes: test,
    isAging: isAgeTest(column, operator),
    ...(only === undefined ? {} : { only }),
  };
}

function onlyText({ operands: [operand] }: Comparison): string | undefined {
  if (operand?.kind !== "text" || operand.pieces.length !== 1) return undefined;
  return operand.pieces[0];
}

function fault(at: number, why: Phrase): Fault {
  return { kind: "fault", at, why };
}
