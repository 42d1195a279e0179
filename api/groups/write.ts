/** Saving and forgetting groups. */
import { readShape } from "#api/body.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json } from "#api/route.ts";
import { notYet } from "#api/twins/index-position.ts";
import { readerOf, readFilter } from "#api/twins/question.ts";
import type { Fleet } from "#twins/fleet.ts";
import { groupLimits, isGroupName } from "#twins/groups/group.ts";
import type { GroupStore } from "#twins/groups/store.ts";

import { GroupRequest } from "./contract.ts";
import { viewGroup } from "./view.ts";
import type { GroupWatch } from "./watch.ts";

/** What writing needs. */
export interface GroupWriteDeps {
  readonly fleet: Fleet;
  readonly groups: Pick<GroupStore, "put" | "remove">;
  readonly watch: Pick<GroupWatch, "look">;
}

/** Saves the group that the path names as the body says. */
export async function writeGroup(deps: GroupWriteDeps, asked: Asked): Promise<Response> {
  const name = asked.params["group"] ?? "";
  if (!isGroupName(name)) {
    const detail = "1 to 64 characters of a-z 0-9 and inner hyphens.";
    return problem("invalid", { pointer: "/path/group", detail });
  }
  const wish = await readWish(asked);
  if (wish instanceof Response) return wish;
  const late = await notYet(deps.fleet, asked.request);
  if (late !== undefined) return late;
  const { tenant, subject } = askerOf(asked);
  const { filter, about = "" } = wish;
  const outcome = await deps.groups.put(tenant, { name, filter, about, by: `u:${subject}` });
  if (outcome.kind === "refused") {
    const detail = `At most ${groupLimits.perTenant} groups a tenant.`;
    return outcome.why === "contended" ? problem("conflict") : problem("too_many", { detail });
  }
  if (outcome.kind === "changed") await deps.watch.look();
  return json(viewGroup(deps.fleet, asked, outcome.group));
}

/** Forgets the group that the path names. */
export async function removeGroup(deps: GroupWriteDeps, asked: Asked): Promise<Response> {
  const outcome = await deps.groups.remove(askerOf(asked).tenant, asked.params["group"] ?? "");
  if (outcome === "contended") return problem("conflict");
  if (outcome === "unknown") return problem("not_found");
  await deps.watch.look();
  return new Response(null, { status: 204 });
}

async function readWish(asked: Asked): Promise<GroupRequest | Response> {
  const wish = await readShape(asked.request, GroupRequest);
  if (wish instanceof Response) return wish;
  const filter = readFilter(wish.filter, readerOf(asked), "/body/filter");
  return filter instanceof Response ? filter : wish;
}
