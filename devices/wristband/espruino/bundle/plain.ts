/**
 * What lowering to ES5 would say with helpers that are slow on the watch, said plainly before it.
 *
 * - A private name becomes one with an underscore: the compiler has proved already that nobody else uses it, and the
 *   helpers would look it up twice at each use.
 * - A loop over the values of an array counts: the helpers would make an object for each value.
 */
import type { AnyNode, ForOfStatement } from "acorn";

import { type Edit, edited, nodesOf, parseScript } from "./syntax.ts";

/** The same script without private names and loops over values; one that does not parse stays as it is. */
export function toPlain(code: string): string {
  const tree = parseScript(code, 2023);
  if ("kind" in tree) return code;
  return edited(
    code,
    [...nodesOf(tree)].flatMap((node) => editsOf(node, code)),
  );
}

function editsOf(node: AnyNode, code: string): Edit[] {
  if (node.type === "PrivateIdentifier") {
    return [{ from: node.start, to: node.start + 1, text: "_" }];
  }
  return node.type === "ForOfStatement" ? counted(node, code) : [];
}

/** `for (const x of list) body` counts: `for (let at = 0, of = list; at < of.length; at++) { const x = of[at]; body }`. */
function counted({ left, right, body, start }: ForOfStatement, code: string): Edit[] {
  const at = `at$${start}`;
  const list = `of$${start}`;
  const value = code.slice(left.start, left.end);
  return [
    { from: left.start, to: right.start, text: `let ${at} = 0, ${list} = ` },
    {
      from: right.end,
      to: body.start,
      text: `; ${at} < ${list}.length; ${at}++) { ${value} = ${list}[${at}]; `,
    },
    { from: body.end, to: body.end, text: " }" },
  ];
}
