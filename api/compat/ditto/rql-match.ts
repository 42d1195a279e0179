/** Whether what RQL says holds of a document. */
import { writeUtc } from "#platform/utc.ts";
import { isObject } from "#twins/leaves.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import type { Rql, RqlPath, RqlValue } from "./rql.ts";

/** Whether it holds at that time. An array is what any of its members is. */
export function holdsRql(rql: Rql, document: JsonObject, now: Instant): boolean {
  if (rql.op === "and") return rql.of.every((each) => holdsRql(each, document, now));
  if (rql.op === "or") return rql.of.some((each) => holdsRql(each, document, now));
  if (rql.op === "not") return !holdsRql(rql.of[0], document, now);
  const found = valuesAt(document, rql.path);
  if (rql.op === "exists") return found.length > 0;
  if (rql.op === "empty") return found.every(isEmpty);
  const members = found.flatMap((value) => (Array.isArray(value) ? [value, ...value] : [value]));
  const wanted = rql.values.map((value) => resolved(value, now));
  if (rql.op === "ne") return !members.some((value) => value === wanted[0]);
  const compare = compares[rql.op];
  return members.some((value) => wanted.some((each) => compare(value, each)));
}

type Compare = (value: Json, wanted: Json) => boolean;

const isSame: Compare = (value, wanted) => value === wanted;

const compares: Readonly<
  Record<"eq" | "in" | "gt" | "ge" | "lt" | "le" | "like" | "ilike", Compare>
> = {
  eq: isSame,
  in: isSame,
  gt: ordered((order) => order > 0),
  ge: ordered((order) => order >= 0),
  lt: ordered((order) => order < 0),
  le: ordered((order) => order <= 0),
  like: (value, wanted) =>
    typeof value === "string" && typeof wanted === "string" && isLike(value, wanted),
  ilike: (value, wanted) =>
    typeof value === "string" &&
    typeof wanted === "string" &&
    isLike(value.toLowerCase(), wanted.toLowerCase()),
};

/** Numbers with numbers, texts with texts; anything else has no order. */
function ordered(fits: (order: number) => boolean): Compare {
  return (value, wanted) => {
    if (typeof value === "number" && typeof wanted === "number") return fits(value - wanted);
    if (typeof value !== "string" || typeof wanted !== "string") return false;
    return fits(value < wanted ? -1 : value > wanted ? 1 : 0);
  };
}

/** `*` in the place of a feature stands for each of them. */
function valuesAt(value: Json, path: RqlPath): readonly Json[] {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (!isObject(value)) return [];
  if (name === "*") return Object.values(value).flatMap((each) => valuesAt(each, rest));
  const inner = Object.hasOwn(value, name) ? value[name] : undefined;
  return inner === undefined ? [] : valuesAt(inner, rest);
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function resolved(value: RqlValue, now: Instant): Json {
  if (typeof value !== "object" || value === null) return value;
  const at = Instant(Math.max(0, now + value.fromNow));
  return value.as === "millis" ? at : writeUtc(at);
}

/** `*` is any text, `?` any character. Never looks at a character more often than the pattern is long. */
function isLike(text: string, pattern: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < text.length) {
    if (from < pattern.length && pattern[from] === "*") {
      star = from;
      from += 1;
      mark = at;
    } else if (from < pattern.length && (pattern[from] === "?" || pattern[from] === text[at])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      from = star + 1;
      mark += 1;
      at = mark;
    } else return false;
  }
  while (pattern[from] === "*") from += 1;
  return from === pattern.length;
}
