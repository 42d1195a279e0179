import type { Clearance } from "#twins/columns.ts";
/**
 * On which terms a thing is read or written: entity tags, a condition on what is stored, one on each path of a merge, and
 * what becomes of a write that changes nothing.
 *
 * @source spec twins 4B: D1-D4, D8-D13
 */
import { isObject } from "#twins/leaves.ts";
import { isPersonal } from "#twins/model.ts";
import { canonical } from "#wire/canonical.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { type Path, valueAt, withoutValue } from "./document.ts";
import { type Refusal, refused } from "./refusal.ts";
import { holdsRql } from "./rql-match.ts";
import { parseRql, type RqlExpression } from "./rql.ts";
import { type Thing, withMeta } from "./thing.ts";

/** What a header names: any entity, or some; absent when it says nothing. */
type Tags = "*" | readonly string[] | undefined;

/** The terms of one request. */
export interface Terms {
  readonly kind: "terms";
  readonly match: Tags;
  readonly noneMatch: Tags;
  readonly condition: RqlExpression | undefined;
  /** Paths below the one that is merged into, each with what must hold for it. */
  readonly perPath: readonly { readonly path: Path; readonly rql: RqlExpression }[];
  readonly ifEqual: "update" | "skip" | "skip-minimizing-merge";
}

/** Most conditions on paths. */
const pathsMost = 32;

/** What a header says, or the query parameter of that name. */
export function said(request: Request, url: URL, name: string): string | undefined {
  return url.searchParams.get(name) ?? request.headers.get(name) ?? undefined;
}

/** The terms of a request, or the refusal of what it says of them. */
export function readTerms(request: Request, url: URL): Terms | Refusal {
  const condition = readCondition(said(request, url, "condition"));
  if (condition?.kind === "refused") return condition;
  const perPath = readPerPath(said(request, url, "merge-thing-patch-conditions"));
  if ("kind" in perPath) return perPath;
  const ifEqual = said(request, url, "if-equal") ?? "update";
  if (ifEqual !== "update" && ifEqual !== "skip" && ifEqual !== "skip-minimizing-merge") {
    return refused("gateway:query.invalid", "if-equal is update, skip or skip-minimizing-merge");
  }
  return {
    kind: "terms",
    match: tagsIn(request.headers.get("if-match")),
    noneMatch: tagsIn(request.headers.get("if-none-match")),
    condition,
    perPath,
    ifEqual,
  };
}

/** The entity tag of what stands at a path; undefined when nothing does. */
export function etagOf(thing: Thing | null, path: Path): string | undefined {
  if (thing === null) return undefined;
  if (path.length === 0) return `"rev:${thing.revision}"`;
  const value = valueAt(thing.document, path);
  if (value === undefined) return undefined;
  const hash = new Bun.CryptoHasher("sha256").update(canonical(value)).digest("hex");
  return `"hash:${hash.slice(0, 16)}"`;
}

/** Whether `If-None-Match` says that the reader has this already. */
export function isKnown({ noneMatch }: Terms, etag: string | undefined): boolean {
  return noneMatch !== undefined && names(noneMatch, etag);
}

/** What keeps a request from being done, if anything does: entity tags first, then the condition. */
export function barredBy(
  terms: Terms,
  thing: Thing | null,
  about: { readonly path: Path; readonly clearance: Clearance; readonly now: Instant },
): Refusal | undefined {
  const etag = etagOf(thing, about.path);
  const { match, noneMatch } = terms;
  const isStale = match !== undefined && !names(match, etag);
  const isThere = noneMatch !== undefined && names(noneMatch, etag);
  if (isStale || isThere) {
    return refused("things:precondition.failed", undefined, etag === undefined ? {} : { etag });
  }
  return faultOfCondition(terms, thing, about);
}

/** The refusal of a condition that does not hold, or that asks for what its asker may not read (D8). */
export function faultOfCondition(
  { condition }: Terms,
  thing: Thing | null,
  { clearance, now }: { readonly clearance: Clearance; readonly now: Instant },
): Refusal | undefined {
  if (condition === undefined) return undefined;
  const holds = thing !== null && holdsOf(condition, thing, { clearance, now });
  return holds ? undefined : refused("things:condition.failed");
}

/**
 * A patch without the paths whose condition does not hold; undefined when nothing is left of it. All conditions see the
 * thing as it was before; one on the path itself holds for plain values as well (D11).
 */
export function cutPatch(
  patch: Json,
  { perPath }: Terms,
  { thing, clearance, now }: { thing: Thing; clearance: Clearance; now: Instant },
): Json | undefined {
  let left: Json | undefined = patch;
  for (const { path, rql } of perPath) {
    if (left === undefined || valueAt(left, path) === undefined) continue;
    if (holdsOf(rql, thing, { clearance, now })) continue;
    left = path.length > 0 && isObject(left) ? pruned(left, path) : undefined;
  }
  return left;
}

/** Whether an expression asks for what someone of that clearance may not read. */
export function isForeign({ paths }: RqlExpression, clearance: Clearance): boolean {
  if (clearance === "clinical") return false;
  return paths.some(([root, feature, , ...rest]) => {
    if (root !== "features" || feature === undefined) return false;
    return feature === "vitals" || isPersonal([feature, ...rest].join("/"));
  });
}

function holdsOf(
  rql: RqlExpression,
  thing: Thing,
  { clearance, now }: { clearance: Clearance; now: Instant },
): boolean {
  return !isForeign(rql, clearance) && holdsRql(rql.root, withMeta(thing), now);
}

/** Without the path, nor the objects that this leaves empty; undefined when nothing is left (D12). */
function pruned(patch: JsonObject, path: Path): JsonObject | undefined {
  let left = withoutValue(patch, path);
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const above = path.slice(0, depth);
    const value = valueAt(left, above);
    if (isObject(value) && Object.keys(value).length === 0) left = withoutValue(left, above);
  }
  return Object.keys(left).length === 0 ? undefined : left;
}

function readCondition(text: string | undefined): RqlExpression | Refusal | undefined {
  if (text === undefined) return undefined;
  const read = parseRql(text);
  if (read.kind === "rql") return read;
  return refused("rql.expression.invalid", `${read.why}, at ${read.at}`);
}

function readPerPath(text: string | undefined): Terms["perPath"] | Refusal {
  if (text === undefined) return [];
  const name = "merge-thing-patch-conditions";
  const conditions = parsed(text);
  if (!isObject(conditions)) return refused("gateway:query.invalid", `${name} is a JSON object`);
  const entries = Object.entries(conditions);
  if (entries.length > pathsMost) return refused("gateway:query.invalid", `${name} is too long`);
  const perPath: Terms["perPath"][number][] = [];
  for (const [pointer, condition] of entries) {
    const rql = readCondition(typeof condition === "string" ? condition : "");
    if (rql === undefined || rql.kind === "refused") {
      return rql ?? refused("rql.expression.invalid");
    }
    const path = pointer.split("/").filter((word) => word !== "");
    perPath.push({ path: path.map(unescaped), rql });
  }
  return perPath;
}

function unescaped(name: string): string {
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tagsIn(header: string | null): Tags {
  const text = header?.trim();
  if (text === undefined || text === "*") return text;
  return text.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
}

function names(tags: Exclude<Tags, undefined>, etag: string | undefined): boolean {
  return etag !== undefined && (tags === "*" || tags.includes(etag));
}
