/**
 * RQL as Ditto spells it, read into a tree: `and(eq(attributes/a,1),not(exists(features/f)))`.
 *
 * @source spec twins 1 (row 12), 4B D8, D9, 4C S2
 */
import type { Json } from "#wire/messages.ts";

/** What holds of a thing, or does not. */
export type Rql =
  | { readonly op: "and"; readonly of: readonly Rql[] }
  | { readonly op: "or"; readonly of: readonly Rql[] }
  | { readonly op: "not"; readonly of: readonly [Rql] }
  | { readonly op: Comparison; readonly path: RqlPath; readonly values: readonly RqlValue[] }
  | { readonly op: "exists"; readonly path: RqlPath }
  | { readonly op: "empty"; readonly path: RqlPath };

/** How a value is compared. */
export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "in" | "like" | "ilike";

/** Names from the thing down; `topic:action` and `resource:path` stand alone. */
export type RqlPath = readonly string[];

/** A literal, or the time at which it is asked, with an offset. */
export type RqlValue =
  Exclude<Json, object> | null | { readonly fromNow: number; readonly as: "iso" | "millis" };

/** Where a text is no RQL, in characters from its start. */
export interface RqlFault {
  readonly kind: "fault";
  readonly at: number;
  readonly why: string;
}

/** An expression, and every path in it. */
export interface RqlExpression {
  readonly kind: "rql";
  readonly root: Rql;
  readonly paths: readonly RqlPath[];
}

/** The longest text, and the most operators in it. */
export const rqlLimits = { characters: 4_000, operators: 64, depth: 16 } as const;

const comparisons: readonly Comparison[] = [
  ...(["eq", "ne", "gt", "ge", "lt", "le", "in", "like", "ilike"] as const),
];

/** The expression that a text spells. */
export function parseRql(text: string): RqlExpression | RqlFault {
  if (text.length > rqlLimits.characters) {
    return { kind: "fault", at: rqlLimits.characters, why: "too long" };
  }
  const reader = new RqlReader(text);
  try {
    const root = reader.expression(0);
    reader.end();
    return { kind: "rql", root, paths: reader.paths };
  } catch (error) {
    if (!(error instanceof NoRql)) throw error;
    return { kind: "fault", at: reader.at, why: error.message };
  }
}

/** Never leaves this file. */
class NoRql extends Error {}

class RqlReader {
  readonly paths: RqlPath[] = [];
  at = 0;
  readonly #text: string;
  #operators = 0;

  constructor(text: string) {
    this.#text = text;
  }

  expression(depth: number): Rql {
    const op = this.#take(/[a-z]+/y, "an operator");
    this.#operators += 1;
    if (this.#operators > rqlLimits.operators || depth > rqlLimits.depth) {
      throw new NoRql("too many operators");
    }
    this.#mark("(");
    const read = this.#operands(op, depth);
    this.#mark(")");
    return read;
  }

  end(): void {
    this.#space();
    if (this.at < this.#text.length) throw new NoRql("text after the end");
  }

  #operands(op: string, depth: number): Rql {
    if (op === "and" || op === "or") {
      const of = [this.expression(depth + 1)];
      while (this.#sees(",")) of.push(this.expression(depth + 1));
      return { op, of };
    }
    if (op === "not") return { op, of: [this.expression(depth + 1)] };
    if (op === "exists" || op === "empty") return { op, path: this.#path() };
    const comparison = comparisons.find((known) => known === op);
    if (comparison === undefined) throw new NoRql(`no operator ${op}`);
    const path = this.#path();
    this.#mark(",");
    return { op: comparison, path, values: comparison === "in" ? this.#values() : [this.#value()] };
  }

  #values(): readonly RqlValue[] {
    const values = [this.#value()];
    while (this.#sees(",")) values.push(this.#value());
    return values;
  }

  #path(): RqlPath {
    const text = this.#take(/\/?[^\s,()"']+/y, "a path");
    const names = text.replace(/^\//, "").split("/");
    const path = names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    this.paths.push(path);
    return path;
  }

  #value(): RqlValue {
    this.#space();
    const mark = this.#text[this.at];
    if (mark === '"' || mark === "'") return this.#string();
    const word = this.#take(/[^\s,()]+/y, "a value");
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) return Number(word);
    return this.#time(word);
  }

  #string(): string {
    const quoted = this.#take(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y, "the end of a text");
    return quoted.slice(1, -1).replaceAll(/\\(.)/g, "$1");
  }

  #time(word: string): RqlValue {
    const [, millis, sign, count = "0", unit = "ms"] =
      /^time:now(_epoch_millis)?(?:([+-])(\d{1,9})(ms|s|m|h|d))?$/.exec(word) ?? [];
    if (!word.startsWith("time:now") || units[unit] === undefined) {
      throw new NoRql("no value; texts stand in quotes");
    }
    const span = Number(count) * units[unit];
    const as = millis === undefined ? "iso" : "millis";
    if (word !== "time:now" && word !== "time:now_epoch_millis" && sign === undefined) {
      throw new NoRql("no such time");
    }
    return { fromNow: sign === "-" ? -span : span, as };
  }

  #take(shape: RegExp, what: string): string {
    this.#space();
    shape.lastIndex = this.at;
    const [found] = shape.exec(this.#text) ?? [];
    if (found === undefined) throw new NoRql(`${what} is missing`);
    this.at += found.length;
    return found;
  }

  #mark(mark: string): void {
    if (!this.#sees(mark)) throw new NoRql(`${mark} is missing`);
  }

  #sees(mark: string): boolean {
    this.#space();
    if (this.#text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  #space(): void {
    while (this.#text[this.at] === " ") this.at += 1;
  }
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
