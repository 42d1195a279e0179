/**
 * Which columns can be told of the past: what history never kept cannot, and what retention has let go no longer.
 */
import { type Column, columns } from "#twins/columns.ts";
import type { Judged } from "#twins/filter.ts";
import { leafOf } from "#twins/twin-row.ts";
import type { Instant } from "#wire/units.ts";

import { classOf, isRemembered, keptFrom } from "./policy.ts";

/** What history can say of a column at a time. */
export type Knowledge = "known" | "trimmed" | "never";

/** Whether a column can be told as of `at`; what retention may have taken out by `now` cannot. */
export function knowledgeOf(column: Column, at: Instant, now: Instant): Knowledge {
  if (always.has(column.name)) return "known";
  const leaf = leafOf(columns[column.at]?.name ?? column.name);
  if (never.has(leaf) || !isRemembered(leaf)) return "never";
  return at < keptFrom(classOf(leaf), now) ? "trimmed" : "known";
}

/** Every column that a filter asks for. */
export function* columnsOf(filter: Judged | undefined): Iterable<Column> {
  if (filter?.kind === "condition") yield filter.column;
  else for (const part of filter?.of ?? []) yield* columnsOf(part);
}

const always: ReadonlySet<string> = new Set(["id", "kind", "rev", "createdAt", "modifiedAt"]);
/** What follows from vital signs and heartbeats. */
const never: ReadonlySet<string> = new Set(["lastSeen", "readingAt"]);
