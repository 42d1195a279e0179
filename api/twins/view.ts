/**
 * A twin as one may see it: the shape of `TwinView`, with the age, quality and staleness of every leaf.
 */
import type { Clearance } from "#twins/columns.ts";
import { deltaOf, syncOf } from "#twins/desired/derived.ts";
import type { LeafMeta, LeafQuality, Part, Twin, Wish } from "#twins/document.ts";
import { cadenceOf, isStale } from "#twins/freshness.ts";
import { leafAt } from "#twins/leaves.ts";
import { redacted } from "#twins/redaction.ts";
import { cadence } from "#wire/cadence.ts";
import { type Json, partNames } from "#wire/messages.ts";
import { between, Instant } from "#wire/units.ts";

import type { Leaf, PartView, TwinView, WishView } from "./contract.ts";

/** What a twin is told with when asked to. */
export const inclusions = ["meta", "sync", "delta"] as const;
export type Inclusion = (typeof inclusions)[number];

/** For whom, when, and with what. */
interface Viewer {
  readonly now: Instant;
  readonly clearance: Clearance;
  readonly include?: ReadonlySet<Inclusion>;
  /** How long ago something was; by `now` unless told. */
  readonly age?: (since: Instant) => number;
}

/** Below this quality, as the device judges it, a value is `poor` (ours). */
const poorBelow = 50;

/** The twin at `now`; without vital signs, and without whom to tell, unless the clearance is clinical. */
export function viewTwin(whole: Twin, viewer: Viewer): TwinView {
  const { now, clearance, include, age = (since) => between(since, now) } = viewer;
  const twin = redacted(whole, clearance);
  const { id, tenant, kind, rev, createdAt, modifiedAt, identity, tags, desiredV, links } = twin;
  const { expectEvery, ...presence } = twin.presence;
  const { heardAt } = presence;
  const parts: Record<string, PartView> = {};
  for (const name of partNames) {
    const part = twin.parts[name];
    if (part !== undefined) parts[name] = viewPart(part, { kind, now, age, under: name });
  }
  return {
    id,
    tenant,
    kind,
    rev,
    at: age(epoch),
    createdAt,
    modifiedAt,
    identity: { ...identity },
    links: { ...links },
    presence: {
      ...presence,
      expectEveryMs: expectEvery,
      heardAgeMs: heardAt === null ? null : age(heardAt),
    },
    tags: { ...tags },
    desiredV,
    parts,
    ...(include?.has("delta") === true ? { delta: viewDelta(twin) } : {}),
    ...(include?.has("sync") === true ? { sync: viewSync(twin) } : {}),
    ...(include?.has("meta") === true ? { meta: leavesOfAll(parts) } : {}),
  };
}

function viewDelta(twin: Twin): NonNullable<TwinView["delta"]> {
  return Object.fromEntries(
    Object.entries(deltaOf(twin)).map(([name, part]) => [name, { ...part }]),
  );
}

function viewSync(twin: Twin): NonNullable<TwinView["sync"]> {
  const wishes = Object.entries(syncOf(twin));
  return Object.fromEntries(wishes.map(([path, wish]) => [path, viewWish(wish)]));
}

function viewWish({ state, at, v, setAt, by, why, deadline, escalate, code }: Wish): WishView {
  return {
    state,
    since: at,
    v,
    setAt,
    by,
    why: why ?? null,
    deadline: deadline ?? null,
    escalate: escalate ?? false,
    code: (state === "rejected" ? code : undefined) ?? null,
  };
}

function leavesOfAll(parts: Readonly<Record<string, PartView>>): Record<string, Leaf> {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, { leaves }]) =>
      Object.entries(leaves).map(([path, leaf]) => [`${name}/${path}`, leaf] as const),
    ),
  );
}

/** An instant is how long ago this was. */
const epoch = Instant(0);

interface Place {
  readonly kind: Twin["kind"];
  readonly now: Instant;
  readonly age: (since: Instant) => number;
  readonly under: string;
}

function viewPart({ v, reported, desired, meta }: Part, place: Place): PartView {
  const leaves: Record<string, Leaf> = {};
  for (const [path, known] of Object.entries(meta)) {
    if (known.gone === true) continue;
    leaves[path] = viewLeaf(leafAt(reported, path) ?? null, known, {
      ...place,
      under: `${place.under}/${path}`,
    });
  }
  return { v, reported: { ...reported }, desired: { ...desired }, leaves };
}

function viewLeaf(value: Json, meta: LeafMeta, { kind, now, age, under: path }: Place): Leaf {
  const { t, r, src: source, q } = meta;
  const every = cadenceOf({ kind, path });
  return {
    value,
    t,
    r,
    source,
    ageMs: age(Instant(t)),
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
