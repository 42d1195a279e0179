/**
 * What the history of a twin keeps, and for how long: the one policy.
 *
 * Vital signs never enter it (they belong to `clinical/`), nor does what names people: a chain that nobody may rewrite is
 * no place for either. What a heartbeat moves (`presence/heardAt`), what follows from other leaves (`presence/expectEvery`)
 * and what is told rather than held (`commands`, `escalation`) stays out too.
 * @source issue 4, item 8; DESIGN twins (least privilege)
 */
import { isTechnical } from "#twins/model.ts";
import { Hours, Instant } from "#wire/units.ts";

/** How long a leaf is remembered. */
export const leafClasses = ["technical", "lasting"] as const;
export type LeafClass = (typeof leafClasses)[number];

/** Days that a record is kept for its longest-kept leaf. */
export const keptDays: Readonly<Record<LeafClass, number>> = { technical: 90, lasting: 730 };

/** The first moment of which records of a class are kept. */
export function keptFrom(name: LeafClass, now: Instant): Instant {
  return Instant(Math.max(0, now - Hours(24 * keptDays[name])));
}

/** Whose changes are kept for years: firmware, who had it, what was wanted of it and by whom, what it was filed under. */
const lasting: ReadonlySet<string> = new Set([
  "firmware",
  "identity",
  "links",
  "desired",
  "sync",
  "tags",
  "createdAt",
  "retiredAt",
]);
const noise: ReadonlySet<string> = new Set(["presence/heardAt", "presence/expectEvery"]);
const told: ReadonlySet<string> = new Set(["commands", "escalation"]);

/** Whether changes of this leaf are history; `path` as changes write it. */
export function isRemembered(path: string): boolean {
  return isTechnical(path) && !noise.has(path) && !told.has(headOf(path));
}

/** How long changes of this leaf are remembered. */
export function classOf(path: string): LeafClass {
  return lasting.has(headOf(path)) ? "lasting" : "technical";
}

/** The part that a leaf is of: `config` for `config/profile`, `desired/config/profile` and `sync/config/profile`. */
export function partOf(path: string): string {
  const [head = "", part = ""] = path.split("/");
  return head === "desired" || head === "sync" ? part : head;
}

function headOf(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}
