/**
 * What keeps a bundle off the watch: everything that its interpreter does not know, or knows otherwise.
 *
 * Two readings. The bundle as people wrote it shows constructs whose helpers do not run there; the lowered one shows
 * that it is ES5, names only what is there, and stands in an order that needs no hoisting.
 * @source spec/firmware.md §3.2
 */
import type { AnyNode, CallExpression, Literal, MemberExpression, Program } from "acorn";

import { iterators, knownGlobals, knownMembers, missingMethods } from "./known.ts";
import { namesOf } from "./names.ts";
import type { Bundle } from "./pipeline.ts";
import { nodesOf, parseScript } from "./syntax.ts";

/** Something that the watch would not run, and where. */
export interface Complaint {
  readonly rule: string;
  /** Some of the text around it. */
  readonly near: string;
}

/** Everything wrong with a bundle; nothing when it may go onto a watch. */
export function complaintsOf({ modern, lowered }: Bundle): readonly Complaint[] {
  return [...read(modern, 2023, constructsIn), ...read(lowered, 5, namesIn)];
}

/** A rule broken at a place of the text. */
interface Breach {
  readonly rule: string;
  readonly at: number;
}

function read(
  code: string,
  edition: 5 | 2023,
  judge: (tree: Program, code: string) => readonly Breach[],
): readonly Complaint[] {
  const tree = parseScript(code, edition);
  const breaches =
    "kind" in tree ? [{ rule: `ES${edition}: ${tree.why}`, at: tree.at }] : judge(tree, code);
  return breaches.map(({ rule, at }) => ({
    rule,
    near: code.slice(Math.max(0, at - 20), at + 40),
  }));
}

function constructsIn(tree: Program): readonly Breach[] {
  return breachesIn(tree, constructOf);
}

function breachesIn(tree: Program, judge: (node: AnyNode) => string | undefined): Breach[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const rule = judge(node);
    return rule === undefined ? [] : [{ rule, at: node.start }];
  });
}

/** The name of a construct that does not survive lowering. */
function constructOf(node: AnyNode): string | undefined {
  if (node.type === "ClassDeclaration" || node.type === "ClassExpression") {
    return node.superClass ? "extends" : undefined;
  }
  if (node.type === "ObjectPattern") {
    return node.properties.some(({ type }) => type === "RestElement") ? "object rest" : undefined;
  }
  if (node.type === "AssignmentExpression") {
    return isLength(node.left) ? "a length that is set" : undefined;
  }
  if (node.type === "Literal") return literalOf(node);
  return constructs[node.type] ?? mannerOf(node);
}

/** How a function runs, where that is not from its start to its end. */
function mannerOf(node: AnyNode): string | undefined {
  if ("generator" in node && node.generator) return "generator";
  return "async" in node && node.async ? "async" : undefined;
}

const constructs: Readonly<Record<string, string>> = {
  LabeledStatement: "label",
  TaggedTemplateExpression: "tagged template",
  MetaProperty: "new.target or import.meta",
  ImportExpression: "import()",
  StaticBlock: "static block",
};

function literalOf(node: Literal): string | undefined {
  if (typeof node.bigint === "string") return "BigInt";
  if (!node.regex) return undefined;
  const { pattern, flags } = node.regex;
  return /\(\?|\\[pk]/.test(pattern) || /[^gim]/.test(flags) ? "regular expression" : undefined;
}

function isLength(node: AnyNode): boolean {
  return node.type === "MemberExpression" && nameOf(node) === "length";
}

function namesIn(tree: Program, code: string): readonly Breach[] {
  const { free, early } = namesOf(tree);
  return [
    ...free
      .filter(({ name }) => !knownGlobals.has(name))
      .map(({ name, at }) => ({ rule: `unknown ${name}`, at })),
    ...early.map(({ name, at }) => ({ rule: `${name} before its declaration`, at })),
    ...breachesIn(tree, (node) => unsaid(node, code)),
  ];
}

/** What is wrong with a node of the lowered script. */
function unsaid(node: AnyNode, code: string): string | undefined {
  if (node.type === "CallExpression") return methodOf(node);
  if (node.type === "MemberExpression") return memberOf(node);
  if (node.type === "ReturnStatement") return node.argument ? undefined : lonelyReturn(node, code);
  return node.type === "WithStatement" ? "with" : undefined;
}

/** A `return` that a line's end cuts off from its value: the watch goes on reading. */
function lonelyReturn({ end }: AnyNode, code: string): string | undefined {
  if (code[end - 1] === ";") return undefined;
  return /^\s*(?:\}|$)/.test(code.slice(end)) ? undefined : "return at the end of a line";
}

/** What is called on anything but a name whose members are listed. */
function methodOf({ callee }: CallExpression): string | undefined {
  if (callee.type !== "MemberExpression" || membersOf(callee) !== undefined) return undefined;
  const name = nameOf(callee) ?? "";
  if (missingMethods.has(name)) return `unknown .${name}`;
  return iterators.has(name) ? `an iterator: .${name}` : undefined;
}

function memberOf(node: MemberExpression): string | undefined {
  const name = nameOf(node);
  const members = membersOf(node);
  if (name === undefined || members === undefined || members.has(name)) return undefined;
  return `unknown ${node.object.type === "Identifier" ? node.object.name : ""}.${name}`;
}

function membersOf({ object }: MemberExpression): ReadonlySet<string> | undefined {
  return object.type === "Identifier" ? knownMembers[object.name] : undefined;
}

function nameOf(node: MemberExpression): string | undefined {
  return !node.computed && node.property.type === "Identifier" ? node.property.name : undefined;
}
