/**
 * RSQL: the words people filter twins with, such as `power.battery=lt=20;presence.state==silent`.
 *
 * `;` is and, `,` is or and binds less; parentheses group. `*` in a value stands for any text, `\*` for a star; the bare
 * word `null` means that there is no value. This file knows the grammar only: which paths exist, and who may ask for
 * them, is judged in `filter.ts`.
 * @source FIQL (draft-nottingham-atompub-fiql-00) and RSQL as common servers speak it
 */

/** How a leaf is compared; `<` `<=` `>` `>=` are read as their long forms. */
export const operators = ["==", "!=", "=lt=", "=le=", "=gt=", "=ge=", "=in=", "=out="] as const;
export type Operator = (typeof operators)[number];

/** A value: nothing, or the pieces of a text between its wildcards (one piece: exactly that text). */
export type Operand =
  { readonly kind: "null" } | { readonly kind: "text"; readonly pieces: readonly string[] };

/** One comparison; `at` is where it stands in the text, counted in characters from 0. */
export interface Comparison {
  readonly kind: "compare";
  readonly path: string;
  readonly operator: Operator;
  /** One operand; one or more for `=in=` and `=out=`. */
  readonly operands: readonly Operand[];
  readonly at: number;
}

/** A filter as a tree; `and` and `or` hold two or more. */
export type Filter = Comparison | { readonly kind: "and" | "or"; readonly of: readonly Filter[] };

/** Why a text is no filter, and where; `at` counts characters from 0. */
export interface Fault {
  readonly kind: "fault";
  readonly at: number;
  readonly why: string;
}

/** How large a filter may be. */
export const filterLimits = { characters: 2000, nodes: 64, depth: 16 } as const;

/** The filter that `text` says, or why it says none. */
export function parseFilter(text: string): Filter | Fault {
  if (text.length > filterLimits.characters) {
    return fault(filterLimits.characters, `longer than ${filterLimits.characters} characters`);
  }
  const reader: Reader = { text, at: 0, nodes: 0, depth: 0 };
  const filter = readEither(reader);
  if (filter.kind === "fault" || reader.at === text.length) return filter;
  return fault(reader.at, `expected ";" or "," or the end, found ${found(reader)}`);
}

/** The text of a filter; reading it again gives the same tree. */
export function printFilter(filter: Filter): string {
  if (filter.kind === "compare") return printComparison(filter);
  return filter.of
    .map((part) => (part.kind === "compare" ? printFilter(part) : `(${printFilter(part)})`))
    .join(filter.kind === "and" ? ";" : ",");
}

interface Reader {
  readonly text: string;
  at: number;
  nodes: number;
  depth: number;
}

function readEither(reader: Reader): Filter | Fault {
  return readChain(reader, { mark: ",", kind: "or", next: readBoth });
}

function readBoth(reader: Reader): Filter | Fault {
  return readChain(reader, { mark: ";", kind: "and", next: readOne });
}

function readChain(
  reader: Reader,
  chain: {
    readonly mark: string;
    readonly kind: "and" | "or";
    readonly next: (reader: Reader) => Filter | Fault;
  },
): Filter | Fault {
  const of: Filter[] = [];
  do {
    const part = chain.next(reader);
    if (part.kind === "fault") return part;
    of.push(part);
  } while (take(reader, chain.mark));
  const [only] = of;
  if (of.length === 1 && only !== undefined) return only;
  return countNode(reader) ?? { kind: chain.kind, of };
}

function readOne(reader: Reader): Filter | Fault {
  const opened = reader.at;
  if (!take(reader, "(")) return readComparison(reader);
  if (reader.depth === filterLimits.depth) {
    return fault(opened, `nested more than ${filterLimits.depth} deep`);
  }
  reader.depth++;
  const inner = readEither(reader);
  reader.depth--;
  if (inner.kind === "fault" || take(reader, ")")) return inner;
  return fault(
    reader.at,
    `expected ")" for the "(" at character ${opened}, found ${found(reader)}`,
  );
}

function readComparison(reader: Reader): Comparison | Fault {
  const { at } = reader;
  const path = match(reader, /[A-Za-z][A-Za-z0-9_.-]*/y);
  if (path === undefined) return fault(at, `expected a path or "(", found ${found(reader)}`);
  const operator = readOperator(reader);
  if (operator === undefined) {
    return fault(reader.at, `expected one of ${operators.join(" ")}, found ${found(reader)}`);
  }
  const operands =
    operator === "=in=" || operator === "=out=" ? readList(reader) : readSingle(reader);
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
  if (!take(reader, "(")) return fault(reader.at, `expected "(", found ${found(reader)}`);
  const operands: Operand[] = [];
  do {
    const operand = readOperand(reader);
    if (operand.kind === "fault") return operand;
    operands.push(operand);
  } while (take(reader, ","));
  if (take(reader, ")")) return operands;
  return fault(reader.at, `expected "," or ")", found ${found(reader)}`);
}

function readOperand(reader: Reader): Operand | Fault {
  const { at } = reader;
  const bare = match(reader, /[^"'();,=!~<>\s\\]+/y);
  if (bare === "null") return { kind: "null" };
  if (bare !== undefined) return { kind: "text", pieces: bare.split("*") };
  const quoted = match(reader, /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy);
  if (quoted !== undefined) return { kind: "text", pieces: pieces(quoted.slice(1, -1)) };
  const opened = reader.text.charAt(at);
  if (opened === '"' || opened === "'") return fault(at, "a quoted value that is never closed");
  return fault(at, `expected a value, found ${found(reader)}`);
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
  if (reader.nodes <= filterLimits.nodes) return undefined;
  return fault(reader.at, `more than ${filterLimits.nodes} comparisons and groups`);
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

function found(reader: Reader): string {
  return reader.at < reader.text.length ? `"${reader.text.charAt(reader.at)}"` : "the end";
}

function fault(at: number, why: string): Fault {
  return { kind: "fault", at, why };
}

function isList(value: readonly Operand[] | Fault): value is readonly Operand[] {
  return Array.isArray(value);
}

function printComparison({ path, operator, operands }: Comparison): string {
  const values = operands.map(printOperand).join(",");
  const listed = operator === "=in=" || operator === "=out=";
  return `${path}${operator}${listed ? `(${values})` : values}`;
}

function printOperand(operand: Operand): string {
  if (operand.kind === "null") return "null";
  const bare = operand.pieces.join("*");
  const plain = /^[^"'();,=!~<>\s\\]+$/.test(bare) && bare !== "null";
  if (plain && operand.pieces.every((piece) => !piece.includes("*"))) return bare;
  return `"${operand.pieces.map((piece) => piece.replaceAll(/["\\*]/g, "\\$&")).join("*")}"`;
}
