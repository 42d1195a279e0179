/**
 * What follows from desired and reported, and is never stored: the difference, and what of it a device must be told.
 *
 * Values are compared whole at a leaf: an array is one leaf, 1 equals 1.0, and what the device says beyond what is
 * desired is no difference (TW-03).
 */
import type { Twin, Wish } from "#twins/document.ts";
import { leafAt, leavesOf, withLeaf } from "#twins/leaves.ts";
import {
  type Desired,
  type Json,
  type JsonObject,
  type PartName,
  partNames,
} from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

/** A desired leaf with the wish behind it. */
export interface WantedLeaf {
  readonly part: PartName;
  /** Names from the part down. */
  readonly path: string;
  readonly value: Json;
  readonly wish: Wish;
}

/** Every desired leaf of a twin. */
export function* wantedLeaves(twin: Twin): Iterable<WantedLeaf> {
  for (const part of partNames) {
    const { desired = {}, wishes = {} } = twin.parts[part] ?? {};
    for (const { path, value } of leavesOf(desired)) {
      const wish = wishes[path];
      if (wish !== undefined) yield { part, path, value, wish };
    }
  }
}

/** The desired leaves whose reported value differs, by part; `{}` when the device is as it should be. */
export function deltaOf(twin: Twin): Partial<Record<PartName, JsonObject>> {
  return gather(differing(twin));
}

/** Every wish by slash path from the twin down, such as `config/profile`. */
export function syncOf(twin: Twin): Readonly<Record<string, Wish>> {
  const sync: Record<string, Wish> = {};
  for (const part of partNames) {
    const wishes = Object.entries(twin.parts[part]?.wishes ?? {});
    for (const [path, wish] of wishes) sync[`${part}/${path}`] = wish;
  }
  return sync;
}

/**
 * All that the device is to be told, as `down/desired` says it; null when it is nothing. What it rejected is left out
 * until somebody wants it anew; what has expired is still wanted. The deadline is the nearest that has not passed.
 */
export function outstandingOf(twin: Twin, now: Instant): Desired | null {
  const leaves = [...differing(twin)].filter(({ wish }) => wish.state !== "rejected");
  if (leaves.length === 0) return null;
  const ahead = leaves.flatMap(({ wish: { deadline } }) => deadline ?? []).filter((at) => at > now);
  const deadline = ahead.toSorted((a, b) => a - b)[0];
  return {
    v: twin.desiredV,
    parts: gather(leaves),
    ...(deadline === undefined ? {} : { deadline }),
  };
}

function* differing(twin: Twin): Iterable<WantedLeaf> {
  for (const leaf of wantedLeaves(twin)) {
    const reported = twin.parts[leaf.part]?.reported ?? {};
    if (!Bun.deepEquals(leafAt(reported, leaf.path), leaf.value)) yield leaf;
  }
}

function gather(leaves: Iterable<WantedLeaf>): Partial<Record<PartName, JsonObject>> {
  const parts: Partial<Record<PartName, JsonObject>> = {};
  for (const { part, path, value } of leaves) {
    parts[part] = withLeaf(parts[part] ?? {}, path.split("/"), value);
  }
  return parts;
}
