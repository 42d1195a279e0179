/**
 * What one reader is told of an event: the part of the thing that changed, as far as they asked for it and may know it.
 *
 * @source spec twins 4C: S1-S3, S9, S10
 */
import { select } from "#api/twins/selection.ts";
import { writeUtc } from "#platform/utc.ts";
import type { Clearance } from "#twins/columns.ts";
import { isObject } from "#twins/leaves.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { Fields } from "./answer.ts";
import { type Path, valueAt } from "./document.ts";
import type { ThingEvent } from "./hearing.ts";
import { bodyOf, refused } from "./refusal.ts";
import { holdsRql } from "./rql-match.ts";
import type { RqlExpression } from "./rql.ts";
import { isForeign } from "./terms.ts";
import { type Thing, thingIdOf, withMeta } from "./thing.ts";

/** What a reader wants to be told. */
export interface Wish {
  /** Undefined for every thing that they may read. */
  readonly ids: ReadonlySet<Serial> | undefined;
  readonly filter: RqlExpression | undefined;
  readonly fields: Fields;
  /** What is told besides what changed. */
  readonly extra: Fields;
  /** Only what stands there; empty for the thing. */
  readonly path: Path;
  readonly clearance: Clearance;
}

/** The data of an event's frame; undefined when there is nothing for that reader in it. */
export async function dataFor(
  event: ThingEvent,
  wish: Wish,
  {
    read,
    now,
  }: { readonly read: (id: Serial) => Promise<Thing | undefined>; readonly now: Instant },
): Promise<unknown> {
  const { ids, extra, clearance } = wish;
  if (ids !== undefined && !ids.has(event.id)) return undefined;
  const changed = clearance === "clinical" ? event.changed : event.technical;
  if (extra.selection === null) return shownOf(event, wish, { changed, whole: changed, now });
  const thing = await read(event.id);
  // The stream goes on: its reader is told that this once there was nothing to add (S9).
  if (thing === undefined) return bodyOf(refused("things:thing.notfound"));
  const enriched = asObject(select(withMeta(thing), extra.selection));
  return shownOf(event, wish, { changed, whole: laidOver(enriched, changed), now });
}

/** What changed, with what was added to it, as far as it passes and is asked for. */
function shownOf(
  event: ThingEvent,
  { filter, fields, clearance, path }: Wish,
  about: { readonly changed: JsonObject; readonly whole: JsonObject; readonly now: Instant },
): unknown {
  const { changed, whole, now } = about;
  const isPassed = filter === undefined || passes(filter, { event, whole, clearance, now });
  if (!isPassed) return undefined;
  if (path.length > 0) return valueAt(whole, path);
  const isNothing = isEmpty(changed) && event.action !== "deleted";
  if (fields.selection === null) return isEmpty(whole) ? undefined : whole;
  const told = { ...whole, ...metaOf(event), _context: contextOf(event, changed) };
  return isNothing ? undefined : select(told, fields.selection);
}

function passes(
  filter: RqlExpression,
  about: { event: ThingEvent; whole: JsonObject; clearance: Clearance; now: Instant },
): boolean {
  const { event, whole, clearance, now } = about;
  if (isForeign(filter, clearance)) return false;
  const { action, path } = event;
  const topic = { "topic:action": action, "resource:path": pointerTo(path) };
  return holdsRql(filter.root, { ...whole, ...metaOf(event), ...topic }, now);
}

function metaOf(event: ThingEvent): JsonObject {
  const thingId = thingIdOf(event);
  const { revision, at } = event;
  return { thingId, policyId: thingId, _revision: revision, _modified: writeUtc(at) };
}

function contextOf(event: ThingEvent, changed: JsonObject): JsonObject {
  const { tenant, id, action, path } = event;
  const value = valueAt(changed, path);
  return {
    topic: `${tenant}/${id}/things/twin/events/${action}`,
    path: pointerTo(path),
    ...(value === undefined || action === "deleted" ? {} : { value }),
    headers: {
      "content-type": action === "merged" ? "application/merge-patch+json" : "application/json",
    },
  };
}

function pointerTo(path: Path): string {
  const names = path.map((name) => name.replaceAll("~", "~0").replaceAll("/", "~1"));
  return `/${names.join("/")}`;
}

/** As a merge, but a null that tells of a deletion stays. */
function laidOver(base: JsonObject, changed: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(changed)) {
    const held = merged[name];
    const isBoth = isObject(held) && isObject(value);
    merged[name] = isBoth ? laidOver(held, value) : value;
  }
  return merged;
}

/** What a selection left of a document is one. */
function asObject(value: unknown): JsonObject {
  const json: Json = JSON.parse(JSON.stringify(value ?? {}));
  return isObject(json) ? json : {};
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
