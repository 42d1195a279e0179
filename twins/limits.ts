/**
 * How large a twin may grow. What would exceed a limit is not applied, and the refusal is named and counted.
 *
 * @source spec twins 5.1: 64 KiB per twin, 16 KiB per part, depth 8, 256 leaves per part
 */
import { type Json, type JsonObject, type PartName, partNames } from "#wire/messages.ts";

import type { Part, Twin } from "./document.ts";
import { isObject } from "./leaves.ts";

/** The limits; sizes are bytes of JSON without meta. */
export const twinLimits = {
  twinBytes: 65_536,
  partBytes: 16_384,
  depth: 8,
  /** Of a part, reported (tombstones included) as well as desired. */
  leaves: 256,
} as const;

/** Why something reported is not applied. */
export type Excess =
  "too_deep" | "bad_name" | "too_many_leaves" | "part_too_large" | "twin_too_large";

/** What is wrong with a merge patch by itself, or undefined. */
export function excessOfPatch(patch: JsonObject): Excess | undefined {
  if (depthOf(patch) > twinLimits.depth) return "too_deep";
  return hasBadName(patch) ? "bad_name" : undefined;
}

/** What is wrong with a twin once `part` stands in it under `name`, or undefined. */
export function excessOf(twin: Twin, name: PartName, part: Part): Excess | undefined {
  const leaves = Math.max(Object.keys(part.meta).length, Object.keys(part.wishes).length);
  if (leaves > twinLimits.leaves) return "too_many_leaves";
  const bytes = bytesOf(part);
  if (bytes > twinLimits.partBytes) return "part_too_large";
  let all = bytes + Buffer.byteLength(JSON.stringify(twin.tags));
  for (const other of partNames) {
    const held = twin.parts[other];
    if (other !== name && held !== undefined) all += bytesOf(held);
  }
  return all > twinLimits.twinBytes ? "twin_too_large" : undefined;
}

function bytesOf(part: Part): number {
  const known = sizes.get(part);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify([part.reported, part.desired]));
  sizes.set(part, bytes);
  return bytes;
}

/** Of the parts of a twin, one changes at a time. */
const sizes = new WeakMap<Part, number>();

/** 0 for a plain value, 1 for an object or array of plain values. */
function depthOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  return (
    1 + Object.values(value).reduce<number>((most, inner) => Math.max(most, depthOf(inner)), 0)
  );
}

/** Names stand in paths and filters: letters, digits, `_` and `-`, and nothing that every object has. */
function hasBadName(patch: JsonObject): boolean {
  return Object.entries(patch).some(
    ([name, value]) =>
      !/^[A-Za-z0-9_-]{1,64}$/.test(name) || name in {} || (isObject(value) && hasBadName(value)),
  );
}
