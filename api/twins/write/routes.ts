/** Every route that writes twins. */
import type { Route } from "#api/route.ts";

import { patchRoutes } from "./patch.ts";
import { type PutDeps, putRoute } from "./put.ts";
import { type RetireDeps, retireRoute } from "./retire.ts";

/** PUT, PATCH and DELETE. */
export function writeRoutes(deps: PutDeps & RetireDeps): readonly Route[] {
  return [putRoute(deps), ...patchRoutes(deps), retireRoute(deps)];
}
