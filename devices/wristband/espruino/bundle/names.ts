/**
 * Which name means what in an ES5 script: what it takes from outside, and what it uses before it stands.
 *
 * The watch's interpreter reads from top to bottom and hoists nothing: a name that JavaScript knows from the start of
 * its function is unknown there until its declaration has been passed.
 */
import type { AnyNode, Function as FunctionNode, Program } from "acorn";

import { isNode, partsOf } from "./syntax.ts";

/** A name where it is used. */
export interface Use {
  readonly name: string;
  /** Characters from the start. */
  readonly at: number;
}

/** What is remarkable about a script's names. */
export interface Names {
  /** Names that nothing in the script declares. */
  readonly free: readonly Use[];
  /** Names that are used, in the function that declares them, before their declaration. */
  readonly early: readonly Use[];
}

interface Scope {
  readonly outer: Scope | undefined;
  /** Where each name is first declared. */
  readonly declared: Map<string, number>;
  readonly uses: Use[];
}

/** The names of a script. */
export function namesOf(tree: Program): Names {
  const scopes: Scope[] = [];
  const open = (outer?: Scope): Scope => {
    const scope = { outer, declared: new Map<string, number>(), uses: [] };
    scopes.push(scope);
    return scope;
  };
  visit(tree, open(), open);
  const uses = scopes.flatMap((scope) => scope.uses.map((use) => ({ use, scope })));
  return {
    free: uses.filter(({ use, scope }) => !isDeclared(use.name, scope)).map(({ use }) => use),
    early: uses
      .filter(({ use, scope }) => use.at < (scope.declared.get(use.name) ?? 0))
      .map(({ use }) => use),
  };
}

function isDeclared(name: string, scope: Scope): boolean {
  if (scope.declared.has(name)) return true;
  return scope.outer !== undefined && isDeclared(name, scope.outer);
}

function declare(scope: Scope, name: string, at: number): void {
  if (!scope.declared.has(name)) scope.declared.set(name, at);
}

type Open = (outer: Scope) => Scope;

function visit(tree: unknown, scope: Scope, open: Open): void {
  if (!isNode(tree)) {
    for (const part of partsOf(tree)) visit(part, scope, open);
    return;
  }
  if (tree.type === "Identifier") {
    scope.uses.push({ name: tree.name, at: tree.start });
  } else if (tree.type === "FunctionDeclaration") {
    declareAll([tree.id], scope, tree.start);
    visitFunction(tree, scope, open);
  } else if (tree.type === "FunctionExpression") {
    visitFunction(tree, scope, open);
  } else {
    for (const part of usedParts(tree, scope)) visit(part, scope, open);
  }
}

function visitFunction(node: FunctionNode, outer: Scope, open: Open): void {
  const scope = open(outer);
  declare(scope, "arguments", node.start);
  if (node.type === "FunctionExpression") declareAll([node.id], scope, node.start);
  declareAll(node.params, scope, node.start);
  visit(node.body, scope, open);
}

/** What of a node is used, after what it declares was noted: not the names of properties. */
function usedParts(node: AnyNode, scope: Scope): readonly unknown[] {
  if (node.type === "VariableDeclarator") {
    declareAll([node.id], scope, node.start);
    return [node.init];
  }
  if (node.type === "CatchClause") {
    declareAll([node.param], scope, node.start);
    return [node.body];
  }
  if (node.type === "MemberExpression" && !node.computed) return [node.object];
  if (node.type === "Property") return [node.value];
  return asksWhether(node) ? [] : partsOf(node);
}

/** Declares those that are plain names: in ES5, all are. */
function declareAll(patterns: readonly unknown[], scope: Scope, at: number): void {
  for (const pattern of patterns) {
    if (isNode(pattern) && pattern.type === "Identifier") declare(scope, pattern.name, at);
  }
}

/** To ask whether there is such a name is no use of it. */
function asksWhether(node: AnyNode): boolean {
  const asks = node.type === "UnaryExpression" && node.operator === "typeof";
  return asks && node.argument.type === "Identifier";
}
