/** The leaves of a twin as rows: what is reported, what is desired beside it, and what might be. */
import type { Leaf, TwinView, WishView } from "#api/twins/contract.ts";

import { desiredAt } from "./overtaken.ts";
import { wishable, type WishRule } from "./repertoire.ts";

/** One leaf. */
export interface LeafRow {
  /** `config/profile`. */
  readonly path: string;
  /** What is reported of it, if anything is. */
  readonly leaf: Leaf | undefined;
  /** What became of the wish for it, if there is one. */
  readonly wish: WishView | undefined;
  readonly desired: unknown;
  /** What may be wished for; undefined for what only the device can say. */
  readonly rule: WishRule | undefined;
}

/** The rows of one part. */
export interface PartRows {
  readonly part: string;
  readonly rows: readonly LeafRow[];
}

/** What is looked at most stands first. */
const first = ["vitals", "config"];

/** Part by part, vital signs first; leaves that are neither reported nor desired only for those who may wish. */
export function leafRows(twin: TwinView, mayWish: boolean): readonly PartRows[] {
  const { parts, sync = {} } = twin;
  const rules = wishable[twin.kind];
  const reported = Object.entries(parts).flatMap(([part, { leaves }]) =>
    Object.entries(leaves).map(([path, leaf]) => [`${part}/${path}`, leaf] as const),
  );
  const leaves = new Map<string, Leaf>(reported);
  const paths = new Set([
    ...leaves.keys(),
    ...Object.keys(sync),
    ...(mayWish ? Object.keys(rules) : []),
  ]);
  const byPart = new Map<string, LeafRow[]>();
  for (const path of paths) {
    const part = path.slice(0, path.indexOf("/"));
    const rows = byPart.get(part) ?? [];
    byPart.set(part, rows);
    const desired = desiredAt(parts, path);
    rows.push({ path, leaf: leaves.get(path), wish: sync[path], desired, rule: rules[path] });
  }
  return [...byPart]
    .map(([part, rows]) => ({ part, rows }))
    .toSorted((a, b) => rankOf(a.part) - rankOf(b.part));
}

function rankOf(part: string): number {
  const at = first.indexOf(part);
  return at === -1 ? first.length : at;
}
