/**
 * `GET /v1/fleet/visits`: the homes that somebody has to go to; `GET /v1/fleet/blind`: those in which nobody is watched over.
 */
import { Type } from "@sinclair/typebox";

import { type Asked, askerOf, json, type Parameter, type Route } from "#api/route.ts";
import { notYet, positionParameter } from "#api/twins/index-position.ts";
import { filterParameter } from "#api/twins/list.ts";
import {
  invalid,
  readerOf,
  readFilter,
  readLimit,
  readParameters,
  usualLimit,
} from "#api/twins/question.ts";
import type { Fleet } from "#twins/fleet.ts";
import { parseIsoDuration } from "#twins/iso-duration.ts";
import type { BatteryWatch } from "#twins/planner/battery-watch.ts";
import { findBlind } from "#twins/planner/blind.ts";
import { type HomeDevice, homeDevices } from "#twins/planner/home-rows.ts";
import { planVisits } from "#twins/planner/visits.ts";
import { cadence } from "#wire/cadence.ts";
import { type Duration, Hours, type Instant } from "#wire/units.ts";

import { BlindList, VisitPlan } from "./planning-contract.ts";

/** What the routes need. */
export interface PlanningDeps {
  readonly fleet: Fleet;
  readonly batteries: Pick<BatteryWatch, "trend">;
}

/** Further ahead, or further back, nobody asks. */
const longest = Hours(24 * 366);
const tag = "Fleet";
const answers = ["application/json"] as const;
const problems = ["invalid", "forbidden", "index_behind", "unavailable"] as const;

/** The routes over the index. */
export function planningRoutes(deps: PlanningDeps): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/v1/fleet/visits",
      answers,
      about: {
        summary: "Homes that somebody has to go to, and why",
        description:
          "By the day by which somebody must come, then by how many twins one visit puts right. A battery's end is the " +
          "straight line of its discharge since it was last charged, down to 5 %: good to about a day, and unknown for the " +
          "first six hours and three points. A box that reaches nobody is full after 48 h. Silence is due after 24 h.",
        tag,
        parameters: [durationParameter("within", "P14D", "How far ahead"), ...parameters],
        success: { status: 200, about: "The plan", schema: VisitPlan },
        problems,
      },
      answer: async (asked) => {
        const question = await readQuestion(deps, asked, { name: "within", usual: Hours(24 * 14) });
        if (question instanceof Response) return question;
        const { devices, now, length, limit } = question;
        const { trend } = deps.batteries;
        const visits = planVisits(devices, { within: length, now, trend });
        const items = visits.slice(0, limit);
        return json({ at: now, withinMs: length, total: visits.length, items });
      },
    },
    {
      method: "GET",
      path: "/v1/fleet/blind",
      answers,
      about: {
        summary: "Homes without usable monitoring, longest first",
        description:
          "None of their wristbands has told a reading for longer than that. Those that are off the wrist, or being " +
          "charged, are told apart.",
        tag,
        parameters: [durationParameter("over", "PT30M", "For longer than"), ...parameters],
        success: { status: 200, about: "The homes", schema: BlindList },
        problems,
      },
      answer: async (asked) => {
        const question = await readQuestion(deps, asked, { name: "over", usual: Hours(0.5) });
        if (question instanceof Response) return question;
        const { devices, now, length, limit } = question;
        const { blind, offWrist } = findBlind(devices, { over: length, now });
        const page = <T>(all: readonly T[]) => ({ total: all.length, items: all.slice(0, limit) });
        return json({ at: now, overMs: length, blind: page(blind), offWrist: page(offWrist) });
      },
    },
  ];
}

const parameters: readonly Parameter[] = [
  { ...filterParameter, about: `Of these twins only: ${filterParameter.about}` },
  {
    name: "limit",
    in: "query",
    about: "How many homes at most",
    schema: Type.Integer({ minimum: 1, maximum: cadence.limits.page, default: usualLimit }),
  },
  positionParameter,
];

function durationParameter(name: string, usual: string, about: string): Parameter {
  const schema = Type.String({ default: usual });
  return { name, in: "query", about: `${about}: a duration such as ${usual}`, schema };
}

/** What is asked, read. */
interface Question {
  readonly devices: Iterable<HomeDevice>;
  readonly now: Instant;
  readonly length: Duration;
  readonly limit: number;
}

/** How long, by which parameter. */
interface Length {
  readonly name: "within" | "over";
  readonly usual: Duration;
}

async function readQuestion(
  { fleet }: PlanningDeps,
  asked: Asked,
  { name, usual }: Length,
): Promise<Question | Response> {
  const given = readParameters(asked.url.searchParams, [name, "filter", "limit"]);
  if (given instanceof Response) return given;
  const filter = readFilter(given.get("filter"), readerOf(asked));
  if (filter instanceof Response) return filter;
  const limit = readLimit(given.get("limit"));
  if (limit instanceof Response) return limit;
  const text = given.get(name);
  const length = text === undefined ? usual : parseIsoDuration(text);
  if (length === undefined || length > longest) {
    return invalid(name, { detail: "A duration such as PT30M or P14D, up to a year." });
  }
  const late = await notYet(fleet, asked.request);
  if (late !== undefined) return late;
  const now = fleet.now();
  const devices = homeDevices(fleet.table(askerOf(asked).tenant), { filter, now });
  return { devices, now, length, limit };
}
