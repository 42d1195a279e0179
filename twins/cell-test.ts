/**
 * What one comparison asks of a cell.
 *
 * A missing leaf equals `null` only: it differs from every value and is neither less nor greater, older nor between any.
 */
import type { Instant } from "#wire/units.ts";

import type { Cell, Column, ColumnType } from "./columns.ts";
import { parseIsoDuration } from "./iso-duration.ts";
import type { Phrase } from "./phrase.ts";
import type { Operand, Operator } from "./rsql.ts";
import { compareTexts, compareVersions } from "./version-order.ts";

/** Whether a cell passes, at that instant. */
export type CellTest = (cell: Cell, now: Instant) => boolean;

/** The test of a whole comparison, or why it can mean nothing. */
export function testOf(
  column: Column,
  operator: Operator,
  operands: readonly Operand[],
): CellTest | Phrase {
  if (operator === "=between=") return betweenTest(column, operands);
  const tests: CellTest[] = [];
  for (const operand of operands) {
    const test = testOne(column, operator, operand);
    if (typeof test !== "function") return test;
    tests.push(test);
  }
  const [only] = tests;
  const some: CellTest =
    tests.length === 1 && only !== undefined
      ? only
      : (cell, now) => tests.some((test) => test(cell, now));
  return operator === "!=" || operator === "=out=" ? (cell, now) => !some(cell, now) : some;
}

/** Whether the clock alone may change what a comparison says. */
export function isAgeTest({ type }: Column, operator: Operator): boolean {
  return operator === "=older=" || (type === "age" && orderings[operator] !== undefined);
}

/** Both ends are included. */
function betweenTest(column: Column, [low, high, ...more]: readonly Operand[]): CellTest | Phrase {
  if (low === undefined || high === undefined || more.length > 0) {
    return { en: "=between= takes two values", fr: "=between= demande deux valeurs" };
  }
  const from = testOne(column, "=ge=", low);
  if (typeof from !== "function") return from;
  const to = testOne(column, "=le=", high);
  return typeof to === "function" ? (cell, now) => from(cell, now) && to(cell, now) : to;
}

/** The test for one operand, before negation. */
function testOne(column: Column, operator: Operator, operand: Operand): CellTest | Phrase {
  if (operator === "=exists=" || operator === "=empty=") {
    return presenceTest(operator, operand);
  }
  if (column.type === "bag") {
    return {
      en: `${column.name} is compared by =exists= and =empty= only`,
      fr: `${column.name} ne se compare que par =exists= et =empty=`,
    };
  }
  if (operand.kind === "null") {
    return equalities.has(operator)
      ? (cell) => cell === null
      : { en: `${operator} cannot compare with null`, fr: `${operator} ne compare pas à null` };
  }
  if (column.type === "age" || operator === "=older=") return ageTest(column, operator, operand);
  if (column.type === "text" || column.type === "version") {
    return textTest(column, operator, operand.pieces);
  }
  return numberTest(column, operator, operand.pieces);
}

/** One value of an operator. */
type Text = Extract<Operand, { kind: "text" }>;

function presenceTest(operator: Operator, operand: Operand): CellTest | Phrase {
  const wanted = operand.kind === "null" ? undefined : valueOf("flag", operand.pieces);
  if (wanted === undefined) {
    return { en: `${operator} takes true or false`, fr: `${operator} demande true ou false` };
  }
  const isThere = operator === "=exists=" ? wanted === 1 : wanted === 0;
  if (operator === "=exists=") return (cell) => (cell !== null) === isThere;
  return (cell) => (cell !== null && cell !== "") === isThere;
}

function ageTest({ name, type }: Column, operator: Operator, operand: Text): CellTest | Phrase {
  const ordering = operator === "=older=" ? orderings["=gt="] : orderings[operator];
  const length =
    operand.pieces.length === 1 ? parseIsoDuration(operand.pieces[0] ?? "") : undefined;
  if (type !== "age" && type !== "instant") {
    return { en: `${name} is no instant`, fr: `${name} n'est pas un instant` };
  }
  if (ordering === undefined) {
    return {
      en: `${name} is an age: compare by =lt= =le= =gt= =ge= or =older=`,
      fr: `${name} est un âge : comparer par =lt= =le= =gt= =ge= ou =older=`,
    };
  }
  if (length === undefined) {
    return {
      en: "an age is a duration such as PT10M or P2D",
      fr: "un âge est une durée comme PT10M ou P2D",
    };
  }
  return (cell, now) => typeof cell === "number" && ordering(now - cell - length);
}

function numberTest(
  column: Column,
  operator: Operator,
  pieces: readonly string[],
): CellTest | Phrase {
  const { name, type } = column;
  const ordering = orderings[operator];
  const value = valueOf(type, pieces);
  if (operator.endsWith("like=")) {
    return { en: `${name} is no text`, fr: `${name} n'est pas un texte` };
  }
  if (value === undefined) {
    const { en, fr } = type === "flag" ? aFlag : type === "instant" ? anInstant : aNumber;
    return { en: `${name} is compared with ${en}`, fr: `${name} se compare à ${fr}` };
  }
  if (ordering === undefined) return (cell) => cell === value;
  if (type === "flag") {
    return {
      en: `${operator} cannot compare true and false`,
      fr: `${operator} ne compare pas true et false`,
    };
  }
  return (cell) => typeof cell === "number" && ordering(cell - value);
}

function textTest(
  { type }: Column,
  operator: Operator,
  pieces: readonly string[],
): CellTest | Phrase {
  const ordering = orderings[operator];
  const [only = "", ...rest] = pieces;
  if (operator === "=ilike=") return wildcardTest(pieces.map(folded), folded);
  if (ordering === undefined) {
    return rest.length === 0 ? (cell) => cell === only : wildcardTest(pieces, (text) => text);
  }
  if (rest.length > 0) {
    return { en: `${operator} takes no wildcard`, fr: `${operator} ne prend pas de joker` };
  }
  const compare = type === "version" ? compareVersions : compareTexts;
  return (cell) => typeof cell === "string" && ordering(compare(cell, only));
}

function folded(text: string): string {
  return text.toLowerCase();
}

/** Whether a text begins with the first piece, ends with the last, and holds the others between, in order. */
function wildcardTest(pieces: readonly string[], read: (text: string) => string): CellTest {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  const inner = pieces.slice(1, -1);
  if (pieces.length === 1) return (cell) => typeof cell === "string" && read(cell) === first;
  return (cell) => {
    if (typeof cell !== "string") return false;
    const text = read(cell);
    if (text.length < first.length + last.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of inner) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}

const equalities: ReadonlySet<Operator> = new Set(["==", "!=", "=in=", "=out="]);

/** What an operator says of the order of two values. */
const orderings: Readonly<Partial<Record<Operator, (order: number) => boolean>>> = {
  "=lt=": (order) => order < 0,
  "=le=": (order) => order <= 0,
  "=gt=": (order) => order > 0,
  "=ge=": (order) => order >= 0,
};

const aNumber: Phrase = { en: "a number", fr: "un nombre" };
const aFlag: Phrase = { en: "true or false", fr: "true ou false" };
const anInstant: Phrase = {
  en: "an instant in milliseconds since 1970",
  fr: "un instant en millisecondes depuis 1970",
};

function valueOf(type: ColumnType, pieces: readonly string[]): number | undefined {
  const [text = "", ...rest] = pieces;
  if (rest.length > 0) return undefined;
  if (type === "flag") return text === "true" ? 1 : text === "false" ? 0 : undefined;
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}
