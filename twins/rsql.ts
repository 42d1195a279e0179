/**
 * RSQL: the words people filter twins with, such as `power.battery=lt=20;presence.state==silent`.
 *
 * `;` is and, `,` is or and binds less, `!(…)` is not; parentheses group. ` and `, ` or ` and `not (…)` say the same. `*`
 * in a value stands for any text, `\*` for a star; the bare word `null` means that there is no value. This file knows
 * the grammar only: which paths exist, and who may ask for them, is judged in `filter.ts`.
 * @source FIQL (draft-nottingham-atompub-fiql-00) and RSQL as common servers speak it
 */
import type { Phrase } from "./phrase.ts";

/** How a leaf is compared; `<` `<=` `>` `>=` are read as their long forms. */
export const operators = [
  "==",
  "!=",
  "=lt=",
  "=le=",
  "=gt=",
  "=ge=",
  "=in=",
  "=out=",
  "=like=",
  "=ilike=",
  "=between=",
  "=exists=",
  "=empty=",
  "=older=",
] as const;
export type Operator = (typeof operators)[number];

/** Operators that take a list of values in parentheses. */
export const listed: ReadonlySet<Operator> = new Set(["=in=", "=out=", "=between="]);

/** A value: nothing, or the pieces of a text between its wildcards (one piece: exactly that text). */
export type Operand =
  { readonly kind: "null" } | { readonly kind: "text"; readonly pieces: readonly string[] };

/** One comparison; `at` is where it stands in the text, counted in characters from 0. */
export interface Comparison {
  readonly kind: "compare";
  readonly path: string;
  readonly operator: Operator;
  /** One operand; one or more for {@link listed} operators. */
  readonly operands: readonly Operand[];
  readonly at: number;
}

/** How filters are joined; `and` and `or` join two or more, `not` turns one round. */
export type Joint = "and" | "or" | "not";

/** A filter as a tree. */
export type Filter = Comparison | { readonly kind: Joint; readonly of: readonly Filter[] };

/** Why a text is no filter, and where; `at` counts characters from 0. */
export interface Fault {
  readonly kind: "fault";
  readonly at: number;
  readonly why: Phrase;
}

/** How large a filter may be. */
export const filterLimits = { characters: 2000, nodes: 64, depth: 16 } as const;

/** The filter that `text` says, or why it says none. */
export function parseFilter(text: string): Filter | Fault {
  const { characters } = filterLimits;
  if (text.length > characters) {
    return fault(characters, {
      en: `longer than ${characters} characters`,
      fr: `plus de ${characters} caractères`,
    });
  }
  const reader: Reader = { text, at: 0, nodes: 0, depth: 0 };
  const filter = readEither(reader);
  if (filter.kind === "fault" || reader.at === text.length) return filter;
  return unexpected(reader, { en: '";" or "," or the end', fr: "« ; », « , » ou la fin" });
}

/** The text of a filter; reading it again gives the same tree. */
export function printFilter(filter: Filter): string {
  if (filter.kind === "compare") return printComparison(filter);
  if (filter.kind === "not") return `!(${filter.of.map(printFilter).join("")})`;
  return filter.of
    .map((part) => (isJoined(part) ? `(${printFilter(part)})` : printFilter(part)))
    .join(filter.kind === "and" ? ";" : ",");
}

function isJoined({ kind }: Filter): boolean {
  return kind === "and" || kind === "or";
}

interface Reader {
  readonly text: string;
  at: number;
  nodes: number;
  depth: number;
}

function readEither(reader: Reader): Filter | Fault {
  return readChain(reader, { mark: /,|\s+or\s+/y, kind: "or", next: readBoth });
}

function readBoth(reader: Reader): Filter | Fault {
  return readChain(reader, { mark: /;|\s+and\s+/y, kind: "and", next: readNegation });
}

function readChain(
  reader: Reader,
  chain: {
    readonly mark: RegExp;
    readonly kind: "and" | "or";
    readonly next: (reader: Reader) => Filter | Fault;
  },
): Filter | Fault {
  const of: Filter[] = [];
  do {
    const part = chain.next(reader);
    if (part.kind === "fault") return part;
    of.push(part);
  } while (match(reader, chain.mark) !== undefined);
  const [only] = of;
  if (of.length === 1 && only !== undefined) return only;
  return countNode(reader) ?? { kind: chain.kind, of };
}

