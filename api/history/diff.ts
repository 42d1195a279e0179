/**
 * `GET /v1/fleet/diff`: the twins whose declared leaves differ between two times, with both values.
 */
import { Type } from "@sinclair/typebox";

import { type Asked, askerOf, json, type Route } from "#api/route.ts";
import { filterParameter } from "#api/twins/list.ts";
import {
  invalid,
  objected,
  type Reader,
  readerOf,
  readFilter,
  readLimit,
  readParameters,
  usualLimit,
} from "#api/twins/question.ts";
import type { Column } from "#twins/columns.ts";
import { judgePath } from "#twins/filter.ts";
import { comparedColumns, diffOf } from "#twins/history/fleet-diff.ts";
import { columnsOf, knowledgeOf } from "#twins/history/knowledge.ts";
import { cadence } from "#wire/cadence.ts";
import { parseSerial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { FleetDiff } from "./contract.ts";
import {
  type HistoryDeps,
  momentParameter,
  notRecorded,
  partitionsOf,
  readInstant,
} from "./deps.ts";
import { unknowable } from "./past-lists.ts";

/** How many leaves may be asked for. */
const leavesMax = 32;

/** The route over past fleets. */
export function diffRoute(deps: HistoryDeps): Route {
  return {
    method: "GET",
    path: "/v1/fleet/diff",
    answers: ["application/json"],
    about: {
      summary: "Twins whose declared leaves differ between two times, with both values",
      description:
        "By serial. A twin is compared when it passes the filter at either time. Beyond what is remembered of " +
        "technical leaves only lasting ones are compared.",
      tag: "History",
      parameters: [
        momentParameter("from", "One time"),
        momentParameter("to", "The other; now unless told"),
        filterParameter,
        {
          name: "leaves",
          in: "query",
          about: `Only these, up to ${leavesMax}: \`firmware.version,desired.firmware.version\``,
          schema: Type.String(),
        },
        {
          name: "limit",
          in: "query",
          about: "How many at most; fewer may come with a cursor where few differ",
          schema: Type.Integer({ minimum: 1, maximum: cadence.limits.page, default: usualLimit }),
        },
        {
          name: "cursor",
          in: "query",
          about: "Continues the page that gave it; with its `to`, if that was left out",
          schema: Type.String(),
        },
      ],
      success: { status: 200, about: "One page", schema: FleetDiff },
      problems: ["invalid", "forbidden", "history_gone", "history_behind"],
    },
    answer: (asked) => diff(deps, asked),
  };
}

async function diff(deps: HistoryDeps, asked: Asked): Promise<Response> {
  const known = ["from", "to", "filter", "leaves", "limit", "cursor"];
  const parameters = readParameters(asked.url.searchParams, known);
  if (parameters instanceof Response) return parameters;
  const times = readTimes(parameters, deps.clock.now());
  if (times instanceof Response) return times;
  const reader = readerOf(asked);
  const filter = readFilter(parameters.get("filter"), reader);
  if (filter instanceof Response) return filter;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const after = parameters.get("cursor");
  if (after !== undefined && parseSerial(after) === undefined) {
    return invalid("cursor", { detail: "No page gave this cursor." });
  }
  const now = deps.clock.now();
  const earliest = times.from < times.to ? times.from : times.to;
  const leaves = readLeaves(parameters.get("leaves"), reader, { at: earliest, now });
  if (leaves instanceof Response) return leaves;
  const unknown = unknowable({ filter: columnsOf(filter), leaves }, earliest, now);
  if (unknown !== undefined) return unknown;
  return compare(deps, asked, { ...times, filter, columns: leaves, limit, after });
}

async function compare(
  deps: HistoryDeps,
  asked: Asked,
  query: { readonly from: Instant; readonly to: Instant } & Omit<
    Parameters<typeof diffOf>[0],
    "from" | "to"
  >,
): Promise<Response> {
  const { from, to } = query;
  const late = await notRecorded(deps, partitionsOf(deps.keys), from < to ? to : from);
  if (late !== undefined) return late;
  const { tenant } = askerOf(asked);
  const [was, is] = [await deps.past.at(tenant, from), await deps.past.at(tenant, to)];
  const sides = { from: { table: was.table, at: from }, to: { table: is.table, at: to } };
  const { items, end } = diffOf({ ...query, ...sides });
  const unknown = Math.max(was.unknown, is.unknown);
  return json({ from, to, items, cursor: end ?? null, unknown });
}

function readTimes(
  parameters: ReadonlyMap<string, string>,
  now: Instant,
): { readonly from: Instant; readonly to: Instant } | Response {
  const from = readInstant(parameters, "from", now);
  const to = readInstant(parameters, "to", now);
  if (from === undefined) return invalid("from", { detail: "From when?" });
  if (from instanceof Response) return from;
  return to instanceof Response ? to : { from, to: to ?? now };
}

/** The columns asked for or, when none are, all that are known of that time. */
function readLeaves(
  text: string | undefined,
  reader: Reader,
  { at, now }: { readonly at: Instant; readonly now: Instant },
): readonly Column[] | Response {
  if (text === undefined) {
    return comparedColumns.filter((column) => knowledgeOf(column, at, now) === "known");
  }
  const columns: Column[] = [];
  let place = 0;
  for (const path of text.split(",")) {
    const column = judgePath({ path, at: place }, reader.clearance);
    if ("kind" in column) return objected("/query/leaves", column, reader.language);
    if (columns.push(column) > leavesMax) {
      return invalid("leaves", { at: place, detail: `At most ${leavesMax} leaves.` });
    }
    place += path.length + 1;
  }
  return columns;
}
