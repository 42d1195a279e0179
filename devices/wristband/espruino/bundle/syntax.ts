/** Reading JavaScript as a tree, without a type of node being trusted before it is seen. */
import { type AnyNode, parse, type Program } from "acorn";

/** A syntax error, where it stands. */
export interface Unparsed {
  readonly kind: "unparsed";
  readonly why: string;
  /** Characters from the start. */
  readonly at: number;
}

/** The tree of a script in this edition of the language, or why it is none. */
export function parseScript(code: string, edition: 5 | 2023): Program | Unparsed {
  try {
    return parse(code, { ecmaVersion: edition, sourceType: "script" });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = "pos" in error && typeof error.pos === "number" ? error.pos : 0;
    return { kind: "unparsed", why: error.message, at };
  }
}

/** Every node of a tree, each before what it holds. */
export function* nodesOf(tree: unknown): Generator<AnyNode> {
  if (isNode(tree)) yield tree;
  for (const part of partsOf(tree)) yield* nodesOf(part);
}

/** What a node, or a list of nodes, holds. */
export function partsOf(tree: unknown): readonly unknown[] {
  return typeof tree === "object" && tree !== null ? Object.values(tree) : [];
}

/** Whether this is a node of a tree. */
export function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "start" in value
  );
}

/** A replacement in a text. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The text with its edits made; none may lie within another. */
export function edited(text: string, edits: readonly Edit[]): string {
  const inOrder = edits.toSorted((a, b) => a.from - b.from || a.to - b.to);
  let result = "";
  let at = 0;
  for (const edit of inOrder) {
    result += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return result + text.slice(at);
}
