/** What the Ditto face stands on. */
import type { HistoryDeps } from "#api/history/deps.ts";
import type { Fleet } from "#twins/fleet.ts";

import type { CallerDeps } from "./caller.ts";
import type { ThingsDeps } from "./things.ts";

/** All of it. */
export interface DittoDeps extends CallerDeps, ThingsDeps {
  readonly clock: ThingsDeps["clock"];
  readonly fleet: Fleet;
  readonly history: HistoryDeps;
}
