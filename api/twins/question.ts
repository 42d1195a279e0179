/**
 * What a query string asks of twins: every parameter is known, given once and well formed, or the answer says which is
 * not and where.
 */
import { problem, type ProblemDetails } from "#api/problem.ts";
import type { Clearance } from "#twins/columns.ts";
import { type Judged, judgeFilter, type Objection } from "#twins/filter.ts";
import { type PageEnd, parseSort, readCursor, type SortKey } from "#twins/page.ts";
import { parseFilter } from "#twins/rsql.ts";
import { cadence } from "#wire/cadence.ts";

/** A question for a list. */
export interface ListQuestion {
  readonly filter: Judged | undefined;
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly after: PageEnd | undefined;
  /** What a cursor of the answer is good for. */
  readonly text: string;
}

/** Twins in one answer unless asked otherwise. */
export const usualLimit = 100;

/** The parameters by name, or the refusal of one that is unknown or given twice. */
export function readParameters(
  query: URLSearchParams,
  known: readonly string[],
): ReadonlyMap<string, string> | Response {
  const parameters = new Map<string, string>();
  for (const [name, value] of query) {
    if (!known.includes(name)) return invalid(name, { detail: "There is no such parameter." });
    if (parameters.has(name)) return invalid(name, { detail: "This parameter is given twice." });
    parameters.set(name, value);
  }
  return parameters;
}

/** The question that a list's parameters ask. */
export function readListQuestion(
  query: URLSearchParams,
  clearance: Clearance,
): ListQuestion | Response {
  const parameters = readParameters(query, ["filter", "sort", "limit", "cursor"]);
  if (parameters instanceof Response) return parameters;
  const filter = readFilter(parameters.get("filter"), clearance);
  if (filter instanceof Response) return filter;
  const sort = readSort(parameters.get("sort"), clearance);
  if (sort instanceof Response) return sort;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const text = `${parameters.get("filter") ?? ""} ${parameters.get("sort") ?? ""}`;
  const cursor = parameters.get("cursor");
  const after = cursor === undefined ? undefined : readCursor(cursor, text, sort);
  if (cursor !== undefined && after === undefined) {
    return invalid("cursor", { detail: "This cursor was not given for this filter and sort." });
  }
  return { filter, sort, limit, after, text };
}

/** The filter that a text says; none for no text. */
export function readFilter(
  text: string | undefined,
  clearance: Clearance,
): Judged | undefined | Response {
  if (text === undefined || text === "") return undefined;
  const filter = parseFilter(text);
  if (filter.kind === "fault") return objected("filter", filter);
  const judged = judgeFilter(filter, clearance);
  return judged.kind === "fault" || judged.kind === "forbidden"
    ? objected("filter", judged)
    : judged;
}

/** How many, from 1 to the most there may be. */
export function readLimit(text: string | undefined): number | Response {
  if (text === undefined) return usualLimit;
  const limit = Number(text);
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= cadence.limits.page) return limit;
  return invalid("limit", { detail: `A whole number from 1 to ${cadence.limits.page}.` });
}

/** The refusal of a query parameter. */
export function invalid(parameter: string, details: ProblemDetails): Response {
  return problem("invalid", { pointer: `/query/${parameter}`, ...details });
}

function readSort(text: string | undefined, clearance: Clearance): readonly SortKey[] | Response {
  if (text === undefined || text === "") return [];
  const sort = parseSort(text, clearance);
  return "kind" in sort ? objected("sort", sort) : sort;
}

function objected(parameter: string, objection: Objection): Response {
  const { at } = objection;
  const pointer = `/query/${parameter}`;
  if (objection.kind === "fault") {
    return problem("invalid", { pointer, at, detail: `At character ${at}: ${objection.why}.` });
  }
  const detail = `At character ${at}: vital signs need a clinical right.`;
  return problem("forbidden", { pointer, at, detail });
}
