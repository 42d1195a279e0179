/**
 * A twin as one may see it: the shape of `TwinView`, with the age, quality and staleness of every leaf.
 */
import type { Clearance } from "#twins/columns.ts";
import type { LeafMeta, LeafQuality, Part, Twin } from "#twins/document.ts";
import { cadenceOf, isStale } from "#twins/freshness.ts";
import { isObject } from "#twins/leaves.ts";
import { cadence } from "#wire/cadence.ts";
import { type Json, type JsonObject, partNames } from "#wire/messages.ts";
import { between, type Instant } from "#wire/units.ts";

import type { Leaf, PartView, TwinView } from "./contract.ts";

/** For whom, and when. */
interface Viewer {
  readonly now: Instant;
  readonly clearance: Clearance;
}

/** Below this quality, as the device judges it, a value is `poor` (ours). */
const poorBelow = 50;

/** The twin at `now`; without vital signs unless the clearance is clinical. */
export function viewTwin(twin: Twin, viewer: Viewer): TwinView {
  const { id, tenant, kind, rev, createdAt, modifiedAt, identity, links } = twin;
  const { state, cause, concern, since, heardAt, expectEvery } = twin.presence;
  const parts: Record<string, PartView> = {};
  for (const name of partNames) {
    const part = twin.parts[name];
    if (part === undefined || (name === "vitals" && viewer.clearance !== "clinical")) continue;
    parts[name] = viewPart(part, { kind, now: viewer.now, under: name });
  }
  return {
    id,
    tenant,
    kind,
    rev,
    at: viewer.now,
    createdAt,
    modifiedAt,
    identity: { ...identity },
    links: { ...links },
    presence: {
      state,
      cause,
      concern,
      since,
      heardAt,
      expectEveryMs: expectEvery,
      heardAgeMs: heardAt === null ? null : between(heardAt, viewer.now),
    },
    parts,
  };
}

interface Place {
  readonly kind: Twin["kind"];
  readonly now: Instant;
  readonly under: string;
}

function viewPart({ v, reported, desired, meta }: Part, place: Place): PartView {
  const leaves: Record<string, Leaf> = {};
  for (const [path, known] of Object.entries(meta)) {
    if (known.gone === true) continue;
    leaves[path] = viewLeaf(valueAt(reported, path), known, {
      ...place,
      under: `${place.under}/${path}`,
    });
  }
  return { v, reported: { ...reported }, desired: { ...desired }, leaves };
}

function viewLeaf(value: Json, meta: LeafMeta, { kind, now, under: path }: Place): Leaf {
  const { t, r, src: source, q } = meta;
  const every = cadenceOf({ kind, path });
  return {
    value,
    t,
    r,
    source,
    ageMs: Math.max(0, now - t),
    quality: qualityOf(meta),
    qualityPercent: q ?? null,
    stale: isStale({ kind, path, t }, now),
    staleAt: every === null ? null : t + 2 * every,
  };
}

function qualityOf({ t, r, q }: LeafMeta): LeafQuality {
  if (q !== undefined && q < poorBelow) return "poor";
  return r - t > cadence.presence.backlog ? "late" : "good";
}

function valueAt(object: JsonObject, path: string): Json {
  let value: Json = object;
  for (const name of path.split("/")) value = isObject(value) ? (value[name] ?? null) : null;
  return value;
}
