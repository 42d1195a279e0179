/**
 * One text per value: JSON with sorted keys and no spaces, so that equal values have equal bytes.
 */

/**
 * Canonical JSON of `value`: keys in UTF-16 order, absent (undefined) members left out.
 *
 * @param value  anything made of null, booleans, finite numbers, strings, arrays and plain objects
 * @throws TypeError for what JSON cannot say: undefined itself, NaN, infinities, bigints, functions
 */
export function canonical(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object") return object(value);
  throw new TypeError(`JSON cannot say ${typeof value === "number" ? value : typeof value}`);
}

function object(value: object): string {
  const members = Object.entries(value).toSorted(byKey);
  let text = "";
  for (const [key, member] of members) {
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonical(member)}`;
  }
  return `{${text}}`;
}

/** Keys of one object are never equal. */
function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
