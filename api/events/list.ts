/**
 * `GET /v1/events`: the latest events, newest first.
 */
import { Type } from "@sinclair/typebox";

import { may } from "#api/access/rights.ts";
import type { Role } from "#api/access/roles.ts";
import { limitParameter } from "#api/operations/quarantine.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json, type Route } from "#api/route.ts";
import { invalid, readLimit, readParameters } from "#api/twins/question.ts";
import type { Clock } from "#platform/clock/port.ts";
import { cadence } from "#wire/cadence.ts";
import type { Tenant } from "#wire/identity.ts";
import { earlier, Hours } from "#wire/units.ts";

import { EventPage } from "./contract.ts";
import type { RecentEvents } from "./recent.ts";
import type { Wanted } from "./shelf.ts";

/** What the route needs. */
export interface EventsDeps {
  readonly recent: RecentEvents;
  readonly clock: Pick<Clock, "now">;
}

const counted = Hours(24);

const kindParameter = {
  name: "kind",
  in: "query",
  about:
    "Emergencies only (clinical roles) or technical events only; both unless given, as far as the role sees them",
  schema: Type.Union([Type.Literal("emergency"), Type.Literal("technical")]),
} as const;

/** The route over the latest events. */
export function eventsRoute(deps: EventsDeps): Route {
  return {
    method: "GET",
    path: "/v1/events",
    answers: ["application/json"],
    about: {
      summary: "The latest events of devices",
      description:
        "Clinical roles see emergencies; all others see technical events, and how many emergencies there were. Technical events never take the place of an emergency of the last 24 hours.",
      tag: "Events",
      parameters: [kindParameter, limitParameter],
      success: { status: 200, about: "Newest first", schema: EventPage },
      problems: ["invalid", "unavailable"],
    },
    answer: (asked) => list(deps, asked),
  };
}

/** How many emergencies a tenant had in the last 24 h. */
export function countEmergencies(
  { recent, clock }: EventsDeps,
  tenant: Tenant,
): { readonly count: number; readonly withinMs: number } {
  const since = earlier(clock.now(), counted);
  return { count: recent.of(tenant).emergenciesSince(since), withinMs: counted };
}

async function list(deps: EventsDeps, asked: Asked): Promise<Response> {
  const { tenant, role } = askerOf(asked);
  const parameters = readParameters(asked.url.searchParams, ["kind", "limit"]);
  if (parameters instanceof Response) return parameters;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const wanted = readKind(parameters.get("kind"), role);
  if (wanted instanceof Response) return wanted;
  await deps.recent.refresh();
  const shelf = deps.recent.of(tenant);
  const page: EventPage = {
    items: [...shelf.latest(limit, wanted, earlier(deps.clock.now(), counted))],
    emergencies: countEmergencies(deps, tenant),
    emergenciesKept: { count: shelf.emergenciesKept(), withinMs: cadence.emergency.kept },
  };
  return json(page);
}

/** What a role gets of what it asks for; an empty list would say that there is no emergency. */
function readKind(text: string | undefined, role: Role): Wanted | Response {
  const cleared = may(role, "emergencies:read");
  if (text === undefined) return cleared ? "both" : "technical";
  if (text === "technical" || (text === "emergency" && cleared)) return text;
  if (text !== "emergency") return invalid("kind", { detail: "Either emergency or technical." });
  return problem("forbidden", {
    pointer: "/query/kind",
    detail: "Emergencies need a clinical right.",
  });
}
