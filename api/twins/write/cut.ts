/** A patch without the paths whose condition does not hold. */
import { holds } from "#twins/condition.ts";
import type { Twin } from "#twins/document.ts";
import { isObject, leafAt, without } from "#twins/leaves.ts";
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { PathCondition } from "./precondition.ts";

/** What is left of a patch, and the pointers of what was left out; a path that is not in the patch is not named. */
export function cutPatch(
  body: Json,
  conditions: readonly PathCondition[],
  { twin, now }: { twin: Twin; now: Instant },
): { readonly body: Json; readonly skipped: readonly string[] } {
  let left = body;
  const skipped: string[] = [];
  for (const { pointer, names, filter } of conditions) {
    if (!isObject(left) || leafAt(left, names.join("/")) === undefined) continue;
    if (holds(filter, twin, now)) continue;
    left = without(left, names);
    skipped.push(pointer);
  }
  return { body: left, skipped };
}
