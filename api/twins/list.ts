/**
 * `GET /v1/twins`: the twins of the asker's tenant, filtered, sorted, a page at a time.
 */
import { Type } from "@sinclair/typebox";

import type { HistoryDeps } from "#api/history/deps.ts";
import { atParameter, pastProblems, sceneOf } from "#api/history/past-lists.ts";
import { type Asked, type Parameter, type Route } from "#api/route.ts";
import type { Judged } from "#twins/filter.ts";
import type { Fleet } from "#twins/fleet.ts";
import { columnsOf } from "#twins/history/knowledge.ts";
import { pageOf, writeCursor } from "#twins/page.ts";
import { writePositions } from "#twins/positions.ts";
import { filterLimits, operators } from "#twins/rsql.ts";
import { cadence } from "#wire/cadence.ts";

import { TwinPage } from "./contract.ts";
import { positionHeader, positionParameter } from "./index-position.ts";
import {
  pageParameters,
  readerOf,
  readFilter,
  readListQuestion,
  readParameters,
  usualLimit,
} from "./question.ts";
import { rowText } from "./row.ts";

/** The filter parameter, as every route with one explains it. */
export const filterParameter: Parameter = {
  name: "filter",
  in: "query",
  about:
    "RSQL over leaf paths: `power.battery=lt=20;presence.state==silent`. `;` is and, `,` is or, `!(…)` not; " +
    `operators ${operators.join(" ")}; \`*\` stands for any text, \`null\` for no value, \`PT10M\` for an age.`,
  schema: Type.String({ maxLength: filterLimits.characters }),
};

/** How lists are sorted, cut and counted. */
export const listParameters: readonly Parameter[] = [
  {
    name: "sort",
    in: "query",
    about: "Up to three paths, a minus for descending: `-presence.since,id`. Then by id.",
    schema: Type.String(),
  },
  {
    name: "limit",
    in: "query",
    about: "How many at most",
    schema: Type.Integer({ minimum: 1, maximum: cadence.limits.page, default: usualLimit }),
  },
  {
    name: "cursor",
    in: "query",
    about: "Continues the page that gave it, under the same filter and sort",
    schema: Type.String(),
  },
  {
    name: "count",
    in: "query",
    about: "Also say how many twins pass, on this page and all others",
    schema: Type.Boolean({ default: false }),
  },
  positionParameter,
];

/** What lists are read from: the twins as they are, and as they were. */
export interface ListDeps {
  readonly fleet: Fleet;
  readonly history?: HistoryDeps;
}

/** The route over the fleet's index and its history. */
export function listRoute(deps: ListDeps): Route {
  return {
    method: "GET",
    path: "/v1/twins",
    answers: ["application/json"],
    about: {
      summary: "Twins, filtered and sorted, a page at a time",
      tag: "Twins",
      parameters: [filterParameter, atParameter, ...listParameters],
      success: { status: 200, about: "One page", schema: TwinPage },
      problems: ["invalid", "forbidden", "index_behind", "unavailable", ...pastProblems],
    },
    answer: (asked) => list(deps, asked),
  };
}

async function list(deps: ListDeps, asked: Asked): Promise<Response> {
  const reader = readerOf(asked);
  const parameters = readParameters(asked.url.searchParams, ["filter", "at", ...pageParameters]);
  if (parameters instanceof Response) return parameters;
  const filter = readFilter(parameters.get("filter"), reader);
  if (filter instanceof Response) return filter;
  return listTwins(deps, asked, { parameters, filter });
}

/** The page of the twins that pass `filter` which the parameters ask for. */
export async function listTwins(
  deps: ListDeps,
  asked: Asked,
  given: { readonly parameters: ReadonlyMap<string, string>; readonly filter: Judged | undefined },
): Promise<Response> {
  const { parameters, filter } = given;
  const reader = readerOf(asked);
  const question = readListQuestion(parameters, filter, reader);
  if (question instanceof Response) return question;
  const sort = question.sort.map(({ column }) => column);
  const wanted = { filter: columnsOf(filter), sort };
  const scene = await sceneOf(deps, asked, { parameters, wanted });
  if (scene instanceof Response) return scene;
  const { table, now, unknown } = scene;
  const { rows, end, total } = pageOf(table, { ...question, now });
  const items = rows.map((row) => rowText(table, row, reader.clearance)).join();
  const cursor = end === undefined ? "null" : `"${writeCursor(end, question.text)}"`;
  const counted = question.count ? `,"total":${total}` : "";
  const then = unknown === undefined ? "" : `,"at":${now},"unknown":${unknown}`;
  return new Response(`{"items":[${items}],"cursor":${cursor}${counted}${then}}`, {
    headers: {
      "content-type": "application/json",
      ...(then === "" ? { [positionHeader]: writePositions(deps.fleet.positions()) } : {}),
    },
  });
}
