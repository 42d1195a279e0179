import { tagLimits } from "#twins/desired/patch.ts";
/** Whether a twin would grow beyond its limits by an edit, and where. */
import type { Twin } from "#twins/document.ts";
import { excessOf } from "#twins/limits.ts";
import { partNames } from "#wire/messages.ts";

import { type Barred, barred, pointerTo } from "./refusal.ts";

/** The refusal of an edit, pointing below `root`, the names from the twin down to what the request patches. */
export function excessOfEdit(
  before: Twin | null,
  after: Twin,
  root: readonly string[],
): Barred | undefined {
  const at = (...names: readonly string[]) => ({
    pointer: `/body${pointerTo(names.slice(root.length))}`,
  });
  if (after.tags !== before?.tags && Object.keys(after.tags).length > tagLimits.tags) {
    return barred("too_many_leaves", at("tags"));
  }
  for (const name of partNames) {
    const part = after.parts[name];
    if (part === undefined || part === before?.parts[name]) continue;
    const excess = excessOf(after, name, part);
    if (excess === "twin_too_large") return barred(excess, at());
    if (excess !== undefined) return barred(excess, at("parts", name, "desired"));
  }
  return undefined;
}
