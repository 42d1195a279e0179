import type { Cells } from "#platform/cells/port.ts";
/**
 * The work that goes on behind answers, with its routes: bulk changes are run, twins show custody, batteries are watched.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Streams } from "#platform/stream/port.ts";
import { openBulkRunner } from "#twins/bulk/runner.ts";
import { createBulkStore } from "#twins/bulk/store.ts";
import { createCustody } from "#twins/custody/custody.ts";
import { openCustodyMirror } from "#twins/custody/mirror.ts";
import type { TwinWriter } from "#twins/desired/writer.ts";
import { openBatteryWatch } from "#twins/planner/battery-watch.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import type { TwinStore } from "#twins/store.ts";

import { changeRoutes } from "./changes/routes.ts";
import { custodyRoutes } from "./custody/routes.ts";
import { planningRoutes } from "./fleet/planning.ts";
import type { Route } from "./route.ts";
import type { StreamDeps } from "./twins/stream.ts";

/** What it stands on. */
export interface FleetWorkDeps extends StreamDeps {
  readonly cells: Cells;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly log: Log;
  readonly twins: TwinStore;
  readonly writer: TwinWriter;
  /** Devices change hands where it can be changed. */
  readonly registry: Partial<OpenRegistry>;
  /** Of this process among its like; runners of bulk changes are told apart by it. */
  readonly name: string | undefined;
  readonly approveAbove: number | undefined;
}

/** Work that goes on, and the routes to it. */
export interface FleetWork {
  readonly routes: readonly Route[];
  readonly close: () => Promise<void>;
}

/** Begins it. */
export function openFleetWork(deps: FleetWorkDeps): FleetWork {
  const parts = [openChanges(deps), openKeeping(deps), openPlanning(deps)];
  return {
    routes: parts.flatMap(({ routes }) => routes),
    close: async () => {
      for (const { close } of parts) await close();
    },
  };
}

/** Bulk changes. */
function openChanges(deps: FleetWorkDeps): FleetWork {
  const { name = "api", approveAbove = 100 } = deps;
  const store = createBulkStore(deps);
  const runner = openBulkRunner({ ...deps, store, owner: name, log: deps.log.named("changes") });
  return { routes: changeRoutes({ ...deps, store, approveAbove }), close: runner.close };
}

/** The planner, and the batteries that it watches. */
function openPlanning(deps: FleetWorkDeps): FleetWork {
  const batteries = openBatteryWatch({ ...deps, log: deps.log.named("planner") });
  return { routes: planningRoutes({ ...deps, batteries }), close: batteries.close };
}

/** Custody, and the twins that show it. */
function openKeeping(deps: FleetWorkDeps): FleetWork {
  const { registry, keys, clock, log } = deps;
  const { change, keeping, custody } = registry;
  if (change === undefined || keeping === undefined || custody === undefined) {
    return { routes: [], close: async () => undefined };
  }
  const books = { registry: { change, keeping, custody }, writer: deps.writer };
  const mirror = openCustodyMirror({ ...deps, ...books, log: log.named("custody") });
  const kept = { custody: createCustody(books), partitions: keys.partitions, clock };
  return { routes: custodyRoutes(kept), close: mirror.close };
}
