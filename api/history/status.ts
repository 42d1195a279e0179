/**
 * `GET /v1/history`: how much is remembered, how far the records have come, and how far retention.
 */
import { json, type Route } from "#api/route.ts";
import { compareIds, origin } from "#platform/stream/port.ts";
import { keptDays, keptFrom, leafClasses } from "#twins/history/policy.ts";

import { HistoryStatus } from "./contract.ts";
import { type HistoryDeps, partitionsOf } from "./deps.ts";

/** The route over the book. */
export function historyStatusRoute(deps: HistoryDeps): Route {
  return {
    method: "GET",
    path: "/v1/history",
    answers: ["application/json"],
    about: {
      summary: "How much is remembered of the twins, and how much has been let go",
      description: "Over the whole installation.",
      tag: "History",
      success: { status: 200, about: "As it stands", schema: HistoryStatus },
      problems: ["unavailable"],
    },
    answer: () => status(deps),
  };
}

async function status(deps: HistoryDeps): Promise<Response> {
  const { book, clock } = deps;
  const at = clock.now();
  return json({
    at,
    newest: book.lastRecord(),
    lagMs: await lagOf(deps),
    gaps: book.gaps().map(({ since, until, twins }) => ({ since, until, twins })),
    retention: leafClasses.map((name) => {
      const { upTo = 0, removed = 0 } = book.trimming(name) ?? {};
      const days = keptDays[name];
      return { class: name, days, keptFrom: keptFrom(name, at), doneTo: upTo, removed };
    }),
  });
}

/** How long ago the place was recorded that is furthest behind what has been written since. */
async function lagOf({ book, streams, keys, clock }: HistoryDeps): Promise<number> {
  const places = book.positions();
  const lags = partitionsOf(keys).map(async (q) => {
    const [place, last] = [places.get(q) ?? origin, await streams.last(keys.changes(q))];
    if (compareIds(place, last) >= 0) return 0;
    const [since] = (place === origin ? last : place).split("-");
    return Math.max(0, clock.now() - Number(since));
  });
  return Math.max(0, ...(await Promise.all(lags)));
}
