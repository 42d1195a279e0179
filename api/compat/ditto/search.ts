import type { Asked } from "#api/route.ts";
/**
 * `/search/things`: things that an expression holds of, page by page, or as a stream (S7).
 *
 * Things are read and judged one by one, for an expression may ask for anything; so a search by itself looks at a bounded
 * number, and goes on with its cursor. For fleets there is `/v1/twins`, whose filters are answered from an index.
 */
import { notYet } from "#api/twins/index-position.ts";
import { idOf } from "#twins/fleet-table.ts";
import { canonical } from "#wire/canonical.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import { dittoJson, type Fields, fieldsOf, readFields } from "./answer.ts";
import type { Caller } from "./caller.ts";
import type { DittoDeps } from "./deps.ts";
import { type Path, valueAt } from "./document.ts";
import { answerTo, type Refusal, refused } from "./refusal.ts";
import { holdsRql } from "./rql-match.ts";
import { parseRql, type RqlExpression } from "./rql.ts";
import { isForeign, said } from "./terms.ts";
import { serialOf, type Thing, thingIdOf, withMeta } from "./thing.ts";
import { readThings } from "./things.ts";

/** What is searched for, and in which order. */
export interface SearchQuery {
  readonly kind: "query";
  readonly filter: RqlExpression | undefined;
  readonly sort: readonly SortKey[];
  readonly size: number;
  /** The id after which it goes on. */
  readonly after: string | undefined;
  readonly fields: Fields;
  /** Whether it may find anything at all. */
  readonly isEmpty: boolean;
}

interface SortKey {
  readonly path: Path;
  readonly descending: boolean;
}

/** Page sizes, and the things that one search looks at: it sorts no more of them by anything but their ids. */
const limits = { size: 25, sizeMost: 200, looked: 20_000 } as const;
const handful = 256;

/** `GET /search/things`. */
export async function search(deps: DittoDeps, asked: Asked, caller: Caller): Promise<Response> {
  const query = readQuery(asked, caller);
  if (query.kind === "refused") return answerTo(query);
  const late = await notYet(deps.fleet, asked.request);
  if (late !== undefined) return late;
  const isWide = deps.fleet.table(caller.tenant).size() > limits.looked;
  if (isWide && !isById(query)) {
    return answerTo(refused("gateway:query.invalid", "A fleet of that size is sorted by thingId."));
  }
  const items: unknown[] = [];
  let last: string | undefined;
  for await (const step of find(deps, caller, query)) {
    if (step.thing !== undefined) {
      if (items.length === query.size) {
        return dittoJson({ items, cursor: writeCursor(last ?? "") });
      }
      items.push(fieldsOf(step.thing, query.fields));
    }
    last = step.id;
    if (step.isLimit) return dittoJson({ items, cursor: writeCursor(last) });
  }
  return dittoJson({ items });
}

/** `GET /search/things/count`. */
export async function count(deps: DittoDeps, asked: Asked, caller: Caller): Promise<Response> {
  const query = readQuery(asked, caller);
  if (query.kind === "refused") return answerTo(query);
  const late = await notYet(deps.fleet, asked.request);
  if (late !== undefined) return late;
  if (query.filter === undefined && !query.isEmpty) {
    return dittoJson(deps.fleet.table(caller.tenant).size());
  }
  let found = 0;
  for await (const { thing, isLimit } of find(deps, caller, query)) {
    if (thing !== undefined) found += 1;
    if (isLimit)
      return answerTo(refused("gateway:query.invalid", "The fleet is too large to count"));
  }
  return dittoJson(found);
}

/** A thing that was looked at: undefined when the expression does not hold of it. `isLimit` ends one search. */
export interface Step {
  readonly id: string;
  readonly thing: Thing | undefined;
  readonly isLimit: boolean;
}

/** Looks at things in the order asked for. */
export async function* find(
  deps: DittoDeps,
  caller: Caller,
  query: SearchQuery,
): AsyncIterable<Step> {
  if (query.isEmpty) return;
  if (isById(query)) {
    const descending = query.sort[0]?.descending === true;
    yield* look(deps, caller, { query, descending, after: query.after });
    return;
  }
  const all: Step[] = [];
  for await (const step of look(deps, caller, { query, descending: false, after: undefined })) {
    if (step.thing !== undefined) all.push(step);
  }
  const sorted = all.toSorted((a, b) => compareSteps(a, b, query.sort));
  const from = sorted.findIndex(({ id }) => id === query.after) + 1;
  yield* sorted.slice(from).map((step) => ({ ...step, isLimit: false }));
}

function isById({ sort }: SearchQuery): boolean {
  return sort[0]?.path.join("/") === "thingId";
}

