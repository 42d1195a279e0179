/**
 * fold(twin, entry) → twin: the whole of what a message does to what we believe of a device.
 *
 * Pure, blind to order, and idempotent: shuffled and repeated entries give the same twin (TW-04). `rev` and the parts'
 * `v` count commits, not entries, so they are the store's to raise; `presence` depends on the clock and is told from
 * `fact` by `presence.ts`.
 */
import { assert } from "#platform/assert.ts";
import type { PresenceFact, StreamEntry } from "#wire/entry.ts";
import { isBox } from "#wire/identity.ts";
import {
  type EntryChannel,
  type EventKind,
  type Json,
  type PartName,
  partNames,
} from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { parseFact, parseHappening, parsePack, parseReport, type SeenPack } from "./bodies.ts";
import { hearAnswer } from "./desired/answer.ts";
import { judgeWishes } from "./desired/judgement.ts";
import type { ChangedLeaf, LeafMeta, Part, Twin } from "./document.ts";
import { expectedEvery } from "./freshness.ts";
import { emptyPart, isObject, leavesOf, writeLeaf } from "./leaves.ts";
import { type Excess, excessOf, excessOfPatch } from "./limits.ts";
import type { RegisteredDevice } from "./registry-port.ts";

/** Something that a message said and the twin does not take over. */
export interface FoldRefusal {
  /** The part, or empty for the whole message. */
  readonly path: string;
  readonly why: Excess | "not_reportable" | "retired";
}

/** What became of a twin. It is the very same object when nothing changed. */
export interface Folded {
  readonly twin: Twin;
  /** Each leaf that was replaced, by its new value; null for one that was deleted. */
  readonly changed: readonly ChangedLeaf[];
  readonly refused: readonly FoldRefusal[];
}

/** The twin of a device just enrolled: nothing reported, not yet heard of; retired when it was revoked. */
export function createTwin(device: Omit<RegisteredDevice, "fingerprint">, at: Instant): Twin {
  return {
    id: device.serial,
    tenant: device.tenant,
    kind: device.kind,
    rev: 1,
    createdAt: at,
    modifiedAt: at,
    retiredAt: device.revokedAt,
    identity: { status: device.box === null ? "inactive" : "active" },
    tags: {},
    desiredV: 0,
    links: { box: device.box, assignment: null },
    presence: {
      state: "in_stock",
      cause: null,
      concern: null,
      since: at,
      heardAt: null,
      expectEvery: expectedEvery(device.kind),
    },
    parts: {},
  };
}

/** The twin once it has taken in `entry`, which is about it. Throws Bug when a door wrote a body that is none. */
export function fold(twin: Twin, entry: StreamEntry): Folded {
  assert(entry.device === twin.id, "an entry is folded into the twin of its device");
  if (twin.retiredAt !== null)
    return { ...unchanged(twin), refused: [{ path: "", why: "retired" }] };
  const folded = folds[entry.channel](twin, entry);
  if (folded.twin === twin) return folded;
  const judged = judgeWishes(folded.twin, null, twin);
  return { ...folded, twin: judged.twin, changed: [...folded.changed, ...judged.changed] };
}

const folds: Readonly<Record<EntryChannel, (twin: Twin, entry: StreamEntry) => Folded>> = {
  readings: (twin, entry) => write(twin, leavesOfPack(twin, entry)),
  event: (twin, entry) => write(twin, leavesOfEvent(entry)),
  reported: foldReport,
  presence: foldFact,
  answer: (twin, entry) => ({ ...hearAnswer(twin, entry), refused: [] }),
};

interface Leaf {
  readonly part: PartName;
  readonly path: string;
  readonly value: Json;
  readonly meta: LeafMeta;
}

/** A leaf as a message tells it, before it is dated. */
type Told = Omit<Leaf, "meta">;

function unchanged(twin: Twin): Folded {
  return { twin, changed: [], refused: [] };
}

function write(twin: Twin, leaves: Iterable<Leaf>): Folded {
  const parts = { ...twin.parts };
  const changed: ChangedLeaf[] = [];
  let moved = false;
  for (const { part: name, path, value, meta } of leaves) {
    const before = parts[name] ?? emptyPart;
    const after = writeLeaf(before, { path, value, meta });
    if (after === before) continue;
    moved = true;
    parts[name] = after;
    for (const lost of replacedBy(before, after, path)) {
      changed.push({ path: `${name}/${lost}`, value: null, t: meta.t });
    }
    const hidden = value !== null && after.meta[path]?.gone === true;
    if (!hidden) changed.push({ path: `${name}/${path}`, value, t: meta.t });
  }
  return moved ? { twin: { ...twin, parts }, changed, refused: [] } : unchanged(twin);
}

/** The leaves above and below a path that had a value before it was written, and have none since. */
function replacedBy(before: Part, after: Part, written: string): string[] {
  return Object.keys(before.meta).filter((path) => {
    const isNear = path.startsWith(`${written}/`) || written.startsWith(`${path}/`);
    if (!isNear || before.meta[path]?.gone === true) return false;
    return after.meta[path] === undefined || after.meta[path].gone === true;
  });
}

