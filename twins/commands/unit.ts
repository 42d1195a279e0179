/** What a change of a device's commands writes, all of it or nothing. */
import type { Unit, Write } from "#platform/cells/port.ts";
import { changesMost, encodeChange } from "#twins/changes.ts";
import type { ChangedLeaf, Twin } from "#twins/document.ts";
import type { Keys } from "#twins/keys.ts";
import { noticeOf } from "#twins/notice.ts";
import type { Instant } from "#wire/units.ts";

import { type CommandBook, commandLimits, nextDeadline } from "./book.ts";
import { encodeBook, revField } from "./encoding.ts";

/** A book that is to take the place of another. */
export interface BookWrite {
  readonly twin: Twin;
  readonly before: CommandBook;
  readonly after: CommandBook;
  /** What the revision field held when `before` was read. */
  readonly rev: string | null;
  readonly now: Instant;
}

/** A hash that nobody writes to for so long holds no command that is kept any more. */
const keptSeconds = (commandLimits.kept + commandLimits.withinMost) / 1000;

/** The unit that writes it. */
export function unitOf({ keys }: { keys: Keys }, write: BookWrite): Unit {
  const { twin, before, after, rev } = write;
  const key = keys.commands(twin.id);
  const { set, gone } = encodeBook(after, before);
  const fields = { ...set, [revField]: String(Number(rev ?? 0) + 1) };
  const writes: Write[] = [
    ...Object.entries(fields).map(([field, value]) => ({ op: "HSET", key, field, value }) as const),
    ...gone.map((field) => ({ op: "HDEL", key, field }) as const),
    { op: "EXPIRE", key, seconds: keptSeconds },
    indexWrite(keys, write),
    ...told(keys, write),
  ];
  return { checks: [{ key, field: revField, expected: rev }], writes };
}

function indexWrite(keys: Keys, { twin, after }: BookWrite): Write {
  const key = keys.orders(keys.of(twin.id));
  const deadline = nextDeadline(after);
  return deadline === undefined
    ? { op: "HDEL", key, field: twin.id }
    : { op: "HSET", key, field: twin.id, value: String(deadline) };
}

/** New states as a change of the twin, which stays the revision that it is; and word of a new command to the doors. */
function told(keys: Keys, { twin, before, after, now }: BookWrite): Write[] {
  const { id, tenant, rev } = twin;
  const q = keys.of(id);
  const changed: ChangedLeaf[] = [...after.values()]
    .filter((command) => command.state !== before.get(command.id)?.state)
    .map((command) => ({ path: `commands/${command.id}`, value: command.state, t: now }));
  if (changed.length === 0) return [];
  const fields = encodeChange({ id, tenant, rev, at: now, kind: "changed", changed });
  const writes: Write[] = [{ op: "XADD", key: keys.changes(q), fields, atMost: changesMost }];
  const isNew = [...after.keys()].some((command) => !before.has(command));
  if (isNew) writes.push(noticeOf(keys, twin));
  return writes;
}
