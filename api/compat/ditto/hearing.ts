/**
 * What happens to things, for all who listen through the Ditto face in this process: what was done through the face, as it
 * was done; whatever else moved a twin, as a merge of what changed. The streams are followed while anybody listens.
 */
import { parseChange } from "#twins/changes.ts";
import type { Change } from "#twins/document.ts";
import { isObject } from "#twins/leaves.ts";
import { isTechnical } from "#twins/model.ts";
import { type FollowerDeps, followStreams } from "#twins/stream-follower.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { type Path, placed, valueAt, withoutValue, withValue } from "./document.ts";
import { placeOfLeaf } from "./past.ts";
import { type MessageTidings, parseTidings, type ThingTidings } from "./tidings.ts";

/** Something that happened to a thing. */
export interface ThingEvent {
  readonly kind: "thing";
  readonly id: Serial;
  readonly tenant: Tenant;
  readonly action: ThingTidings["action"];
  readonly path: Path;
  /** What was written there; null for what was deleted. */
  readonly value: Json;
  /** The thing as far as it changed, and as far as anybody may know. */
  readonly changed: JsonObject;
  /** The same without what a clinical right is needed for. */
  readonly technical: JsonObject;
  /** Of the thing where it is known, else of its twin. */
  readonly revision: number;
  readonly at: Instant;
}

/** That, or a message to or from a thing. */
export type Heard = ThingEvent | MessageTidings;

/** Those who listen. */
export interface Hearing {
  /** Resolves once nothing more is missed; `stop` ends it. */
  readonly listen: (tell: (heard: Heard) => void) => Promise<{ readonly stop: () => void }>;
  readonly close: () => void;
}

/** Nobody listens yet. */
export function createHearing(deps: FollowerDeps): Hearing {
  const listeners = new Set<(heard: Heard) => void>();
  let following: { readonly ready: Promise<unknown>; readonly stop: () => void } | undefined;
  const tell = (heard: Heard | undefined): void => {
    if (heard !== undefined) for (const each of listeners) each(heard);
  };
  const stopFollowing = (): void => {
    following?.stop();
    following = undefined;
  };
  return {
    listen: async (listener) => {
      listeners.add(listener);
      following ??= follow(deps, tell);
      await following.ready;
      const stop = (): void => {
        listeners.delete(listener);
        if (listeners.size === 0) stopFollowing();
      };
      return { stop };
    },
    close: stopFollowing,
  };
}

function follow(
  deps: FollowerDeps,
  tell: (heard: Heard | undefined) => void,
): { readonly ready: Promise<unknown>; readonly stop: () => void } {
  const { keys } = deps;
  const all = [
    { what: "tidings of things", of: (q: number) => keys.tidings(q), read: heardOfTidings },
    { what: "changes of things", of: (q: number) => keys.changes(q), read: heardOfChange },
  ].map(({ what, of, read }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const entry = (fields: Readonly<Record<string, string>>): void => tell(read(fields));
    return { ready: promise, stop: followStreams(deps, { what, of, entry, lose: resolve }) };
  });
  return {
    ready: Promise.all(all.map(({ ready }) => ready)),
    stop: () => {
      for (const { stop } of all) stop();
    },
  };
}

function heardOfTidings(fields: Readonly<Record<string, string>>): Heard | undefined {
  const tidings = parseTidings(fields);
  if (tidings?.kind !== "thing") return tidings;
  const { path, value, at } = tidings;
  const whole = path.length === 0 && tidings.action === "deleted" ? {} : placed(path, value);
  return eventOf({ ...tidings, at: Instant(at) }, isObject(whole) ? whole : {});
}

/** What the face did itself is told by its tidings. */
function heardOfChange(fields: Readonly<Record<string, string>>): Heard | undefined {
  const change = parseChange(fields);
  if (change === undefined || change.by?.startsWith("ditto:") === true) return undefined;
  return eventOfChange(change);
}

/** The event that a change of a twin is; undefined for what things do not tell. */
export function eventOfChange(change: Change): ThingEvent | undefined {
  const { id, tenant, rev: revision, at, kind } = change;
  let changed: JsonObject = {};
  for (const { path, value } of change.changed) {
    const place = placeOfLeaf(path);
    if (place !== undefined) changed = withValue(changed, place, value);
  }
  if (kind === "changed" && Object.keys(changed).length === 0) return undefined;
  const action = kind === "changed" ? "merged" : kind === "created" ? "created" : "deleted";
  return eventOf({ id, tenant, action, path: [], value: changed, revision, at }, changed);
}

function eventOf(
  about: Omit<ThingEvent, "kind" | "changed" | "technical">,
  changed: JsonObject,
): ThingEvent {
  return { ...about, kind: "thing", changed, technical: withoutClinical(changed) };
}

/** A changed thing without vital signs, and without whom to tell (S10). */
function withoutClinical(changed: JsonObject): JsonObject {
  let shown = withoutValue(changed, ["features", "vitals"]);
  for (const half of ["properties", "desiredProperties"]) {
    const config = valueAt(shown, ["features", "config", half]);
    for (const leaf of isObject(config) ? Object.keys(config) : []) {
      if (isTechnical(`config/${leaf}`)) continue;
      shown = withoutValue(shown, ["features", "config", half, leaf]);
    }
  }
  return shown;
}
