/** Things as documents: what stands at a path, put there, taken away, merged. Empty objects stay what they are. */
import { isObject } from "#twins/leaves.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

/** Names from the thing down. */
export type Path = readonly string[];

/** What stands there; undefined when nothing does. */
export function valueAt(document: Json, path: Path): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path) {
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** With a value there, whatever stood in the way. */
export function withValue(document: JsonObject, path: Path, value: Json): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return isObject(value) ? value : document;
  const inner = Object.hasOwn(document, name) ? document[name] : undefined;
  const below = rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value);
  return { ...document, [name]: below };
}

/** Without what stands there. */
export function withoutValue(document: JsonObject, path: Path): JsonObject {
  const [name, ...rest] = path;
  const inner = name === undefined ? undefined : document[name];
  if (name === undefined || inner === undefined) return document;
  if (rest.length > 0) {
    return isObject(inner) ? { ...document, [name]: withoutValue(inner, rest) } : document;
  }
  const { [name]: _, ...others } = document;
  return others;
}

/** A value once a merge patch (RFC 7396) was merged into it; undefined for what the patch takes away. */
export function mergedInto(value: Json | undefined, patch: Json): Json | undefined {
  if (patch === null) return undefined;
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json> = isObject(value) ? { ...value } : {};
  for (const [name, each] of Object.entries(patch)) {
    const inner = mergedInto(Object.hasOwn(merged, name) ? merged[name] : undefined, each);
    if (inner === undefined) delete merged[name];
    else merged[name] = inner;
  }
  return merged;
}

/** As much of a merge patch as changes a value; undefined when nothing does. */
export function minimalPatch(value: Json | undefined, patch: Json): Json | undefined {
  if (!isObject(patch) || !isObject(value)) {
    const isSame = patch === null ? value === undefined : Bun.deepEquals(value, patch);
    return isSame ? undefined : patch;
  }
  const minimal: Record<string, Json> = {};
  for (const [name, each] of Object.entries(patch)) {
    const left = minimalPatch(Object.hasOwn(value, name) ? value[name] : undefined, each);
    if (left !== undefined) minimal[name] = left;
  }
  return Object.keys(minimal).length === 0 ? undefined : minimal;
}

/** A value below its path, as the least document that holds it there. */
export function placed(path: Path, value: Json): Json {
  return path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
}

/** Names that every object has by itself, or nesting without end: what no document may hold. */
export function isWild(value: Json, levels = 24): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.entries(value).some(
    ([name, inner]) => (isObject(value) && name in {}) || isWild(inner, levels - 1),
  );
}
