/**
 * `GET /v1/twins/{id}/history`: what changed, newest first, a page at a time.
 */
import { Type } from "@sinclair/typebox";

import { type Asked, json, type Route } from "#api/route.ts";
import { invalid, readLimit, readParameters, usualLimit } from "#api/twins/question.ts";
import { idParameter } from "#api/twins/write/parameters.ts";
import { pageOfChain, type PageRecord } from "#twins/history/pages.ts";
import { hexOf } from "#twins/history/record.ts";
import { cadence } from "#wire/cadence.ts";
import { partNames } from "#wire/messages.ts";

import { type HistoryEntry, TwinHistory } from "./contract.ts";
import { chainFor, type HistoryDeps, momentParameter, readInstant } from "./deps.ts";

/** Where leaves stand that are remembered. */
const sections = [
  ...partNames.filter((name) => name !== "vitals"),
  "identity",
  "tags",
  "links",
  "presence",
];

/** The route over the records. */
export function historyRoute(deps: HistoryDeps): Route {
  return {
    method: "GET",
    path: "/v1/twins/:id/history",
    answers: ["application/json"],
    about: {
      summary: "What changed in a twin, when, by whom and why; newest first",
      description:
        "One record for each revision that changed anything but vital signs, heartbeats and times. Who is to be called " +
        "in an emergency is never in it.",
      tag: "History",
      parameters: [
        idParameter,
        momentParameter("from", "Nothing before"),
        momentParameter("to", "Nothing after"),
        {
          name: "part",
          in: "query",
          about: `Only changes of this: ${sections.join(", ")}`,
          schema: Type.String(),
        },
        {
          name: "limit",
          in: "query",
          about: "How many at most; fewer may come with a cursor where many were passed over",
          schema: Type.Integer({ minimum: 1, maximum: cadence.limits.page, default: usualLimit }),
        },
        {
          name: "cursor",
          in: "query",
          about: "Continues the page that gave it",
          schema: Type.String(),
        },
      ],
      success: { status: 200, about: "One page", schema: TwinHistory },
      problems: ["invalid", "not_found", "history_behind"],
    },
    answer: (asked) => list(deps, asked),
  };
}

async function list(deps: HistoryDeps, asked: Asked): Promise<Response> {
  const known = ["from", "to", "part", "limit", "cursor"];
  const parameters = readParameters(asked.url.searchParams, known);
  if (parameters instanceof Response) return parameters;
  const now = deps.clock.now();
  const from = readInstant(parameters, "from", now);
  if (from instanceof Response) return from;
  const to = readInstant(parameters, "to", now);
  if (to instanceof Response) return to;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const part = parameters.get("part");
  if (part !== undefined && !sections.includes(part)) {
    return invalid("part", { detail: `One of ${sections.join(", ")}.` });
  }
  const cursor = parameters.get("cursor");
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
    return invalid("cursor", { detail: "No page gave this cursor." });
  }
  const after = cursor === undefined ? undefined : Number(cursor);
  const chain = await chainFor(deps, asked);
  if (chain instanceof Response) return chain;
  const { records, end } = pageOfChain(deps.book, chain, { from, to, part, limit, after });
  return json({ items: records.map(viewRecord), cursor: end === undefined ? null : String(end) });
}

function viewRecord({ record, changed, stored }: PageRecord): HistoryEntry {
  const { rev, at, kind, cause = null, by = null, why = null, since, trimmed } = record;
  const lost = {
    ...(since === undefined ? {} : { since }),
    ...(trimmed === undefined ? {} : { records: trimmed.count }),
  };
  return {
    ...{ rev, at, kind, cause, by, why },
    changed: [...changed],
    ...(Object.keys(lost).length === 0 ? {} : { lost }),
    hash: hexOf(stored.hash),
  };
}
