import { isObject } from "#wire/json.ts";
/** Parts of a twin as leaves, and back: `config/contacts/alias` and what it is. */
import type { Json, JsonObject } from "#wire/messages.ts";
import { type Parts, partsShape } from "#wire/parts.ts";
import { fits } from "#wire/shape.ts";

/** One leaf; a list is one as a whole. */
export interface PartLeaf {
  readonly path: string;
  readonly value: Json;
}

/** The leaves of parts, in their order. */
export function leavesOf(parts: Parts): PartLeaf[] {
  return Object.entries(parts).flatMap(([name, part]) => leavesBelow(name, part));
}

/** The parts that leaves make, the last holding where two are of one path; undefined when these are no parts. */
export function partsOf(leaves: readonly PartLeaf[]): Parts | undefined {
  const tree: Tree = new Map();
  for (const { path, value } of leaves) {
    const names = path.split("/");
    const last = names.pop() ?? "";
    branchOf(tree, names).set(last, value);
  }
  const parts = objectOf(tree);
  return fits(partsShape, parts) ? parts : undefined;
}

type Tree = Map<string, Json | Tree>;

function branchOf(tree: Tree, names: readonly string[]): Tree {
  let branch = tree;
  for (const name of names) {
    const known = branch.get(name);
    const next: Tree = known instanceof Map ? known : new Map();
    branch.set(name, next);
    branch = next;
  }
  return branch;
}

function objectOf(tree: Tree): JsonObject {
  const members = [...tree].map(([name, value]): [string, Json] => [
    name,
    value instanceof Map ? objectOf(value) : value,
  ]);
  return Object.fromEntries(members);
}

function leavesBelow(path: string, value: Json): PartLeaf[] {
  if (!isJsonObject(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([name, below]) => leavesBelow(`${path}/${name}`, below));
}

function isJsonObject(value: Json): value is JsonObject {
  return isObject(value);
}