/** Latest value of each metric, battery and firmware, and whether the wristband is worn. */
function* leavesOfPack(twin: Twin, entry: StreamEntry): Iterable<Leaf> {
  const pack = parsePack(entry);
  for (const reading of latestOf(pack)) {
    const { metric, value, t, quality } = reading;
    const meta = metaOf(entry, "readings", t);
    const judged = quality === undefined ? meta : { ...meta, q: quality };
    yield { part: "vitals", path: metric, value, meta: judged };
  }
  if (twin.kind === "wristband") yield* wearOf(pack, entry);
  if (pack.t === undefined) return; // undated: it would push a newer battery level out
  const meta = metaOf(entry, "readings", pack.t);
  const { battery, firmware } = pack;
  if (battery !== undefined) yield { part: "power", path: "battery", value: battery, meta };
  if (firmware !== undefined) yield { part: "firmware", path: "version", value: firmware, meta };
}

function latestOf(pack: SeenPack): Iterable<SeenPack["readings"][number]> {
  const latest = new Map<string, SeenPack["readings"][number]>();
  for (const reading of pack.readings) {
    if (reading.offWrist) continue;
    const held = latest.get(reading.metric);
    if (held === undefined || reading.t > held.t) latest.set(reading.metric, reading);
  }
  return latest.values();
}

/** A pulse is the proof of a wrist, and the flag `off_wrist` of none (CF-24). */
function* wearOf(pack: SeenPack, entry: StreamEntry): Iterable<Leaf> {
  let latest: SeenPack["readings"][number] | undefined;
  for (const reading of pack.readings) {
    const tells = reading.offWrist || reading.metric === "heart-rate" || reading.metric === "spo2";
    if (tells && (latest === undefined || reading.t > latest.t)) latest = reading;
  }
  if (latest === undefined) return;
  const meta = metaOf(entry, "readings", latest.t);
  yield { part: "wear", path: "worn", value: !latest.offWrist, meta };
}

/**
 * What an event says of the device itself. An emergency says something of a person, which is no twin's business; and
 * `low_battery` says nothing that the battery level does not.
 */
function leavesOfEvent(entry: StreamEntry): Leaf[] {
  const { t, kind, detail } = parseHappening(entry);
  const told: Partial<Record<EventKind, Told>> = {
    off_wrist: { part: "wear", path: "worn", value: false },
    power_lost: { part: "power", path: "source", value: "battery" },
    power_back: { part: "power", path: "source", value: "mains" },
    device_error: { part: "sensors", path: "error", value: detail ?? "unspecified" },
  };
  const leaf = told[kind];
  return leaf === undefined ? [] : [{ ...leaf, meta: metaOf(entry, "event", t) }];
}

/** Each part is taken over whole or, when it would exceed a limit, not at all. */
function foldReport(before: Twin, entry: StreamEntry): Folded {
  const { t, parts } = parseReport(entry);
  const meta = metaOf(entry, "reported", t);
  const changed: ChangedLeaf[] = [];
  const refused: FoldRefusal[] = [];
  let twin = before;
  for (const [path, patch] of Object.entries(parts)) {
    const name = partNames.find((known) => known === path);
    if (name === undefined || name === "vitals" || !isObject(patch)) {
      refused.push({ path, why: "not_reportable" });
      continue;
    }
    const bad = excessOfPatch(patch);
    const leaves = bad === undefined ? [...leavesOf(patch)] : [];
    const next = write(
      twin,
      leaves.map((leaf) => ({ part: name, ...leaf, meta })),
    );
    const part = next.twin.parts[name];
    const why = bad ?? (part && next.twin !== twin ? excessOf(twin, name, part) : undefined);
    if (why !== undefined) {
      refused.push({ path, why });
      continue;
    }
    twin = next.twin;
    changed.push(...next.changed);
  }
  return { twin, changed, refused };
}

/** Keeps the latest fact, and the leaves it tells. */
function foldFact(twin: Twin, entry: StreamEntry): Folded {
  const fact = parseFact(entry);
  const meta = metaOf(entry, "presence", fact.at);
  const leaves = isBox(twin.id) ? leavesOfBoxFact(fact) : leavesOfLinkFact(fact);
  const written = write(
    twin,
    leaves.map((leaf) => ({ ...leaf, meta })),
  );
  if (twin.fact !== undefined && twin.fact.at >= fact.at) return written;
  return { ...written, twin: { ...written.twin, fact } };
}

function leavesOfBoxFact(fact: PresenceFact): Told[] {
  const isUp = fact.state === "heard" && fact.ended === undefined;
  const leaves: Told[] = [{ part: "radio", path: "link", value: isUp ? "up" : "down" }];
  if (fact.power !== undefined) leaves.push({ part: "power", path: "source", value: fact.power });
  if (fact.buffer !== undefined) {
    leaves.push({ part: "buffer", path: "depth", value: fact.buffer.depth });
    leaves.push({ part: "buffer", path: "oldest", value: fact.buffer.oldest });
  }
  return leaves;
}

function leavesOfLinkFact({ up }: PresenceFact): Told[] {
  return up === undefined ? [] : [{ part: "radio", path: "link", value: up ? "up" : "down" }];
}

function metaOf(entry: StreamEntry, src: LeafMeta["src"], t: number): LeafMeta {
  return { t, r: entry.receivedAt, epoch: entry.epoch, seq: entry.seq, src };
}
