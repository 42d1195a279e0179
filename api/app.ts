/**
 * The API: one Elysia application over the twins, with the pages at its root.
 */
import { Elysia } from "elysia";

import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import type { Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { readAccounting } from "#twins/accounting.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import { openFleet } from "#twins/fleet.ts";
import { createGroupStore } from "#twins/groups/store.ts";
import { type HistoryBook, openHistoryBook } from "#twins/history/book.ts";
import { openPastFleet } from "#twins/history/past-fleet.ts";
import type { Keys } from "#twins/keys.ts";
import { rememberTwins } from "#twins/known-twins.ts";
import type { Registry } from "#twins/registry-port.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import { createTwinStore } from "#twins/store.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import type { ApiKeys } from "./access/api-keys.ts";
import type { Tokens } from "./access/tokens.ts";
import { accountRoutes } from "./account/routes.ts";
import { commandRoutes } from "./commands/routes.ts";
import { eventsRoute } from "./events/list.ts";
import { createRecentEvents, type RecentEvents } from "./events/recent.ts";
import { openFleetWork } from "./fleet-work.ts";
import { summaryRoute } from "./fleet/summary.ts";
import { careful, createGates } from "./gate.ts";
import { groupRoutes } from "./groups/routes.ts";
import { createGroupWatch } from "./groups/watch.ts";
import type { HistoryDeps } from "./history/deps.ts";
import { historyRoutes } from "./history/routes.ts";
import { createOnceReader } from "./idempotency.ts";
import { openapiRoutes } from "./openapi/routes.ts";
import { accountingRoute } from "./operations/accounting.ts";
import { readBacklog } from "./operations/backlog.ts";
import { exportIndex, metricsRoute } from "./operations/metrics.ts";
import { quarantineRoute } from "./operations/quarantine.ts";
import { ownProbes, type Probe, readinessRoutes } from "./operations/readiness.ts";
import { createSampler } from "./operations/sample.ts";
import { createMissing, type Pages, pagesRoute } from "./pages.ts";
import { problem } from "./problem.ts";
import { type Faces, openPrograms } from "./programs.ts";
import type { Route } from "./route.ts";
import { aggregateRoute } from "./twins/aggregate.ts";
import { createLines } from "./twins/lines.ts";
import { listRoute } from "./twins/list.ts";
import { oneRoute } from "./twins/one.ts";
import { socketRoute } from "./twins/socket.ts";
import { streamRoute } from "./twins/stream.ts";
import { writeRoutes } from "./twins/write/routes.ts";

/** What the API stands on. */
export interface ApiDeps {
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
  /** Devices come into stock, are revoked and change hands where it can be changed. */
  readonly registry: Registry & Partial<OpenRegistry>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tokens: Tokens;
  /** Answers for the pages at the root and their files. */
  readonly pages: Pages;
  /** What twins were; without it nothing is known of that. */
  readonly history?: HistoryBook;
  /** Keys of programs; without them nobody has any. */
  readonly apiKeys?: ApiKeys;
  /** Interfaces of others that are imitated: none unless told. */
  readonly faces?: Faces;
  /** Further parts that must work for `/ready` to say so. */
  readonly probes?: readonly Probe[];
  /** Of this process among its like; runners of bulk changes are told apart by it. */
  readonly name?: string;
  /** Bulk changes of more devices than this are approved by somebody else than their author; 100 unless told. */
  readonly approveAbove?: number;
}

/** An API that answers. */
export interface Api {
  readonly app: Elysia;
  /** Ends every stream and stops following the twins. */
  readonly close: () => Promise<void>;
}

/** The version of the published interface. */
const version = "1.0.0";

/** An API that begins to read the twins at once, and says 503 where it needs them before it has. */
export function createApi(deps: ApiDeps): Api {
  const { cells, streams, keys, clock, log, metrics, tokens, registry } = deps;
  const store = createTwinStore({ cells, keys, clock });
  const twins = rememberTwins(store, { cells, keys });
  const following = { cells, streams, keys, clock, log: log.named("twins") };
  const fleet = openFleet({ ...following, twins: store });
  const accounting = createSampler(clock, Seconds(2), () => readAccounting(cells, keys));
  const backlog = createSampler(clock, Seconds(1), () =>
    readBacklog({ streams, keys }, clock.now()),
  );
  const writer = createTwinWriter({ store: twins, cells, keys, clock, written: fleet.wrote });
  const once = createOnceReader({ cells, keys, clock });
  const recent = createRecentEvents({ cells, streams, keys, registry, clock });
  const lines = createLines();
  const history = historyDeps(deps);
  const groups = createGroupStore({ cells, keys, clock });
  const watch = createGroupWatch({ groups, clock, log: log.named("groups") });
  const telling = { fleet, streams, keys, clock, log: log.named("stream"), lines };
  const { name, approveAbove } = deps;
  const own = { cells, log, writer, registry, name, approveAbove };
  const work = openFleetWork({ ...telling, ...own, twins: store });
  const programs = openPrograms({ ...deps, ...telling, twins, writer, history });
  const probes = [...ownProbes({ cells, fleet, clock, backlog }), ...(deps.probes ?? [])];
  const routes: readonly Route[] = [
    listRoute({ fleet, history }),
    aggregateRoute({ fleet, history }),
    ...historyRoutes(history),
    streamRoute(telling),
    socketRoute({ ...telling, tokens, groups, watch }),
    ...groupRoutes({ ...telling, groups, watch }),
    oneRoute({ twins, clock, history }),
    ...writeRoutes({ writer, once, clock, registry }),
    ...commandRoutes({ twins, commands: createCommandStore({ cells, keys, clock }), clock }),
    ...work.routes,
    summaryRoute({ fleet, clock, recent, accounting, backlog }),
    eventsRoute({ recent, clock }),
    quarantineRoute({ streams, keys }),
    accountingRoute(accounting),
    ...accountRoutes({ tokens, clock }),
    ...programs.routes,
    metricsRoute(metrics),
    ...readinessRoutes(clock, probes),
  ];
  exportIndex(metrics, fleet, clock);
  const reading = clock.every(Minutes(1), "recent events", () => void keepReading(recent, log));
  const app = new Elysia({ normalize: false, websocket });
  const all = [...routes, ...openapiRoutes(routes, version)];
  const missing = createMissing(all);
  mount(app, [...all, pagesRoute(deps.pages, missing)], deps);
  app.onError(({ code, request }) =>
    careful(code === "NOT_FOUND" ? missing(request) : problem("broken")),
  );
  return {
    app,
    close: async () => {
      reading.cancel();
      lines.close();
      programs.close();
      watch.close();
      await work.close();
      await fleet.close();
    },
  };
}

/** What is known of the past, and how it is asked. */
function historyDeps({ history, clock, streams, keys }: ApiDeps): HistoryDeps {
  const book = history ?? openHistoryBook(":memory:");
  const past = openPastFleet({ book, keys, clock, pause: () => clock.sleep(Millis(0)) });
  return { book, past, streams, keys, clock };
}

/** Messages from readers are short, and one who is gone is noticed. */
const websocket = { maxPayloadLength: 16_384, idleTimeout: 120, sendPings: true };

function mount(app: Elysia, routes: readonly Route[], deps: ApiDeps): void {
  const gateOf = createGates(deps);
  for (const route of routes) {
    const gate = gateOf(route);
    app.route(
      route.method,
      route.path,
      ({ request, params, server }) =>
        gate({
          request,
          params,
          address: server?.requestIP(request)?.address,
          keepOpen: () => server?.timeout(request, 0),
          upgrade: (data) => server?.upgrade(request, { data }) ?? false,
        }),
      { parse: "none" },
    );
  }
}

/** Streams forget; whoever wants to know all events reads them before that. */
async function keepReading(recent: RecentEvents, log: Log): Promise<void> {
  try {
    await recent.refresh();
  } catch (error) {
    if (!isTrouble(error)) throw error;
    log.warn("events not read", { code: error.code });
  }
}
