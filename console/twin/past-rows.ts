/** A twin of the past as rows, one a leaf. */
import type { PastTwin } from "#api/history/contract.ts";

/** One leaf as it was. */
export interface PastRow {
  readonly path: string;
  readonly reported: unknown;
  readonly desired: unknown;
  readonly sync: PastTwin["sync"][string] | undefined;
  /** When the device said so, by whoever's clock that was, ms. */
  readonly since: number | undefined;
}

/** The rows, part by part. */
export function pastRows({ parts, sync, since }: PastTwin): readonly PastRow[] {
  return Object.entries(parts).flatMap(([part, { reported, desired }]) => {
    const said = leavesIn(reported, part);
    const wanted = leavesIn(desired, part);
    return [...new Set([...said.keys(), ...wanted.keys()])].map((path) => ({
      path,
      reported: said.get(path),
      desired: wanted.get(path),
      sync: sync[path],
      since: since[path],
    }));
  });
}

function leavesIn(object: object, under: string): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    const path = `${under}/${name}`;
    const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isBranch) leaves.set(path, value);
    else for (const [leaf, inner] of leavesIn(value, path)) leaves.set(leaf, inner);
  }
  return leaves;
}
