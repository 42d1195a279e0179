/**
 * What history knows of a twin at one moment: its remembered leaves by path, as changes write them.
 *
 * Flat, so that a change is one assignment. Besides the leaves of changes it holds `createdAt` and `retiredAt`.
 */
import type { ChangedLeaf, Part, Twin } from "#twins/document.ts";
import { isObject, leavesOf } from "#twins/leaves.ts";
import { type Json, type JsonObject, type PartName, partNames } from "#wire/messages.ts";

import { isRemembered } from "./policy.ts";

/** A value, and when it came to be so, by the clock of whoever said it. */
export type PastLeaf = readonly [value: Json, t: number];

/** Leaves by path; never null. */
export type PastState = Readonly<Record<string, PastLeaf>>;

/** The state once these leaves are changed; null takes a leaf away. */
export function withLeaves(state: PastState, leaves: readonly ChangedLeaf[]): PastState {
  const next: Record<string, PastLeaf> = { ...state };
  for (const { path, value, t } of leaves) {
    if (value === null) delete next[path];
    else next[path] = [value, t];
  }
  return next;
}

/** The leaves among `changed` that history keeps and that say something new, each once, as it was last told. */
export function newsIn(state: PastState, changed: readonly ChangedLeaf[]): ChangedLeaf[] {
  const latest = new Map(changed.map((leaf) => [leaf.path, leaf]));
  return [...latest.values()].filter(({ path, value }) => {
    if (!isRemembered(path)) return false;
    const [held = null] = state[path] ?? [];
    return !Bun.deepEquals(held, value);
  });
}

/** All that history keeps of a twin as it stands. */
export function stateOf(twin: Twin): PastState {
  const leaves = [...everyLeaf(twin)].filter(({ path }) => isRemembered(path));
  return withLeaves({}, leaves);
}

/** As JSON, with times told from `at`. */
export function encodeState(state: PastState, at: number): JsonObject {
  const leaves = Object.entries(state);
  return Object.fromEntries(leaves.map(([path, [value, t]]) => [path, [value, at - t]]));
}

/** The state that {@link encodeState} wrote; undefined for anything else. */
export function decodeState(json: Json, at: number): PastState | undefined {
  if (!isObject(json)) return undefined;
  const state: Record<string, PastLeaf> = {};
  for (const path in json) {
    const leaf = json[path];
    if (!Array.isArray(leaf)) return undefined;
    const [value, lag]: Json[] = leaf;
    if (value === undefined || typeof lag !== "number") return undefined;
    state[path] = [value, at - lag];
  }
  return state;
}

function* everyLeaf(twin: Twin): Iterable<ChangedLeaf> {
  const { createdAt, modifiedAt, retiredAt, identity, links, presence, tags } = twin;
  yield { path: "createdAt", value: createdAt, t: createdAt };
  yield { path: "retiredAt", value: retiredAt, t: retiredAt ?? modifiedAt };
  for (const name of ["box", "assignment"] as const) {
    yield { path: `links/${name}`, value: links[name], t: modifiedAt };
  }
  for (const name of ["state", "cause", "concern", "since"] as const) {
    yield { path: `presence/${name}`, value: presence[name], t: presence.since };
  }
  for (const { path, value } of leavesOf(identity)) {
    yield { path: `identity/${path}`, value, t: modifiedAt };
  }
  for (const [name, value] of Object.entries(tags)) {
    yield { path: `tags/${name}`, value, t: modifiedAt };
  }
  yield* leavesOfParts(twin);
}

function* leavesOfParts({ parts, modifiedAt }: Twin): Iterable<ChangedLeaf> {
  for (const name of partNames) {
    const part = parts[name];
    if (part !== undefined) yield* leavesOfPart(part, name, modifiedAt);
  }
}

function* leavesOfPart(
  { reported, desired, wishes, meta }: Part,
  name: PartName,
  unknown: number,
): Iterable<ChangedLeaf> {
  for (const { path, value } of leavesOf(reported)) {
    yield { path: `${name}/${path}`, value, t: meta[path]?.t ?? unknown };
  }
  for (const { path, value } of leavesOf(desired)) {
    yield { path: `desired/${name}/${path}`, value, t: wishes[path]?.setAt ?? unknown };
  }
  for (const [path, { state, at }] of Object.entries(wishes)) {
    yield { path: `sync/${name}/${path}`, value: state, t: at };
  }
}
