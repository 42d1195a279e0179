import { createShadows } from "#twins/shadow/shadows.ts";
/** What programs ask: keys of their own, and the interfaces of others that are imitated for them. */
import type { FollowerDeps } from "#twins/stream-follower.ts";

import type { ApiKeys } from "./access/api-keys.ts";
import { awsRoutes } from "./compat/aws/routes.ts";
import type { DittoDeps } from "./compat/ditto/deps.ts";
import { createHearing } from "./compat/ditto/hearing.ts";
import { dittoRoutes } from "./compat/ditto/routes.ts";
import { apiKeyRoutes } from "./keys/routes.ts";
import type { Route } from "./route.ts";

/** Which compatibility faces are on. */
export interface Faces {
  readonly aws?: boolean;
  readonly ditto?: boolean;
}

/** What they stand on. */
export interface ProgramDeps extends Omit<DittoDeps, "apiKeys" | "hearing"> {
  readonly apiKeys?: ApiKeys;
  readonly faces?: Faces;
  readonly streams: DittoDeps["streams"] & FollowerDeps["streams"];
  readonly log: FollowerDeps["log"];
}

/** Their routes, and how to end what these follow. */
export function openPrograms(deps: ProgramDeps): {
  readonly routes: readonly Route[];
  readonly close: () => void;
} {
  const { apiKeys, faces = {} } = deps;
  if (apiKeys === undefined) return { routes: [], close: () => undefined };
  const hearing = createHearing(deps);
  const known = { ...deps, apiKeys, hearing };
  return {
    routes: [
      ...apiKeyRoutes(apiKeys),
      ...(faces.aws === true ? awsRoutes({ ...known, shadows: createShadows(deps) }) : []),
      ...(faces.ditto === true ? dittoRoutes(known) : []),
    ],
    close: hearing.close,
  };
}
