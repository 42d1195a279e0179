/** Every route over the history alone. */
import type { Route } from "#api/route.ts";

import type { HistoryDeps } from "./deps.ts";
import { diffRoute } from "./diff.ts";
import { historyRoute } from "./list.ts";
import { proofRoutes } from "./proof.ts";
import { historyStatusRoute } from "./status.ts";

/** The routes. */
export function historyRoutes(deps: HistoryDeps): readonly Route[] {
  return [historyRoute(deps), ...proofRoutes(deps), diffRoute(deps), historyStatusRoute(deps)];
}
