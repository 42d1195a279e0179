/**
 * What a bulk change does to one twin, and how that is taken back; pure.
 *
 * Taking back is exact: each leaf that the change wrote gets its former value back, or goes if it had none, together with
 * who had wished for it, why and until when. A leaf that somebody else has written since is theirs, and is left alone.
 */
import { type Author, type EditedTwin, editTwin, type TwinPatch } from "#twins/desired/edit.ts";
import { tagLimits } from "#twins/desired/patch.ts";
import type { ChangedLeaf, Twin, Wish } from "#twins/document.ts";
import { leafAt, withLeaf } from "#twins/leaves.ts";
import { type Excess, excessOf } from "#twins/limits.ts";
import { type Json, type JsonObject, type PartName, partNames } from "#wire/messages.ts";
import { type Instant, later } from "#wire/units.ts";

import { authorOf, type BulkLeaf, type BulkPlan } from "./change.ts";

/** What stood at a leaf before. */
export interface Former {
  /** Which of the change's leaves. */
  readonly leaf: number;
  /** Null for nothing. */
  readonly value: Json;
  /** Of the wish that stood there. */
  readonly author?: Author;
}

/** A twin as the change makes it, and what it was. */
export interface Applied extends EditedTwin {
  readonly former: readonly Former[];
}

/** A twin after taking back; `left` are the leaves that somebody else has written since. */
export interface TakenBack extends EditedTwin {
  readonly left: readonly number[];
}

/** The twin with the leaves of the change; the very same when all is so already. */
export function applyTo(twin: Twin, plan: BulkPlan, now: Instant): Applied {
  const former: Former[] = [];
  let patch = nothing;
  for (const [leaf, { path, value }] of plan.leaves.entries()) {
    const held = heldAt(twin, path);
    const isSame = Bun.deepEquals(held.value, value);
    if (isSame && !isToBeAskedAnew(held.wish)) continue;
    patch = withPath(patch, path, value);
    if (isSame) continue;
    former.push({ leaf, value: held.value, ...(held.wish ? { author: wisher(held.wish) } : {}) });
  }
  const author = { by: authorOf(plan), why: plan.why, deadline: later(now, plan.within) };
  return { ...editTwin(twin, patch, { author, now }), former };
}

/** The twin without what the change wrote. */
export function takeBack(
  twin: Twin,
  work: { readonly plan: BulkPlan; readonly former: readonly Former[] },
  now: Instant,
): TakenBack {
  const { plan, former } = work;
  const by = authorOf(plan);
  const ours = former.filter(({ leaf }) => isOurs(twin, plan.leaves[leaf], by));
  const left = former.filter((each) => !ours.includes(each)).map(({ leaf }) => leaf);
  const changed: ChangedLeaf[] = [];
  let edited = twin;
  // Wishes have one author an edit: those of others come back one by one.
  for (const { leaf, value, author = { by } } of ours) {
    const path = plan.leaves[leaf]?.path ?? "";
    const step = editTwin(edited, withPath(nothing, path, value), { author, now });
    edited = step.twin;
    changed.push(...step.changed);
  }
  return { twin: edited, changed, left };
}

/** What a twin would grow beyond by an edit, if anything. */
export function excessOfEdited(before: Twin, after: Twin): Excess | undefined {
  if (Object.keys(after.tags).length > tagLimits.tags) return "too_many_leaves";
  for (const name of partNames) {
    const part = after.parts[name];
    if (part === undefined || part === before.parts[name]) continue;
    const excess = excessOf(after, name, part);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

/** What stands at a leaf: its value (null: nothing) and the wish behind it. */
export function heldAt(
  twin: Twin,
  path: string,
): { readonly value: Json; readonly wish: Wish | undefined } {
  const place = placeOf(path);
  if (place.part === null) return { value: twin.tags[place.path] ?? null, wish: undefined };
  const part = twin.parts[place.part];
  if (part === undefined) return { value: null, wish: undefined };
  return { value: leafAt(part.desired, place.path) ?? null, wish: part.wishes[place.path] };
}

/** The part of a desired leaf and the path in it, or a tag's name and no part. */
function placeOf(path: string): { readonly part: PartName | null; readonly path: string } {
  const [head, ...rest] = path.split("/");
  if (head === "tags") return { part: null, path: rest.join("/") };
  const part = partNames.find((name) => name === rest[0]) ?? null;
  return { part, path: rest.slice(1).join("/") };
}

const nothing: TwinPatch = { desired: {} };

function withPath(patch: TwinPatch, path: string, value: Json): TwinPatch {
  const place = placeOf(path);
  if (place.part === null) return { ...patch, tags: { ...patch.tags, [place.path]: value } };
  const held: JsonObject = patch.desired[place.part] ?? {};
  const part = withLeaf(held, place.path.split("/"), value);
  return { ...patch, desired: { ...patch.desired, [place.part]: part } };
}

function isOurs(twin: Twin, leaf: BulkLeaf | undefined, by: string): boolean {
  if (leaf === undefined) return false;
  const { value, wish } = heldAt(twin, leaf.path);
  return Bun.deepEquals(value, leaf.value) && (wish === undefined || wish.by === by);
}

function isToBeAskedAnew(wish: Wish | undefined): boolean {
  return wish?.state === "rejected" || wish?.state === "expired";
}

function wisher({ by, why, deadline, escalate }: Wish): Author {
  return {
    by,
    ...(why === undefined ? {} : { why }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(escalate === undefined ? {} : { escalate }),
  };
}
