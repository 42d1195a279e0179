/**
 * One write of a twin as a unit of cells: the fields that differ, its change, and what goes with them.
 *
 * A change of anything desired is told to the doors, and what people and jobs write goes into the journal as well: it
 * stands in no stream of entries, and a twin must not lose it (docs/decisions/0005).
 */
import type { Unit, Write } from "#platform/cells/port.ts";
import { type PartName, partNames } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { changesMost, encodeChange } from "./changes.ts";
import type { Change, ChangedLeaf, Part, Twin } from "./document.ts";
import { encodeTwin, revField, revText } from "./encoding.ts";
import { journalled } from "./journal.ts";
import type { Keys } from "./keys.ts";
import { leavesOf } from "./leaves.ts";
import { noticeOf } from "./notice.ts";

/** One twin to be written: as it was read, as it shall be, and what differs. */
export interface TwinWrite extends Pick<Change, "by" | "why" | "cause"> {
  /** Null for a twin that must not exist yet. */
  readonly before: Twin | null;
  readonly after: Twin;
  readonly changed: readonly ChangedLeaf[];
  /** `changed` unless told. */
  readonly kind?: Change["kind"];
  /** Written with it, and only if its own checks hold too; all its keys are of the twin's partition. */
  readonly beside?: Unit;
}

/** The twin as it will be stored: `rev` raised, and `v` of each part that is another object than before. */
export function raised(before: Twin | null, after: Twin, at: Instant): Twin {
  const parts: Partial<Record<PartName, Part>> = { ...after.parts };
  for (const name of partNames) {
    const part = parts[name];
    const old = before?.parts[name];
    if (part !== undefined && part !== old) parts[name] = { ...part, v: (old?.v ?? 0) + 1 };
  }
  return { ...after, parts, rev: (before?.rev ?? 0) + 1, modifiedAt: at };
}

/** The unit of a write whose `after` is raised already. */
export function unitOf(keys: Keys, write: TwinWrite): Unit {
  const { before, after, beside } = write;
  const key = keys.twin(after.id);
  const fields = encodeTwin(after, before);
  const check = { key, field: revField, expected: before === null ? null : revText(before) };
  return {
    checks: [check, ...(beside?.checks ?? [])],
    writes: [
      ...Object.entries(fields).map(
        ([field, value]) => ({ op: "HSET", key, field, value }) as const,
      ),
      changeOf(keys, write),
      ...(concernsDoors(write) ? [noticeOf(keys, after)] : []),
      ...(write.cause === "api" ? [journalled(keys, after, fields)] : []),
      ...(beside?.writes ?? []),
    ],
  };
}

/**
 * Whether the door that holds the home has something new to tell the device, or expects it at another pace. A wish may be
 * outstanding again without being a new one: what was heard late tells that the device is not as it seemed to be.
 */
function concernsDoors({ before, after, changed }: TwinWrite): boolean {
  if (after.desiredV !== (before?.desiredV ?? 0)) return true;
  const isWanted = ({ path, value }: ChangedLeaf): boolean =>
    value === "pending" && path.startsWith("sync/");
  if (changed.some(isWanted)) return true;
  return before !== null && after.presence.expectEvery !== before.presence.expectEvery;
}

/** Comes first among a unit's entries: its id is the write's position. */
function changeOf(
  keys: Keys,
  { before, after, changed, kind = "changed", by, why, cause }: TwinWrite,
): Write {
  const { id, tenant, rev, modifiedAt: at } = after;
  const change: Change = {
    id,
    tenant,
    rev,
    at,
    kind,
    changed: kind === "created" && before === null ? [...beginningOf(after), ...changed] : changed,
    ...(by === undefined ? {} : { by }),
    ...(why === undefined ? {} : { why }),
    ...(cause === undefined ? {} : { cause }),
  };
  const fields = encodeChange(change);
  return { op: "XADD", key: keys.changes(keys.of(id)), fields, atMost: changesMost };
}

/** What a new twin is and hangs on: nothing else of its beginning has to be told. */
function beginningOf({ links: { box }, identity, createdAt: t }: Twin): ChangedLeaf[] {
  const link = box === null ? [] : [{ path: "links/box", value: box, t }];
  const own = [...leavesOf(identity)];
  return [...link, ...own.map(({ path, value }) => ({ path: `identity/${path}`, value, t }))];
}
