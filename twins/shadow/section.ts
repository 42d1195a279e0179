/**
 * Merging, comparing and dating the halves of a shadow, as AWS does: objects merge, arrays are one leaf, null deletes.
 *
 * Unlike in a twin, an object that is sent empty stays; one that deletions leave empty goes with its last leaf.
 * @source spec twins 4A: A8-A16, A20
 */
import { isObject } from "#twins/leaves.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

/** The tree with a patch merged into it; null empties it. With `stamp`, that stands in the place of each leaf written. */
export function mergeSection(
  tree: JsonObject,
  patch: JsonObject | null,
  stamp?: number,
): JsonObject {
  return patch === null ? {} : merged(tree, patch, (value) => stamp ?? value);
}

/** What is desired and not reported so; `{}` when nothing is. */
export function differenceOf(desired: JsonObject, reported: JsonObject): JsonObject {
  const difference: Record<string, Json> = {};
  for (const [name, wanted] of Object.entries(desired)) {
    const held = reported[name];
    if (isObject(wanted) && isObject(held)) {
      const inner = differenceOf(wanted, held);
      if (Object.keys(inner).length > 0) difference[name] = inner;
    } else if (!Bun.deepEquals(wanted, held)) difference[name] = wanted;
  }
  return difference;
}

/** The stamps of every leaf of `state`, the latest that any of the trees has for it. */
export function stampsOver(state: JsonObject, trees: readonly JsonObject[]): JsonObject {
  const stamps: Record<string, Json> = {};
  for (const [name, value] of Object.entries(state)) {
    const below = trees.map((tree) => tree[name]);
    stamps[name] = isObject(value)
      ? stampsOver(value, below.filter(isObject))
      : Math.max(0, ...below.filter((stamp) => typeof stamp === "number"));
  }
  return stamps;
}

/**
 * The metadata of a state: `{"timestamp": s}` in the place of each leaf, elements of arrays included; one stamp stands for
 * all below it.
 */
export function metadataOf(state: JsonObject, stamps: JsonObject | number): JsonObject {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [
      name,
      dated(value, typeof stamps === "number" ? stamps : stamps[name]),
    ]),
  );
}

function dated(value: Json, stamp: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((each) => dated(each, stamp));
  if (!isObject(value)) return { timestamp: typeof stamp === "number" ? stamp : 0 };
  return metadataOf(value, isObject(stamp) ? stamp : Number(stamp ?? 0));
}

/** `leaf` says what stands at a leaf that is written. */
function merged(target: JsonObject, patch: JsonObject, leaf: (value: Json) => Json): JsonObject {
  const result: Record<string, Json> = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const held = result[name];
    if (value === null) delete result[name];
    else if (isObject(value)) {
      const inner = merged(isObject(held) ? held : {}, value, leaf);
      const isEmptied = Object.keys(inner).length === 0 && Object.keys(value).length > 0;
      if (isEmptied) delete result[name];
      else result[name] = inner;
    } else result[name] = leaf(value);
  }
  return result;
}
