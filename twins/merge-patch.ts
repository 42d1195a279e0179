/**
 * JSON merge patch (RFC 7396) over documents of leaves: null deletes, objects merge, everything else replaces.
 *
 * An object without leaves says nothing here, so none is left behind (docs: leaves.ts).
 */
import type { Json, JsonObject } from "#wire/messages.ts";

import { isObject } from "./leaves.ts";

/** The target once the patch is merged into it, without empty objects. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const result = mergedValue(merged[name], value);
    if (result === undefined) delete merged[name];
    else merged[name] = result;
  }
  return merged;
}

/** The patch that makes `from` into `to`. */
export function patchBetween(from: JsonObject, to: JsonObject): JsonObject {
  const patch: Record<string, Json> = {};
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    const held = from[name];
    if (isObject(value) && isObject(held)) {
      const inner = patchBetween(held, value);
      if (Object.keys(inner).length > 0) patch[name] = inner;
    } else if (!Bun.deepEquals(held, value)) patch[name] = value;
  }
  return patch;
}

function mergedValue(held: Json | undefined, value: Json): Json | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return value;
  const inner = mergePatch(isObject(held) ? held : {}, value);
  return Object.keys(inner).length === 0 ? undefined : inner;
}
