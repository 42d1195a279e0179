/**
 * What has become of each wish: a function of the device's best word on it, the reported leaf, the deadline and the clock.
 *
 * No step of a machine, so answers and reports may come in any order, and twice (docs/decisions/0005).
 */
import type { ChangedLeaf, Part, Twin, Wish, WishAnswer, WishState } from "#twins/document.ts";
import { compareStamps, leafAt } from "#twins/leaves.ts";
import { type Json, type PartName, partNames } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

/** A twin whose wishes have been judged, and the leaves under `sync` and `escalation` that this moved. */
export interface JudgedWishes {
  readonly twin: Twin;
  readonly changed: readonly ChangedLeaf[];
}

/** When a twin is looked at: the clock, or null where only what was said counts. */
type Clocked = Instant | null;

/** The twin with its wishes judged at `now`; the very same when none moves. Parts that `known` has too are skipped. */
export function judgeWishes(twin: Twin, now: Clocked, known?: Twin): JudgedWishes {
  const parts: Partial<Record<PartName, Part>> = {};
  const changed: ChangedLeaf[] = [];
  for (const name of partNames) {
    const part = twin.parts[name];
    if (part === undefined || part === known?.parts[name]) continue;
    const wishes = judgedIn(part, now);
    if (wishes === undefined) continue;
    parts[name] = { ...part, wishes: { ...part.wishes, ...wishes } };
    for (const path in wishes) {
      const wish = wishes[path];
      if (wish !== undefined) changed.push(...tellingsOf(`${name}/${path}`, wish));
    }
  }
  if (changed.length === 0) return { twin, changed };
  return { twin: { ...twin, parts: { ...twin.parts, ...parts } }, changed };
}

/** What a new state of a wish is told as. */
export function tellingsOf(path: string, { state, at, escalate }: Wish): ChangedLeaf[] {
  const telling = { path: `sync/${path}`, value: state, t: at };
  const isGrave = state === "rejected" || state === "expired";
  if (escalate !== true || !isGrave) return [telling];
  return [telling, { path: `escalation/${path}`, value: state, t: at }];
}

/** The next deadline that the clock must be watched for; null when none is. */
export function wishDueAt(twin: Twin, now: Instant): Instant | null {
  let next: Instant | null = null;
  for (const name of partNames) {
    for (const { state, deadline } of Object.values(twin.parts[name]?.wishes ?? {})) {
      if (deadline === undefined || deadline <= now || !isOpen(state)) continue;
      if (next === null || deadline < next) next = deadline;
    }
  }
  return next;
}

/** The wish with what a device said of it, when that outweighs what it said before; the very same otherwise. */
export function heard(wish: Wish, answer: WishAnswer, code?: string): Wish {
  const { told } = wish;
  if (told !== undefined && outweighs(told, answer) >= 0) return wish;
  const { code: _, ...rest } = wish;
  return { ...rest, told: answer, ...(code === undefined ? {} : { code }) };
}

/** The wish as it stands at `now`; the very same when its state holds. */
export function judgeWish(
  wish: Wish,
  { wanted, part, path, now }: { wanted: Json; part: Part; path: string; now: Clocked },
): Wish {
  const isSo = Bun.deepEquals(leafAt(part.reported, path), wanted);
  const state = isSo ? "applied" : unfulfilled(wish, now);
  if (state === wish.state) return wish;
  const since = isSo ? (part.meta[path]?.t ?? wish.setAt) : sinceOf(wish, state);
  return { ...wish, state, at: Instant(Math.max(wish.setAt, since)) };
}

function judgedIn(part: Part, now: Clocked): Record<string, Wish> | undefined {
  let moved: Record<string, Wish> | undefined;
  for (const path in part.wishes) {
    const wish = part.wishes[path];
    const wanted = leafAt(part.desired, path);
    if (wish === undefined || wanted === undefined) continue;
    const judged = judgeWish(wish, { wanted, part, path, now });
    if (judged !== wish) (moved ??= {})[path] = judged;
  }
  return moved;
}

function unfulfilled({ state, told, deadline }: Wish, now: Clocked): WishState {
  if (told?.said === "rejected") return "rejected";
  // What was judged by the clock stays so until the clock is asked again.
  const isOver = now === null ? state === "expired" : deadline !== undefined && deadline <= now;
  if (isOver) return "expired";
  return told === undefined ? "pending" : "delivered";
}

function sinceOf({ setAt, told, deadline }: Wish, state: WishState): number {
  if (state === "expired") return deadline ?? setAt;
  return told?.t ?? setAt;
}

function isOpen(state: WishState): boolean {
  return state === "pending" || state === "delivered";
}

/** Positive when the first counts for more: a result more than a mere `accepted`, then the newer. */
function outweighs(a: WishAnswer, b: WishAnswer): number {
  const weight = ({ said }: WishAnswer): number => (said === "accepted" ? 0 : 1);
  return weight(a) - weight(b) || compareStamps(a, b);
}
