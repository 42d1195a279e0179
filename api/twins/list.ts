/**
 * `GET /v1/twins`: the twins of the asker's tenant, filtered, sorted, a page at a time.
 */
import { Type } from "@sinclair/typebox";

import { clearanceOf } from "#api/access/rights.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json, type Parameter, type Route } from "#api/route.ts";
import type { Fleet } from "#twins/fleet.ts";
import { pageOf, writeCursor } from "#twins/page.ts";
import { readPositions, writePositions } from "#twins/positions.ts";
import { cadence } from "#wire/cadence.ts";
import { Seconds } from "#wire/units.ts";

import { TwinPage } from "./contract.ts";
import { readListQuestion, usualLimit } from "./question.ts";
import { viewRow } from "./row.ts";

/** How far the answer's knowledge goes, and, on a request, how far it must go at least. */
export const positionHeader = "vigie-position";

/** How long a reader waits for the index to reach a position. */
const patience = Seconds(2);

/** The filter parameter, as every route with one explains it. */
export const filterParameter: Parameter = {
  name: "filter",
  in: "query",
  about:
    "RSQL over leaf paths: `power.battery=lt=20;presence.state==silent`. `;` is and, `,` is or; " +
    "operators == != =lt= =le= =gt= =ge= =in= =out=; `*` stands for any text, `null` for no value.",
  schema: Type.String({ maxLength: 2000 }),
};

/** The route over the fleet's index. */
export function listRoute(fleet: Fleet): Route {
  return {
    method: "GET",
    path: "/v1/twins",
    answers: ["application/json"],
    about: {
      summary: "Twins, filtered and sorted, a page at a time",
      tag: "Twins",
      parameters: [
        filterParameter,
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
          name: positionHeader,
          in: "header",
          about: "Wait until the answer knows all up to this position, which a write answered",
          schema: Type.String(),
        },
      ],
      success: { status: 200, about: "One page", schema: TwinPage },
      problems: ["invalid", "unavailable"],
    },
    answer: (asked) => list(fleet, asked),
  };
}

async function list(fleet: Fleet, asked: Asked): Promise<Response> {
  const { tenant, role } = askerOf(asked);
  const clearance = clearanceOf(role);
  const question = readListQuestion(asked.url.searchParams, clearance);
  if (question instanceof Response) return question;
  const late = await notYet(fleet, asked.request);
  if (late !== undefined) return late;
  const table = fleet.table(tenant);
  const { rows, end } = pageOf(table, question);
  const items = rows.map((row) => viewRow(table, row, clearance));
  const cursor = end === undefined ? null : writeCursor(end, question.text);
  return json({ items, cursor }, { [positionHeader]: writePositions(fleet.positions()) });
}

/** The refusal while the index does not know what it is asked to know. */
export async function notYet(fleet: Fleet, request: Request): Promise<Response | undefined> {
  if (!fleet.isBuilt()) {
    return unavailable("The twins are being read; this takes a few seconds after a start.");
  }
  const text = request.headers.get(positionHeader);
  if (text === null) return undefined;
  const wanted = readPositions(text, fleet.positions().length);
  if (wanted === undefined) {
    return problem("invalid", { pointer: `/headers/${positionHeader}`, detail: "No position." });
  }
  if (await fleet.reach(wanted, patience)) return undefined;
  return unavailable("The index has not reached this position yet.");
}

function unavailable(detail: string): Response {
  return problem("unavailable", { detail, headers: { "retry-after": "1" } });
}
