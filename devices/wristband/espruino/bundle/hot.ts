/**
 * Functions that stay functions: a function that is called in one place only is written into it, which saves the watch
 * the memory of one that waits to be called, and costs it the making of one at each call. So where samples go through,
 * none is.
 *
 * Measured on Espruino 2v29 with functions written in everywhere, only elsewhere, and nowhere: 9,170, 9,470 and 10,080
 * blocks of memory; a second of wear takes twice as long in the first case as in the others.
 */
import type { AnyNode } from "acorn";

import { type Edit, edited, nodesOf, parseScript } from "./syntax.ts";

/** Modules that a sample goes through. */
const hot =
  /^devices\/wristband\/(?:signals\/|program\/scheduler\.ts|espruino\/app\/(?:recent|arm|lit)\.ts)/;
/** What happens once, at the start. */
const once = /^(?:create|begin|open)/;

const mark = "/*@__NOINLINE__*/ ";

/** The same script with a mark before each call that is to stay one; a bundler's comments say where modules begin. */
export function markHot(code: string): string {
  const tree = parseScript(code, 2023);
  if ("kind" in tree) return code;
  const moduleAt = modulesOf(code);
  return edited(
    code,
    [...nodesOf(tree)].flatMap((node): Edit[] => {
      if (!isOften(node) || !hot.test(moduleAt(node.start))) return [];
      return [{ from: node.start, to: node.start, text: mark }];
    }),
  );
}

function isOften(node: AnyNode): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return false;
  return !once.test(node.callee.name);
}

function modulesOf(code: string): (at: number) => string {
  const modules = [...code.matchAll(/^ *\/\/ ((?:devices|wire|platform)\/.*)$/gm)];
  return (at) => modules.findLast(({ index }) => index <= at)?.[1] ?? "";
}
