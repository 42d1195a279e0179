/**
 * `GET /v1/events`: the latest events, newest first.
 */
import { may } from "#api/access/rights.ts";
import { limitParameter } from "#api/operations/quarantine.ts";
import { type Asked, askerOf, json, type Route } from "#api/route.ts";
import { readLimit, readParameters } from "#api/twins/question.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Tenant } from "#wire/identity.ts";
import { earlier, Hours } from "#wire/units.ts";

import { EventPage } from "./contract.ts";
import type { RecentEvents } from "./recent.ts";

/** What the route needs. */
export interface EventsDeps {
  readonly recent: RecentEvents;
  readonly clock: Pick<Clock, "now">;
}

const counted = Hours(24);

/** The route over the latest events. */
export function eventsRoute(deps: EventsDeps): Route {
  return {
    method: "GET",
    path: "/v1/events",
    answers: ["application/json"],
    about: {
      summary: "The latest events of devices",
      description:
        "Clinical roles see emergencies; all others see technical events, and how many emergencies there were.",
      tag: "Events",
      parameters: [limitParameter],
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
  const parameters = readParameters(asked.url.searchParams, ["limit"]);
  if (parameters instanceof Response) return parameters;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  await deps.recent.refresh();
  const items = deps.recent.of(tenant).latest(limit, may(role, "emergencies:read"));
  return json({ items, emergencies: countEmergencies(deps, tenant) });
}
