/**
 * Writing to a twin that others write to as well: nothing of theirs is overwritten unseen.
 *
 * The API guards the whole twin by its revision, which every reading raises. What counts for a person is what people
 * wrote: when none of that has changed since they looked, the write is simply sent again.
 */
import type { TwinView, WishView } from "#api/twins/contract.ts";

import { type Answer, get, type Problem, send } from "../client.ts";

/** Something that somebody else wrote meanwhile; undefined is nothing. */
export interface Difference {
  /** `config/profile`, `tags/lot`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  /** The wish that stands there now. */
  readonly wish: WishView | undefined;
}

/** What became of a write. */
export type Written =
  | { readonly kind: "ok" }
  | Problem
  | {
      readonly kind: "overtaken";
      readonly twin: TwinView;
      readonly differences: readonly Difference[];
    };

/** A merge patch, with why, until when, and whether somebody is told when it does not happen. */
export interface Patch {
  readonly body: unknown;
  readonly reason?: string;
  /** How long there is, as an ISO duration; none when empty. */
  readonly deadline?: string;
  readonly escalate?: boolean;
}

/** Readings may come in between, several times over. */
const triesMost = 5;
const preconditionFailed = 412;

/** Where one twin is asked for, with all that its page shows. */
export function twinPath(serial: string): string {
  return `/v1/twins/${encodeURIComponent(serial)}?include=sync`;
}

/** Writes to the twin as `seen`, unless somebody wrote meanwhile. */
export async function patchTwin(seen: TwinView, patch: Patch): Promise<Written> {
  let { rev } = seen;
  for (let tries = 1; ; tries++) {
    const answer = await sendPatch(seen.id, rev, patch);
    if (answer.kind === "ok") return { kind: "ok" };
    if (answer.status !== preconditionFailed || tries === triesMost) return answer;
    const now = await get<TwinView>(twinPath(seen.id));
    if (now.kind === "problem") return now;
    const differences = differencesBetween(seen, now.body);
    if (differences.length > 0) return { kind: "overtaken", twin: now.body, differences };
    ({ rev } = now.body);
  }
}

function sendPatch(id: string, rev: number, patch: Patch): Promise<Answer<unknown>> {
  const query = new URLSearchParams();
  const { reason = "", deadline = "", escalate = false } = patch;
  if (reason !== "") query.set("reason", reason);
  if (deadline !== "") query.set("deadline", deadline);
  if (escalate) query.set("escalate", "true");
  return send({
    method: "PATCH",
    path: `/v1/twins/${encodeURIComponent(id)}?${query}`,
    type: "application/merge-patch+json",
    body: patch.body,
    headers: { "if-match": `"${rev}"` },
  });
}

/** What people have wished for and tagged, that differs. */
export function differencesBetween(before: TwinView, after: TwinView): readonly Difference[] {
  const [old, young] = [writtenIn(before), writtenIn(after)];
  return [...new Set([...old.keys(), ...young.keys()])].toSorted().flatMap((path) => {
    const pair = { before: old.get(path), after: young.get(path) };
    const isSame = JSON.stringify(pair.before) === JSON.stringify(pair.after);
    return isSame ? [] : [{ path, ...pair, wish: after.sync?.[path] }];
  });
}

function writtenIn({ tags, parts, sync = {} }: TwinView): ReadonlyMap<string, unknown> {
  return new Map([
    ...Object.entries(tags).map(([name, value]) => [`tags/${name}`, value] as const),
    ...Object.keys(sync).map((path) => [path, desiredAt(parts, path)] as const),
  ]);
}

/** What is desired of a leaf, by its path from the part down. */
export function desiredAt(parts: TwinView["parts"], path: string): unknown {
  const [part = "", ...names] = path.split("/");
  return names.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined,
    parts[part]?.desired,
  );
}

/** The patch that sets one leaf's wish; null withdraws it. */
export function wishBody(path: string, value: unknown): unknown {
  const [part = "", ...names] = path.split("/");
  const desired = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return { parts: { [part]: { desired } } };
}
