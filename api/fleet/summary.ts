/**
 * `GET /v1/fleet`: a tenant's fleet in numbers, counted off the columns.
 */
import { countEmergencies, type EventsDeps } from "#api/events/list.ts";
import { perSecond } from "#api/operations/accounting.ts";
import type { Backlog } from "#api/operations/backlog.ts";
import { createSampler, type Sampler } from "#api/operations/sample.ts";
import { askerOf, json, type Route } from "#api/route.ts";
import { notYet } from "#api/twins/index-position.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Accounting } from "#twins/accounting.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Tenant } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import { FleetSummary } from "./contract.ts";
import { countFleet, type FleetCounts } from "./counts.ts";

/** What the route needs. */
export interface SummaryDeps extends EventsDeps {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly accounting: Sampler<Accounting>;
  readonly backlog: Sampler<Backlog>;
}

/** The route over the index and the samples. */
export function summaryRoute(deps: SummaryDeps): Route {
  const { fleet, clock } = deps;
  const counts = new Map<Tenant, Sampler<FleetCounts>>();
  const countsOf = (tenant: Tenant): Sampler<FleetCounts> => {
    const known = counts.get(tenant);
    if (known !== undefined) return known;
    const count = async (): Promise<FleetCounts> => countFleet(fleet.table(tenant), clock.now());
    const sampler = createSampler(clock, Seconds(1), count);
    counts.set(tenant, sampler);
    return sampler;
  };
  return {
    method: "GET",
    path: "/v1/fleet",
    answers: ["application/json"],
    about: {
      summary: "The fleet in numbers",
      description: "Counted at most once a second; `installation` is over all tenants.",
      tag: "Fleet",
      success: { status: 200, about: "Counts", schema: FleetSummary },
      problems: ["invalid", "index_behind", "unavailable"],
    },
    answer: async (asked) => {
      const { tenant } = askerOf(asked);
      const late = await notYet(fleet, asked.request);
      if (late !== undefined) return late;
      const [{ at, value }, installation] = await Promise.all([
        countsOf(tenant).fresh(),
        measure(deps),
        deps.recent.refresh(),
      ]);
      return json({ at, ...value, emergencies: countEmergencies(deps, tenant), installation });
    },
  };
}

async function measure({
  accounting,
  backlog,
}: SummaryDeps): Promise<FleetSummary["installation"]> {
  const [{ value: waiting }] = await Promise.all([backlog.fresh(), accounting.fresh()]);
  return {
    messagesPerSecond: perSecond(accounting, ({ messages }) => {
      const { stored, refused, duplicate, repeats } = messages;
      return stored + refused + duplicate + repeats;
    }),
    readingsPerSecond: perSecond(accounting, ({ readings }) => readings.received),
    waitingEntries: waiting.entries,
    lagMs: waiting.ageMs,
  };
}
