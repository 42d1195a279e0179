/**
 * From changes to records, pure: what of a change is worth keeping, and how it is linked to the end of its chain.
 */
import { compareIds } from "#platform/stream/port.ts";
import type { Change, ChangedLeaf, Twin } from "#twins/document.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import { Instant } from "#wire/units.ts";

import { newsIn, type PastState, stateOf, withLeaves } from "./past-state.ts";
import { genesisOf, type Hash, hashAfter, type HistoryRecord, textOf } from "./record.ts";

/** A change where it was read. */
export interface PlacedChange {
  readonly entryId: string;
  readonly change: Change;
}

/** A twin as it stood when it was read, and the newest entry of its change stream just after that. */
export interface Look {
  readonly twin: Twin;
  readonly seenTo: string;
}

/** The end of a chain, with what is known there. */
export interface Tail {
  readonly serial: Serial;
  readonly tenant: Tenant;
  /** Of the last record; 0 before the first. */
  readonly rev: number;
  readonly at: Instant;
  readonly hash: Hash;
  /** Records since the last that tells the whole twin. */
  readonly partial: number;
  /** Entries up to this one are in the last record that was read off the twin itself. */
  readonly seenTo: string | null;
  readonly state: PastState;
}

/** A record that makes a chain longer. */
export interface Link {
  readonly text: string;
  readonly tail: Tail;
}

/** Records from one that tells the whole twin to the next: no reader goes further back. */
const wholeEvery = 32;

/** Before the first record. */
export function tailOfNone(serial: Serial, tenant: Tenant): Tail {
  const hash = genesisOf(tenant, serial);
  return {
    ...{ serial, tenant, hash },
    rev: 0,
    at: Instant(0),
    partial: 0,
    seenTo: null,
    state: {},
  };
}

/** The links that the changes of a twin come to; `unseen` when they cannot be told without a look at it. */
export function linksOf(
  tail: Tail,
  changes: readonly PlacedChange[],
  look: Look | null | undefined,
): readonly Link[] | "unseen" {
  const links: Link[] = [];
  for (const placed of changes) {
    const found = linkOfChange(links.at(-1)?.tail ?? tail, placed);
    if (found === "unseen" && look === undefined) return "unseen";
    if (found !== "unseen") links.push(...found);
    else if (look) links.push(...linkOfLook(links.at(-1)?.tail ?? tail, look));
  }
  return links;
}

function linkOfChange(end: Tail, { entryId, change }: PlacedChange): Link[] | "unseen" {
  const isSeen = end.seenTo !== null && compareIds(entryId, end.seenTo) <= 0;
  if (isSeen && change.rev <= end.rev) return [];
  const changed = newsOf(end, change);
  if (changed.length === 0 && change.kind === "changed") return [];
  return isNextOf(end, change) ? [linkTo(end, recordOf(change, changed))] : "unseen";
}

/** The link that tells a twin as it stands, none when its chain says so already. */
export function linkOfLook(tail: Tail, { twin, seenTo }: Look, since?: Instant): Link[] {
  if (twin.rev === tail.rev) return [];
  const kind = tail.rev === 0 ? "seen" : "gap";
  const record = { rev: twin.rev, at: twin.modifiedAt, kind, changed: [] } as const;
  const known = since === undefined ? record : { ...record, since };
  return [linkTo({ ...tail, seenTo }, { ...known, whole: stateOf(twin) })];
}

/** Whether a change goes on where the chain ends: a chain begins with a twin, and a twin never goes back. */
function isNextOf(end: Tail, { kind, rev }: Change): boolean {
  return end.rev === 0 ? kind === "created" : rev > end.rev;
}

/** What of a change is worth keeping; how twins begin and end is told by its kind. */
function newsOf(end: Tail, { kind, changed, at: t }: Change): ChangedLeaf[] {
  const begun = [
    { path: "createdAt", value: t, t },
    { path: "presence/state", value: "in_stock", t },
    { path: "presence/since", value: t, t },
  ];
  const ended = [{ path: "retiredAt", value: t, t }];
  const implied = { created: end.rev === 0 ? begun : [], changed: [], retired: ended }[kind];
  return newsIn(end.state, [...implied, ...changed]);
}

function recordOf(change: Change, changed: readonly ChangedLeaf[]): HistoryRecord {
  const { rev, at, kind, by, why, cause } = change;
  return {
    ...{ rev, at, kind, changed },
    ...(by === undefined ? {} : { by }),
    ...(why === undefined ? {} : { why }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function linkTo(end: Tail, record: HistoryRecord): Link {
  const state = record.whole ?? withLeaves(end.state, record.changed);
  const isWhole = record.whole !== undefined || end.partial + 1 >= wholeEvery;
  const text = textOf(isWhole ? { ...record, whole: state } : record);
  const { rev, at } = record;
  const partial = isWhole ? 0 : end.partial + 1;
  return { text, tail: { ...end, rev, at, state, partial, hash: hashAfter(end.hash, text) } };
}
