/**
 * Under which conditions a write is to happen: the twin's revision (`If-Match`, `If-None-Match`), a condition on the
 * stored twin (`X-If`), and one per path of the patch (`X-If-Path`), which keeps just that path out.
 *
 * All are judged against the twin that the write replaces: when somebody else wrote first, they are judged again.
 * @source RFC 9110 13; spec twins 4B, D1-D4 and D8-D12
 */
import { Type } from "@sinclair/typebox";

import { clearanceOf } from "#api/access/rights.ts";
import { languageOf } from "#api/language.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, type Parameter } from "#api/route.ts";
import { objected } from "#api/twins/question.ts";
import { holds, readCondition } from "#twins/condition.ts";
import type { Twin } from "#twins/document.ts";
import { isObject } from "#twins/leaves.ts";
import type { Filter } from "#twins/rsql.ts";
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { type Barred, barred } from "./refusal.ts";

/** Revisions by their tags, any revision, or no demand. */
type Tags = readonly string[] | "*" | undefined;

/** A condition on the stored twin; one that asks for what the asker may not see holds for nobody. */
type Condition = Filter | "forbidden";

/** A condition that keeps a path of the patch out. */
export interface PathCondition {
  /** As it was given. */
  readonly pointer: string;
  /** From the patch's root down. */
  readonly names: readonly string[];
  readonly filter: Filter;
}

/** What must hold. */
export interface Preconditions {
  readonly match: Tags;
  readonly noneMatch: Tags;
  readonly condition: Condition | undefined;
  readonly perPath: readonly PathCondition[];
}

/** Most conditions of one request, beside what limits each filter. */
const conditionsMost = 32;

/** What routes that write say of the first three. */
export const preconditionParameters: readonly Parameter[] = [
  {
    name: "if-match",
    in: "header",
    about: "The ETag that the twin must still have, or *",
    schema: Type.String(),
  },
  {
    name: "if-none-match",
    in: "header",
    about: "*: the twin must not exist",
    schema: Type.String(),
  },
  {
    name: "x-if",
    in: "header",
    about:
      "A condition on the stored twin, in the words of filters over any leaf: `power.battery=ge=20`",
    schema: Type.String({ maxLength: 2000 }),
  },
];

/** And patches of the last. */
export const pathParameter: Parameter = {
  name: "x-if-path",
  in: "header",
  about:
    'Conditions per path of the patch, `{"/config/profile": "power.battery=ge=20"}`: where one does not hold, that ' +
    "path is left out and named in `skipped`",
  schema: Type.String(),
};

/** The ETag of a revision. */
export function etagOf({ rev }: Pick<Twin, "rev">): string {
  return `"${rev}"`;
}

/** The preconditions of a request, or the answer that refuses them. */
export function readPreconditions(asked: Asked): Preconditions | Response {
  const { headers } = asked.request;
  const match = readTags(headers, "if-match");
  if (match instanceof Response) return match;
  const noneMatch = readTags(headers, "if-none-match");
  if (noneMatch instanceof Response) return noneMatch;
  const text = headers.get("x-if");
  const condition = text === null ? undefined : readFilter(asked, text, "/headers/x-if");
  if (condition instanceof Response) return condition;
  const perPath = readPerPath(asked);
  if (perPath instanceof Response) return perPath;
  if (perPath === "forbidden") return { match, noneMatch, condition: "forbidden", perPath: [] };
  return { match, noneMatch, condition, perPath };
}

/** What keeps the twin from being written, if anything does; null is a twin that does not exist. */
export function barredBy(
  { match, noneMatch, condition }: Preconditions,
  twin: Twin | null,
  now: Instant,
): Barred | undefined {
  const etag = twin === null ? undefined : etagOf(twin);
  if (match !== undefined && !names(match, etag)) return failed("/headers/if-match", etag);
  if (noneMatch !== undefined && names(noneMatch, etag)) {
    return failed("/headers/if-none-match", etag);
  }
  if (condition === undefined) return undefined;
  if (twin !== null && condition !== "forbidden" && holds(condition, twin, now)) return undefined;
  const headers = etag === undefined ? {} : { etag };
  return barred("condition_failed", { pointer: "/headers/x-if", headers });
}

function names(tags: Exclude<Tags, undefined>, etag: string | undefined): boolean {
  return etag !== undefined && (tags === "*" || tags.includes(etag));
}

function failed(pointer: string, etag: string | undefined): Barred {
  return barred("precondition_failed", { pointer, headers: etag === undefined ? {} : { etag } });
}

/** A weak tag names no revision of ours: it never matches. */
function readTags(headers: Headers, name: string): Tags | Response {
  const text = headers.get(name)?.trim();
  if (text === undefined || text === "*") return text;
  if (!/^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/.test(text)) {
    const detail = 'ETags in quotes, such as "7", or *.';
    return problem("invalid", { pointer: `/headers/${name}`, detail });
  }
  return text.split(",").map((tag) => tag.trim());
}

function readFilter(asked: Asked, text: string, pointer: string): Condition | Response {
  const read = readCondition(text, clearanceOf(askerOf(asked).role));
  if (read.kind === "condition") return read.filter;
  return read.kind === "fault" ? objected(pointer, read, languageOf(asked.request)) : "forbidden";
}

function readPerPath(asked: Asked): readonly PathCondition[] | "forbidden" | Response {
  const pointer = "/headers/x-if-path";
  const text = asked.request.headers.get("x-if-path");
  if (text === null) return [];
  const said = parsed(text);
  if (!isObject(said))
    return problem("invalid", { pointer, detail: "A JSON object of conditions." });
  const entries = Object.entries(said);
  if (entries.length > conditionsMost) {
    return problem("invalid", { pointer, detail: `At most ${conditionsMost} conditions.` });
  }
  const conditions: PathCondition[] = [];
  for (const [path, condition] of entries) {
    if (!/^(?:\/[A-Za-z0-9_-]{1,64}){1,12}$/.test(path) || typeof condition !== "string") {
      return problem("invalid", { pointer, detail: "Each is a JSON pointer and a condition." });
    }
    const filter = readFilter(asked, condition, pointer);
    if (filter instanceof Response || filter === "forbidden") return filter;
    conditions.push({ pointer: path, names: path.slice(1).split("/"), filter });
  }
  return conditions;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
