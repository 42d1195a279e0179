/** Counts of devices arranged for bars: what is counted, by what it is parted. */
import type { TwinAggregate } from "#api/twins/contract.ts";

import { quoted } from "../route.ts";

/** What may be counted. */
export const counted = [
  "firmware.version",
  "power.battery",
  "presence.state",
  "sync.state",
  "config.profile",
] as const;
export type Counted = (typeof counted)[number];

/** By what it may be parted. */
export const partings = ["kind", "tags.model", "tags.lot"] as const;
export type Parting = (typeof partings)[number];

/** A value, or a band of numbers. */
export type Key = string | { readonly from: number; readonly below: number } | null;

/** One bar: how many devices, and the condition that finds them. */
export interface Bar {
  readonly key: Key;
  readonly count: number;
  readonly condition: string;
}

/** The bars of one part. */
export interface BarGroup {
  readonly part: string | null;
  readonly count: number;
  readonly condition: string;
  readonly bars: readonly Bar[];
}

const bandWidth = 10;

/** The bars, the largest part first; values in their order, with none known last. */
export function barGroups(
  { groups }: Pick<TwinAggregate, "groups">,
  { what, by }: { what: Counted; by: Parting },
): readonly BarGroup[] {
  const parts = new Map<string | null, Map<string, Bar>>();
  for (const { by: keys, count } of groups) {
    const part = textOf(keys[by]);
    const bars = parts.get(part) ?? new Map<string, Bar>();
    parts.set(part, bars);
    const key = what === "power.battery" ? bandOf(keys[what]) : textOf(keys[what]);
    const condition = conditionOf(what, key);
    bars.set(condition, { key, condition, count: count + (bars.get(condition)?.count ?? 0) });
  }
  return [...parts]
    .map(([part, bars]) => ({
      part,
      condition: conditionOf(by, part),
      count: [...bars.values()].reduce((sum, { count }) => sum + count, 0),
      bars: [...bars.values()].toSorted(inOrder),
    }))
    .toSorted((a, b) => b.count - a.count);
}

type Value = TwinAggregate["groups"][number]["by"][string] | undefined;

function textOf(value: Value): string | null {
  return value === undefined || value === null ? null : String(value);
}

function bandOf(value: Value): Key {
  if (typeof value !== "number") return null;
  const from = Math.min(90, Math.floor(value / bandWidth) * bandWidth);
  return { from, below: from === 90 ? 101 : from + bandWidth };
}

function conditionOf(path: string, key: Key): string {
  if (key === null) return `${path}==null`;
  if (typeof key === "string") return `${path}==${quoted(key)}`;
  return `${path}=ge=${key.from};${path}=lt=${key.below}`;
}

function inOrder({ key: a }: Bar, { key: b }: Bar): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "string" && typeof b === "string") {
    return a.localeCompare(b, "en", { numeric: true });
  }
  return typeof a === "object" && typeof b === "object" ? a.from - b.from : 0;
}
