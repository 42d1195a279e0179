/** A group as the API gives it. */
import { type Asked, askerOf } from "#api/route.ts";
import { readerOf } from "#api/twins/question.ts";
import { countBits } from "#twins/bits.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Group } from "#twins/groups/group.ts";

import type { GroupView } from "./contract.ts";
import { editionOf } from "./watch.ts";

/** The group with the number of twins in it; none where its filter means nothing any more. */
export function viewGroup(fleet: Fleet, asked: Asked, group: Group): GroupView {
  const edition = editionOf(group, readerOf(asked).clearance);
  const table = fleet.table(askerOf(asked).tenant);
  const count = edition ? countBits(table.matching(edition.filter, fleet.now())) : 0;
  const { name, filter, about, edition: number, by, at } = group;
  return { name, filter, about, edition: number, by, at, count };
}
