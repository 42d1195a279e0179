/**
 * What people and jobs do to a twin: tags, and what a device should be. Pure; who may do it is judged elsewhere.
 *
 * A leaf wished for gets a new wish when its value is another one, when it comes with another deadline or escalation,
 * and when the former wish was rejected or has expired: then it is asked anew. Anything else changes nothing.
 */
import type { ChangedLeaf, Part, Twin, Wish } from "#twins/document.ts";
import { emptyPart, leafAt, leavesOf } from "#twins/leaves.ts";
import { mergePatch } from "#twins/merge-patch.ts";
import { type JsonObject, type PartName, partNames } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { judgeWish, tellingsOf } from "./judgement.ts";

/** A merge patch of everything that people may write; null takes all tags, or everything desired of a part, away. */
export interface TwinPatch {
  readonly tags?: JsonObject | null;
  /** What is desired, by part. */
  readonly desired: Readonly<Partial<Record<PartName, JsonObject | null>>>;
}

/** Who wishes, why, and until when. */
export type Author = Pick<Wish, "by" | "why" | "deadline" | "escalate">;

/** A twin after an edit; the very same when nothing changed. */
export interface EditedTwin {
  readonly twin: Twin;
  readonly changed: readonly ChangedLeaf[];
}

/** The twin with the patch merged into it. */
export function editTwin(
  twin: Twin,
  patch: TwinPatch,
  { author, now }: { author: Author; now: Instant },
): EditedTwin {
  const changed: ChangedLeaf[] = [];
  const tags = patch.tags === undefined ? twin.tags : merged(twin.tags, patch.tags);
  const retagged = tags === twin.tags ? [] : changedTags(twin.tags, tags, now);
  changed.push(...retagged);
  const parts: Partial<Record<PartName, Part>> = {};
  for (const name of partNames) {
    const wanted = patch.desired[name];
    if (wanted === undefined) continue;
    const edited = editPart(twin.parts[name] ?? emptyPart, wanted, {
      name,
      now,
      author,
      v: twin.desiredV + 1,
    });
    if (edited.changed.length === 0) continue;
    parts[name] = edited.part;
    changed.push(...edited.changed);
  }
  if (changed.length === 0) return { twin, changed };
  return {
    twin: {
      ...twin,
      tags: retagged.length > 0 ? tags : twin.tags,
      desiredV: changed.length > retagged.length ? twin.desiredV + 1 : twin.desiredV,
      parts: { ...twin.parts, ...parts },
    },
    changed,
  };
}

function merged(target: JsonObject, patch: JsonObject | null): JsonObject {
  return patch === null ? {} : mergePatch(target, patch);
}

function changedTags(before: JsonObject, after: JsonObject, t: Instant): ChangedLeaf[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !Bun.deepEquals(before[name], after[name]))
    .map((name) => ({ path: `tags/${name}`, value: after[name] ?? null, t }));
}

/** How a part is edited. */
interface Editing {
  readonly name: PartName;
  readonly now: Instant;
  readonly author: Author;
  /** Of wishes made now. */
  readonly v: number;
}

function editPart(
  part: Part,
  patch: JsonObject | null,
  editing: Editing,
): { readonly part: Part; readonly changed: readonly ChangedLeaf[] } {
  const { name, now: t } = editing;
  const desired = merged(part.desired, patch);
  const asked = new Set([...leavesOf(patch ?? {})].map(({ path }) => path));
  const wishes: Record<string, Wish> = {};
  const changed: ChangedLeaf[] = [];
  for (const { path, value } of leavesOf(desired)) {
    const held = part.wishes[path];
    const isSame = held !== undefined && Bun.deepEquals(leafAt(part.desired, path), value);
    if (isSame && !(asked.has(path) && asksAnew(held, editing.author))) {
      wishes[path] = held;
      continue;
    }
    const wish = judgeWish(newWish(editing), { wanted: value, part, path, now: t });
    wishes[path] = wish;
    if (!isSame) changed.push({ path: `desired/${name}/${path}`, value, t });
    changed.push(...tellingsOf(`${name}/${path}`, wish));
  }
  for (const path in part.wishes) {
    if (wishes[path] !== undefined) continue;
    changed.push({ path: `desired/${name}/${path}`, value: null, t });
    changed.push({ path: `sync/${name}/${path}`, value: null, t });
  }
  return { part: { ...part, desired, wishes }, changed };
}

function newWish({ v, now, author }: Editing): Wish {
  return { v, state: "pending", at: now, setAt: now, ...author };
}

function asksAnew({ state, deadline, escalate }: Wish, author: Author): boolean {
  if (state === "rejected" || state === "expired") return true;
  const isLater = author.deadline !== undefined && author.deadline !== deadline;
  return isLater || (author.escalate === true && escalate !== true);
}