async function* look(
  deps: DittoDeps,
  caller: Caller,
  {
    query,
    descending,
    after,
  }: { query: SearchQuery; descending: boolean; after?: string | undefined },
): AsyncIterable<Step> {
  const now = deps.clock.now();
  const ids = idsOf(deps, caller, { descending, after });
  for (let from = 0; from < ids.length; from += handful) {
    const some = ids.slice(from, from + handful);
    const things = new Map(
      (await readThings(deps, some, caller)).map((each) => [each.twin.id, each]),
    );
    for (const [place, id] of some.entries()) {
      const seen = things.get(id);
      const holds =
        seen !== undefined &&
        (query.filter === undefined || holdsRql(query.filter.root, withMeta(seen), now));
      const isLimit = from + place + 1 === limits.looked && ids.length > limits.looked;
      const { tenant } = caller;
      yield { id: thingIdOf({ tenant, id }), thing: holds ? seen : undefined, isLimit };
      if (isLimit) return;
    }
  }
}

/** Serials of the tenant, in order. */
function idsOf(
  { fleet }: DittoDeps,
  { tenant }: Caller,
  { descending, after }: { descending: boolean; after: string | undefined },
): readonly Serial[] {
  const table = fleet.table(tenant);
  const ids = table.rowsById().flatMap((row) => parseSerial(idOf(table, row)) ?? []);
  const ordered = descending ? ids.toReversed() : ids;
  const last = after === undefined ? undefined : serialOf(after, tenant);
  if (last === undefined) return ordered;
  return ordered.filter((id) => (descending ? id < last : id > last));
}

/** The query of a request, or the refusal of what is no query. */
export function readQuery(asked: Asked, caller: Caller): SearchQuery | Refusal {
  const { request, url } = asked;
  const fields = readFields(asked);
  if (fields.kind === "refused") return fields;
  const filter = readFilter(said(request, url, "filter"));
  if (filter?.kind === "refused") return filter;
  const options = readOptions(url.searchParams.get("option") ?? "");
  if (options === undefined) return refused("gateway:query.invalid", "option");
  const namespaces = url.searchParams.get("namespaces")?.split(",");
  const isElsewhere = namespaces !== undefined && !namespaces.includes(caller.tenant);
  const isHidden = filter !== undefined && isForeign(filter, caller.clearance);
  const isEmpty = isElsewhere || isHidden || !caller.may("twins:read");
  return { kind: "query", filter, fields, isEmpty, ...options };
}

/** The expression of a filter, or where it is none (D9). */
export function readFilter(text: string | undefined): RqlExpression | Refusal | undefined {
  if (text === undefined) return undefined;
  const read = parseRql(text);
  if (read.kind === "rql") return read;
  return refused("rql.expression.invalid", `${read.why}, at ${read.at}`);
}

/** `sort(+thingId,-attributes/x),size(10),cursor(…)`. */
function readOptions(text: string): Pick<SearchQuery, "sort" | "size" | "after"> | undefined {
  let sort: readonly SortKey[] = [{ path: ["thingId"], descending: false }];
  let size: number = limits.size;
  let after: string | undefined;
  for (const [, name, value = ""] of text.matchAll(/(\w+)\(([^)]*)\)/g)) {
    if (name === "sort") sort = value.split(",").map(sortKeyOf);
    else if (name === "size") size = Number(value);
    else if (name === "cursor") after = readCursor(value);
    else return undefined;
  }
  const isSize = Number.isInteger(size) && size >= 1 && size <= limits.sizeMost;
  return isSize && sort.length <= 4 ? { sort, size, after } : undefined;
}

/** A plus may come as the space that it stands for in a query. */
function sortKeyOf(text: string): SortKey {
  const word = text.trim();
  const path = word.replace(/^[+-]/, "").replace(/^\//, "").split("/");
  return { path, descending: word.startsWith("-") };
}

function compareSteps(a: Step, b: Step, sort: readonly SortKey[]): number {
  for (const { path, descending } of sort) {
    const order = compareValues(valueIn(a, path), valueIn(b, path));
    if (order !== 0) return descending ? -order : order;
  }
  return a.id < b.id ? -1 : 1;
}

function valueIn({ thing }: Step, path: Path): Json {
  return (thing && valueAt(withMeta(thing), path)) ?? null;
}

function compareValues(a: Json, b: Json): number {
  const rank = (value: Json): number => ["number", "string", "boolean"].indexOf(typeof value);
  if (rank(a) !== rank(b)) return rank(a) - rank(b); // what is missing comes first
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [one, other] = [canonical(a), canonical(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}

function writeCursor(id: string): string {
  return Buffer.from(id).toString("base64url");
}

function readCursor(text: string): string {
  return Buffer.from(text, "base64url").toString();
}
