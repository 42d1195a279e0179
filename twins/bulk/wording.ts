/**
 * The leaves that a patch for many devices names, or why it may not be one.
 *
 * It is a patch that each device could be sent alone (`readPatch`), and more: every leaf is named, so that what is put
 * back is known leaf by leaf; and none of them names people, who are never the same in two homes.
 */
import { type PatchFault, readPatch } from "#twins/desired/patch.ts";
import { leavesOf } from "#twins/leaves.ts";
import { isPersonal, ruleOf } from "#twins/model.ts";
import type { DeviceKind } from "#wire/identity.ts";
import { type Json, partNames } from "#wire/messages.ts";

import { type BulkLeaf, bulkLimits } from "./change.ts";

/** What may be said against a patch for many, beyond what may be said against a patch. */
export interface BulkFault extends Omit<PatchFault, "code"> {
  readonly code: PatchFault["code"] | "personal";
}

/** The leaves, in the order of their paths; good for every one of the kinds. */
export function readLeaves(
  patch: Json,
  kinds: Iterable<DeviceKind>,
): readonly BulkLeaf[] | BulkFault {
  let leaves: readonly BulkLeaf[] | BulkFault = fault(
    "bad_value",
    [],
    "The patch changes nothing.",
  );
  for (const kind of kinds) {
    leaves = readFor(patch, kind);
    if ("kind" in leaves) return leaves;
  }
  return leaves;
}

function readFor(patch: Json, kind: DeviceKind): readonly BulkLeaf[] | BulkFault {
  const read = readPatch(patch, kind);
  if (read.kind === "fault") return read;
  if (read.tags === null) return whole(["tags"]);
  const leaves: BulkLeaf[] = [...leavesOf(read.tags ?? {}, "tags")];
  for (const part of partNames) {
    const desired = read.desired[part];
    if (desired === undefined) continue;
    const at = ["parts", part, "desired"];
    if (desired === null) return whole(at);
    for (const { path, value } of leavesOf(desired, part)) {
      const place = [...at, ...path.split("/").slice(1)];
      if (ruleOf(kind, path) === undefined) return whole(place);
      if (isPersonal(path)) return fault("personal", place, `${path} names people of one home.`);
      leaves.push({ path: `desired/${path}`, value });
    }
  }
  if (leaves.length === 0) return fault("bad_value", [], "The patch changes nothing.");
  if (leaves.length > bulkLimits.leaves) {
    return fault("too_many_leaves", [], `At most ${bulkLimits.leaves} leaves.`);
  }
  return leaves.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function whole(at: readonly string[]): BulkFault {
  return fault("bad_value", at, "A change of many names each leaf that it takes away.");
}

function fault(code: BulkFault["code"], at: readonly string[], why: string): BulkFault {
  return { kind: "fault", code, at, why };
}
