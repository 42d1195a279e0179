/** A twin without what its reader may not know. Least privilege: DESIGN access, catalogue TW-09. */
import type { PartName } from "#wire/messages.ts";

import type { Clearance } from "./columns.ts";
import type { LeafMeta, Part, Twin } from "./document.ts";
import { without } from "./leaves.ts";
import { isPersonal, personalLeaves } from "./model.ts";

/** The twin as someone of that clearance may know it; who is to be told of an emergency is left out, that somebody is not. */
export function redacted(twin: Twin, clearance: Clearance): Twin {
  if (clearance === "clinical") return twin;
  const parts: Partial<Record<PartName, Part>> = { ...twin.parts };
  delete parts.vitals;
  if (parts.config !== undefined) parts.config = withoutPeople(parts.config);
  return { ...twin, parts };
}

function withoutPeople(config: Part): Part {
  let { reported, desired } = config;
  for (const path of personalLeaves) {
    const names = path.split("/").slice(1);
    reported = without(reported, names);
    desired = without(desired, names);
  }
  const meta: Readonly<Record<string, LeafMeta>> = Object.fromEntries(
    Object.entries(config.meta).filter(([path]) => !isPersonal(`config/${path}`)),
  );
  return { ...config, reported, desired, meta };
}
