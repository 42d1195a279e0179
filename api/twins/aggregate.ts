/**
 * `GET /v1/twins/aggregate`: numbers over the twins of the asker's tenant that pass a filter, group by group.
 */
import { Type } from "@sinclair/typebox";

import { atParameter, pastProblems, sceneOf } from "#api/history/past-lists.ts";
import { problem } from "#api/problem.ts";
import { type Asked, json, type Route } from "#api/route.ts";
import {
  aggregate,
  aggregateLimits,
  type Group,
  type Metric,
  parseGroupBy,
  parseMetrics,
} from "#twins/aggregate.ts";
import type { Cell, Column } from "#twins/columns.ts";
import { columnsOf } from "#twins/history/knowledge.ts";

import { TwinAggregate } from "./contract.ts";
import { positionParameter } from "./index-position.ts";
import { filterParameter, type ListDeps } from "./list.ts";
import { objected, readerOf, readFilter, readParameters } from "./question.ts";

/** The route over the fleet's index and its history. */
export function aggregateRoute(deps: ListDeps): Route {
  const { keys, metrics, groups } = aggregateLimits;
  return {
    method: "GET",
    path: "/v1/twins/aggregate",
    answers: ["application/json"],
    about: {
      summary: "Numbers over twins, group by group",
      description:
        `Exact or refused: beyond ${groups} groups the answer is \`too_many_groups\`, never a part of them. ` +
        "Percentiles are by nearest rank; ages are in ms.",
      tag: "Twins",
      parameters: [
        filterParameter,
        atParameter,
        {
          name: "groupBy",
          in: "query",
          about: `Up to ${keys} paths: \`kind,firmware.version\`. None: one group of all`,
          schema: Type.String(),
        },
        {
          name: "metrics",
          in: "query",
          about: `Up to ${metrics}: \`count,avg(power.battery),p95(freshness)\`; sum avg min max p1–p99`,
          schema: Type.String({ default: "count" }),
        },
        positionParameter,
      ],
      success: { status: 200, about: "The groups, largest first", schema: TwinAggregate },
      problems: [
        ...(["invalid", "forbidden", "too_many_groups", "index_behind", "unavailable"] as const),
        ...pastProblems,
      ],
    },
    answer: (asked) => answer(deps, asked),
  };
}

async function answer(deps: ListDeps, asked: Asked): Promise<Response> {
  const reader = readerOf(asked);
  const parameters = readParameters(asked.url.searchParams, ["filter", "at", "groupBy", "metrics"]);
  if (parameters instanceof Response) return parameters;
  const filter = readFilter(parameters.get("filter"), reader);
  if (filter instanceof Response) return filter;
  const groupBy = parseGroupBy(parameters.get("groupBy") ?? "", reader.clearance);
  if ("kind" in groupBy) return objected("/query/groupBy", groupBy, reader.language);
  const metrics = parseMetrics(parameters.get("metrics") ?? "count", reader.clearance);
  if ("kind" in metrics) return objected("/query/metrics", metrics, reader.language);
  const wanted = {
    ...{ filter: columnsOf(filter), groupBy },
    metrics: metrics.flatMap(({ column }) => column ?? []),
  };
  const scene = await sceneOf(deps, asked, { parameters, wanted });
  if (scene instanceof Response) return scene;
  const { table, now, unknown } = scene;
  const groups = aggregate(table, { filter, groupBy, metrics, now });
  if (groups === "too_many") {
    const detail = `More than ${aggregateLimits.groups} groups: filter more, or group by less.`;
    return problem("too_many_groups", { pointer: "/query/groupBy", detail });
  }
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return json({
    ...{ at: now, total, groups: groups.map((group) => view(group, groupBy, metrics)) },
    ...(unknown === undefined ? {} : { unknown }),
  });
}

function view(
  { key, count, values }: Group,
  groupBy: readonly Column[],
  metrics: readonly Metric[],
): TwinAggregate["groups"][number] {
  return {
    by: Object.fromEntries(groupBy.map((column, at) => [column.name, shown(column, key[at])])),
    count,
    values: Object.fromEntries(metrics.map(({ text }, at) => [text, values[at] ?? null])),
  };
}

function shown({ type }: Column, cell: Cell = null): Cell | boolean {
  return type === "flag" && cell !== null ? cell === 1 : cell;
}
