/** What the Ditto face stands on. */
import type { HistoryDeps } from "#api/history/deps.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Keys } from "#twins/keys.ts";

import type { CallerDeps } from "./caller.ts";
import type { Hearing } from "./hearing.ts";
import type { LineDeps } from "./line.ts";
import type { MessageDeps } from "./messages.ts";
import type { ThingsDeps } from "./things.ts";

/** All of it. */
export interface DittoDeps extends CallerDeps, ThingsDeps, LineDeps, MessageDeps {
  readonly keys: Keys;
  readonly hearing: Hearing;
  readonly clock: ThingsDeps["clock"];
  readonly fleet: Fleet;
  readonly history: HistoryDeps;
}
