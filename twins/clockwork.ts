/** What the clock alone does to a twin: its presence moves, and its wishes expire. */
import type { PresenceRules } from "#wire/presence-rules.ts";
import type { Instant } from "#wire/units.ts";

import { judgeWishes, wishDueAt } from "./desired/judgement.ts";
import type { ChangedLeaf, Twin } from "./document.ts";
import { dueAt, judge, type Sight } from "./presence.ts";

/** The twin as it stands at `now`, and what that changes; the very same twin when nothing does. */
export function judgeByClock(
  sight: Sight,
  now: Instant,
  rules?: PresenceRules,
): { readonly twin: Twin; readonly changed: readonly ChangedLeaf[] } {
  const present = judge(sight, now, rules);
  const { twin, changed } = judgeWishes(present.twin, now);
  return { twin, changed: [...present.changed, ...changed] };
}

/** When the clock alone will next do something to a twin; null while only a message or a person can. */
export function nextLook(twin: Twin, now: Instant, rules?: PresenceRules): Instant | null {
  if (twin.retiredAt !== null) return null;
  const [presence, wishes] = [dueAt(twin, now, rules), wishDueAt(twin, now)];
  if (presence === null || wishes === null) return presence ?? wishes;
  return presence < wishes ? presence : wishes;
}
