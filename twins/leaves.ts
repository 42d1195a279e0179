/**
 * The order rule, leaf by leaf: what is newer wins, whenever it arrives and however often.
 *
 * A part is a map from leaf path to (stamp, value); the document is read off that map. A write at a path replaces
 * every older write at, above and below it, and a newer one hides it: so the same reports give the same part in any
 * order of arrival, and twice is once. A deletion stays behind as a tombstone, or an older report would undo it.
 * @source DESIGN twins: a leaf is replaced only if (t, epoch, seq) is greater in that order
 */
import type { Json, JsonObject } from "#wire/messages.ts";

import type { LeafMeta, Part } from "./document.ts";

/** What orders two reports of one leaf; `epoch` only breaks ties. */
export type Stamp = Pick<LeafMeta, "t" | "epoch" | "seq">;

/** One leaf to be written; null deletes it. */
export interface LeafWrite {
  /** Names from the part down, such as `battery` or `cell/operator`. */
  readonly path: string;
  readonly value: Json;
  readonly meta: LeafMeta;
}

/** A part of which nothing is known. */
export const emptyPart: Part = { v: 0, reported: {}, desired: {}, wishes: {}, meta: {} };

/** Positive when `a` is the newer, 0 when they are one report. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.t !== b.t) return a.t - b.t;
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

/** The part with that leaf written; the very same part when something newer, or this write, is there already. */
export function writeLeaf(part: Part, write: LeafWrite): Part {
  const above = pathsAbove(write.path);
  const isSuperseded = [...above, write.path].some((path) => {
    const held = part.meta[path];
    return held !== undefined && compareStamps(held, write.meta) >= 0;
  });
  if (isSuperseded) return part;
  const { older, newer } = pathsBelow(part.meta, write);
  const meta: Record<string, LeafMeta> = { ...part.meta };
  let reported = part.reported;
  for (const path of older) {
    // One that is gone has no value here, but a newer one below it may have.
    if (meta[path]?.gone !== true) reported = without(reported, path.split("/"));
    delete meta[path];
  }
  for (const path of above) {
    const held = meta[path];
    if (held === undefined || held.gone) continue;
    meta[path] = { ...held, gone: true };
    reported = without(reported, path.split("/"));
  }
  const isHidden = write.value === null || newer.length > 0;
  meta[write.path] = isHidden ? { ...write.meta, gone: true } : write.meta;
  if (!isHidden) reported = withLeaf(reported, write.path.split("/"), write.value);
  else if (newer.length === 0) reported = without(reported, write.path.split("/"));
  return { ...part, reported, meta };
}

/** The leaves of a merge patch: everything but objects. An empty object names no leaf and changes nothing. */
export function* leavesOf(patch: JsonObject, under = ""): Iterable<{ path: string; value: Json }> {
  for (const [name, value] of Object.entries(patch)) {
    const path = under === "" ? name : `${under}/${name}`;
    if (isObject(value)) yield* leavesOf(value, path);
    else yield { path, value };
  }
}

/** The value at a slash path below `object`; undefined when there is none. */
export function leafAt(object: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const name of path.split("/")) {
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** Whether it is an object of leaves, not a leaf. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `a/b/c` → `a`, `a/b`. */
function pathsAbove(path: string): string[] {
  const above: string[] = [];
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
    above.push(path.slice(0, at));
  }
  return above;
}

function pathsBelow(
  meta: Part["meta"],
  write: LeafWrite,
): { readonly older: string[]; readonly newer: string[] } {
  const prefix = `${write.path}/`;
  const older: string[] = [];
  const newer: string[] = [];
  for (const path in meta) {
    if (!path.startsWith(prefix)) continue;
    const held = meta[path];
    if (held === undefined) continue;
    (compareStamps(held, write.meta) < 0 ? older : newer).push(path);
  }
  return { older, newer };
}

/** With `value` at that path, whatever stood there. */
export function withLeaf(object: JsonObject, names: readonly string[], value: Json): JsonObject {
  const [name = "", ...rest] = names;
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name];
  return { ...object, [name]: withLeaf(isObject(inner) ? inner : {}, rest, value) };
}

/** Without what stands at that path, nor the objects that it leaves empty. */
export function without(object: JsonObject, names: readonly string[]): JsonObject {
  const [name = "", ...rest] = names;
  const { [name]: inner, ...others } = object;
  if (inner === undefined) return object;
  if (rest.length === 0) return others;
  if (!isObject(inner)) return object;
  const left = without(inner, rest);
  return Object.keys(left).length === 0 ? others : { ...object, [name]: left };
}
