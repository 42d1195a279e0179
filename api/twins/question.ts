/**
 * What a query string asks of twins: every parameter is known, given once and well formed, or the answer says which is
 * not and where.
 */
import { clearanceOf } from "#api/access/rights.ts";
import { languageOf } from "#api/language.ts";
import { problem, type ProblemDetails } from "#api/problem.ts";
import { type Asked, askerOf } from "#api/route.ts";
import type { Clearance } from "#twins/columns.ts";
import { type Judged, judgeFilter, type Objection, textOf } from "#twins/filter.ts";
import { type PageEnd, parseSort, readCursor, type SortKey } from "#twins/page.ts";
import type { Language } from "#twins/phrase.ts";
import { parseFilter } from "#twins/rsql.ts";
import { cadence } from "#wire/cadence.ts";

/** For whom a question is read: what they may ask, and in which language they are told why not. */
export interface Reader {
  readonly clearance: Clearance;
  readonly language: Language;
}

/** A question for a list. */
export interface ListQuestion {
  readonly filter: Judged | undefined;
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly after: PageEnd | undefined;
  /** Whether to say how many there are in all. */
  readonly count: boolean;
  /** What a cursor of the answer is good for. */
  readonly text: string;
}

/** Twins in one answer unless asked otherwise. */
export const usualLimit = 100;

/** The parameters of {@link readListQuestion} besides the filter. */
export const pageParameters = ["sort", "limit", "cursor", "count"] as const;

/** Whoever asks, as a reader of their own questions. */
export function readerOf(asked: Asked): Reader {
  return {
    clearance: clearanceOf(askerOf(asked).role),
    language: languageOf(asked.request),
  };
}

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
  parameters: ReadonlyMap<string, string>,
  filter: Judged | undefined,
  reader: Reader,
): ListQuestion | Response {
  const sort = readSort(parameters.get("sort"), reader);
  if (sort instanceof Response) return sort;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const count = readFlag(parameters, "count");
  if (count instanceof Response) return count;
  const text = `${filter === undefined ? "" : textOf(filter)} ${parameters.get("sort") ?? ""}`;
  const cursor = parameters.get("cursor");
  const after = cursor === undefined ? undefined : readCursor(cursor, text, sort);
  if (cursor !== undefined && after === undefined) {
    return invalid("cursor", { detail: "This cursor was not given for this filter and sort." });
  }
  return { filter, sort, limit, after, count, text };
}

/** The filter that a text says, which stands at `pointer` of the request; none for no text. */
export function readFilter(
  text: string | undefined,
  reader: Reader,
  pointer = "/query/filter",
): Judged | undefined | Response {
  if (text === undefined || text === "") return undefined;
  const filter = parseFilter(text);
  const judged = filter.kind === "fault" ? filter : judgeFilter(filter, reader.clearance);
  return judged.kind === "fault" || judged.kind === "forbidden"
    ? objected(pointer, judged, reader.language)
    : judged;
}

/** How many, from 1 to the most there may be. */
export function readLimit(text: string | undefined): number | Response {
  if (text === undefined) return usualLimit;
  const limit = Number(text);
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= cadence.limits.page) return limit;
  return invalid("limit", { detail: `A whole number from 1 to ${cadence.limits.page}.` });
}

/** Whether a parameter says `true`; it may be absent, or say `false`. */
export function readFlag(
  parameters: ReadonlyMap<string, string>,
  name: string,
): boolean | Response {
  const text = parameters.get(name) ?? "false";
  if (text === "true" || text === "false") return text === "true";
  return invalid(name, { detail: "Either true or false." });
}

/** The refusal of a query parameter. */
export function invalid(parameter: string, details: ProblemDetails): Response {
  return problem("invalid", { pointer: `/query/${parameter}`, ...details });
}

/** The refusal of a text by what is wrong with it, and where. */
export function objected(pointer: string, objection: Objection, language: Language): Response {
  const { at } = objection;
  const forbidden = {
    en: "vital signs need a clinical right",
    fr: "les mesures de santé demandent un droit clinique",
  };
  const { why, code } =
    objection.kind === "fault"
      ? { why: objection.why, code: "invalid" as const }
      : { why: forbidden, code: "forbidden" as const };
  const place = { en: `At character ${at}: `, fr: `Au caractère ${at} : ` };
  const headers = { "content-language": language };
  return problem(code, { pointer, at, detail: `${place[language]}${why[language]}.`, headers });
}

function readSort(text: string | undefined, reader: Reader): readonly SortKey[] | Response {
  if (text === undefined || text === "") return [];
  const sort = parseSort(text, reader.clearance);
  return "kind" in sort ? objected("/query/sort", sort, reader.language) : sort;
}