function readNegation(reader: Reader): Filter | Fault {
  if (match(reader, /!(?=\()|not\s*(?=\()/y) === undefined) return readOne(reader);
  const inner = readOne(reader);
  if (inner.kind === "fault") return inner;
  return countNode(reader) ?? { kind: "not", of: [inner] };
}

function readOne(reader: Reader): Filter | Fault {
  const opened = reader.at;
  if (!take(reader, "(")) return readComparison(reader);
  const { depth } = filterLimits;
  if (reader.depth === depth) {
    return fault(opened, {
      en: `nested more than ${depth} deep`,
      fr: `plus de ${depth} parenthèses imbriquées`,
    });
  }
  reader.depth++;
  const inner = readEither(reader);
  reader.depth--;
  if (inner.kind === "fault" || take(reader, ")")) return inner;
  return unexpected(reader, {
    en: `")" for the "(" at character ${opened}`,
    fr: `« ) » pour la parenthèse ouverte au caractère ${opened}`,
  });
}

function readComparison(reader: Reader): Comparison | Fault {
  const { at } = reader;
  const path = match(reader, /[A-Za-z][A-Za-z0-9_.-]*/y);
  if (path === undefined) {
    return unexpected(reader, { en: 'a path or "("', fr: "un chemin ou « ( »" });
  }
  const operator = readOperator(reader);
  if (operator === undefined) {
    const known = operators.join(" ");
    return unexpected(reader, { en: `one of ${known}`, fr: `l'un de ${known}` });
  }
  const operands = listed.has(operator) ? readList(reader) : readSingle(reader);
  if (!isList(operands)) return operands;
  return countNode(reader) ?? { kind: "compare", path, operator, operands, at };
}

const short: Readonly<Record<string, Operator>> = {
  "<": "=lt=",
  "<=": "=le=",
  ">": "=gt=",
  ">=": "=ge=",
};

function readOperator(reader: Reader): Operator | undefined {
  const start = reader.at;
  const word = match(reader, /==|!=|=[a-z]+=|[<>]=?/y);
  const operator = operators.find((known) => known === word) ?? short[word ?? ""];
  if (operator === undefined) reader.at = start;
  return operator;
}

function readSingle(reader: Reader): readonly Operand[] | Fault {
  const operand = readOperand(reader);
  return operand.kind === "fault" ? operand : [operand];
}

function readList(reader: Reader): readonly Operand[] | Fault {
  if (!take(reader, "(")) return unexpected(reader, { en: '"("', fr: "« ( »" });
  const operands: Operand[] = [];
  do {
    const operand = readOperand(reader);
    if (operand.kind === "fault") return operand;
    operands.push(operand);
  } while (take(reader, ","));
  if (take(reader, ")")) return operands;
  return unexpected(reader, { en: '"," or ")"', fr: "« , » ou « ) »" });
}

function readOperand(reader: Reader): Operand | Fault {
  const { at } = reader;
  const bare = match(reader, /[^"'();,=!~<>\s\\]+/y);
  if (bare === "null") return { kind: "null" };
  if (bare !== undefined) return { kind: "text", pieces: bare.split("*") };
  const quoted = match(reader, /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy);
  if (quoted !== undefined) return { kind: "text", pieces: pieces(quoted.slice(1, -1)) };
  const opened = reader.text.charAt(at);
  if (opened === '"' || opened === "'") {
    return fault(at, {
      en: "a quoted value that is never closed",
      fr: "un texte entre guillemets qui n'est jamais fermé",
    });
  }
  return unexpected(reader, { en: "a value", fr: "une valeur" });
}

/** Cuts at bare stars; a backslash makes any character mean itself. */
function pieces(quoted: string): string[] {
  const cut = [""];
  for (const [token] of quoted.matchAll(/\\.|\*|[^\\*]+/gs)) {
    if (token === "*") cut.push("");
    else cut[cut.length - 1] += token.startsWith("\\") ? token.slice(1) : token;
  }
  return cut;
}

function countNode(reader: Reader): Fault | undefined {
  reader.nodes++;
  const { nodes } = filterLimits;
  if (reader.nodes <= nodes) return undefined;
  return fault(reader.at, {
    en: `more than ${nodes} comparisons and groups`,
    fr: `plus de ${nodes} comparaisons et groupes`,
  });
}

function take(reader: Reader, mark: string): boolean {
  if (reader.text.charAt(reader.at) !== mark) return false;
  reader.at++;
  return true;
}

function match(reader: Reader, shape: RegExp): string | undefined {
  shape.lastIndex = reader.at;
  const [text] = shape.exec(reader.text) ?? [];
  if (text !== undefined) reader.at += text.length;
  return text;
}

/** The fault of finding something else where the reader stands. */
function unexpected({ text, at }: Reader, expected: Phrase): Fault {
  const found = text.charAt(at);
  return fault(at, {
    en: `expected ${expected.en}, found ${found === "" ? "the end" : `"${found}"`}`,
    fr: `attendu : ${expected.fr} ; trouvé : ${found === "" ? "la fin" : `« ${found} »`}`,
  });
}

function fault(at: number, why: Phrase): Fault {
  return { kind: "fault", at, why };
}

function isList(value: readonly Operand[] | Fault): value is readonly Operand[] {
  return Array.isArray(value);
}

function printComparison({ path, operator, operands }: Comparison): string {
  const values = operands.map(printOperand).join(",");
  return `${path}${operator}${listed.has(operator) ? `(${values})` : values}`;
}

function printOperand(operand: Operand): string {
  if (operand.kind === "null") return "null";
  const bare = operand.pieces.join("*");
  const plain = /^[^"'();,=!~<>\s\\]+$/.test(bare) && bare !== "null";
  if (plain && operand.pieces.every((piece) => !piece.includes("*"))) return bare;
  return `"${operand.pieces.map((piece) => piece.replaceAll(/["\\*]/g, "\\$&")).join("*")}"`;
}
