/**
 * What a message changes: its number against the marks, then everything that is to be written together.
 *
 * Pure: a door folds a draft as often as it must until the commit holds, and the last fold is what happened.
 */
import type { Check, Write } from "#platform/cells/port.ts";
import type { ReadingField } from "#twins/accounting.ts";
import type { Keys } from "#twins/keys.ts";
import {
  declareLost,
  fits,
  isReceived,
  type Mark,
  receive,
  refusalOf,
  repeat,
  standing,
} from "#twins/mark.ts";
import { cadence } from "#wire/cadence.ts";
import { encodeEntry } from "#wire/entry.ts";
import type { Epoch } from "#wire/identity.ts";
import type { DeviceEvent, QuarantineReason, RefusalCode, Rejected } from "#wire/messages.ts";

import { auditFields } from "./audit.ts";
import { contentOf, type Draft } from "./draft.ts";

/** What became of a message. */
export type Verdict =
  /** Kept, for the first time. */
  | { readonly kind: "stored" }
  /** Its event was kept before under another number. */
  | { readonly kind: "duplicate" }
  /** Its number was received before. */
  | { readonly kind: "repeat" }
  /** Its number, or its event's id, was received before with another content; the first stands. */
  | { readonly kind: "conflict" }
  /** Acknowledged, put aside, named in the receipt. */
  | { readonly kind: "refused"; readonly code: RefusalCode }
  /** Not to be acknowledged until an earlier number has come. */
  | { readonly kind: "withheld" };

/** An event that is already kept under the id of this one. */
export interface KeptEvent {
  readonly body: string;
}

/** What the fold knows besides the draft. */
export interface Known {
  readonly keys: Keys;
  /** The marks of {@link epochsOf}, commits in flight included. */
  readonly marks: readonly Mark[];
  /** The first of them as it stands in the store. */
  readonly durable: Mark | undefined;
  /** The event kept under this one's name, once a commit has found one. */
  readonly kept: KeptEvent | undefined;
  /** What an event is kept as: its id, or another name when another device has used that id before. */
  readonly eventName: string;
  /** True when an earlier try may have been committed: then finding the very same message is its own success. */
  readonly tried: boolean;
}

/** What is to be committed, and what it means. */
export interface Folded {
  readonly verdict: Verdict;
  /** The marks as they are to be, in the same order; empty when they stay. */
  readonly marks: readonly Mark[];
  readonly writes: readonly Write[];
  /** Checks besides those of the marks. */
  readonly checks: readonly Check[];
}

/** Quarantine and audit streams keep about this many entries per partition. */
export const asideKept = 10_000;

/** The epochs whose marks a draft touches: that of its number, then those of what it declares dropped. */
export function epochsOf({ number, dropped }: Draft): readonly Epoch[] {
  if (number === undefined) return [];
  if (dropped.length === 0) return [number.epoch];
  return [...new Set([number.epoch, ...dropped.map(({ epoch }) => epoch)])];
}

/** Folds a draft into the marks of its device. */
export function fold(draft: Draft, known: Known): Folded {
  const { number } = draft;
  const [mark] = known.marks;
  if (number === undefined || mark === undefined) {
    const code = draft.code ?? "invalid_message";
    return { ...unchanged({ kind: "refused", code }), writes: [aside(draft, known, code)] };
  }
  const { seq } = number;
  const found = standing(mark, seq, draft.digest);
  if (found === "new") return arrival(draft, { seq, mark }, known);
  if (found === "beyond") return unchanged({ kind: "withheld" });
  const isDone = known.tried && known.durable !== undefined && isReceived(known.durable, seq);
  if (isDone && found === "repeat") return unchanged({ kind: "stored" });
  const conflict = found === "conflict";
  return again(
    draft,
    { mark, conflict, refusal: conflict ? undefined : refusalOf(mark, seq) },
    known,
  );
}

/** The number is new. */
function arrival(draft: Draft, at: { seq: number; mark: Mark }, known: Known): Folded {
  const { verdict, writes, checks } = outcome(draft, known);
  const { seq } = at;
  const { digest } = draft;
  const fate = verdict.kind;
  const received = receive(
    at.mark,
    fate === "refused" ? { seq, digest, fate, code: verdict.code } : { seq, digest, fate },
  );
  const marks = declared(draft, known.marks.with(0, received));
  return marks.every(fits) ? { verdict, marks, writes, checks } : unchanged({ kind: "withheld" });
}

/** The marks after what the draft declares dropped. */
function declared(draft: Draft, marks: readonly Mark[]): readonly Mark[] {
  if (draft.dropped.length === 0) return marks;
  const epochs = epochsOf(draft);
  const after = [...marks];
  for (const dropped of draft.dropped) {
    const at = epochs.indexOf(dropped.epoch);
    const mark = after[at];
    if (mark !== undefined) after[at] = declareLost(mark, dropped);
  }
  return after;
}

/**
 * The number was received before. An event is kept all the same when its id is new: a box that has lost its counter
 * must not lose an emergency with it.
 */
function again(
  draft: Draft,
  at: { mark: Mark; conflict: boolean; refusal: RefusalCode | undefined },
  known: Known,
): Folded {
  const marks = known.marks.with(0, repeat(at.mark));
  const writes: Write[] = at.conflict ? conflictWrites(draft, known) : [];
  if (draft.event !== undefined && known.kept === undefined && at.refusal === undefined) {
    writes.push(...eventWrites(draft, known));
    const checks = [eventCheck(draft, known)];
    return { verdict: { kind: "stored" }, marks, writes, checks };
  }
  if (draft.tally !== undefined) {
    const { kept, rejected, duplicates } = draft.tally;
    writes.push(...tallyWrites(draft, known, { duplicate: kept + rejected + duplicates }));
  }
  const code = draft.code ?? at.refusal;
  if (code !== undefined) return { verdict: { kind: "refused", code }, marks, writes, checks: [] };
  const differs = draft.event !== undefined && !isSame(draft.event, known.kept);
  const kind = at.conflict || differs ? "conflict" : "repeat";
  return { verdict: { kind }, marks, writes, checks: [] };
}

/** What becomes of a message whose number is new, and what that writes besides the mark. */
function outcome(
  draft: Draft,
  known: Known,
): {
  readonly verdict: Extract<Verdict, { kind: "stored" | "duplicate" | "refused" }>;
  readonly writes: readonly Write[];
  readonly checks: readonly Check[];
} {
  if (draft.code !== undefined) {
    const writes = [aside(draft, known, draft.code)];
    return { verdict: { kind: "refused", code: draft.code }, writes, checks: [] };
  }
  if (draft.event === undefined) {
    return { verdict: { kind: "stored" }, writes: entryWrites(draft, known), checks: [] };
  }
  if (known.kept === undefined) {
    const writes = eventWrites(draft, known);
    return { verdict: { kind: "stored" }, writes, checks: [eventCheck(draft, known)] };
  }
  if (isSame(draft.event, known.kept))
    return { verdict: { kind: "duplicate" }, writes: [], checks: [] };
  const code = "conflict";
  return { verdict: { kind: "refused", code }, writes: conflictWrites(draft, known), checks: [] };
}

function unchanged(verdict: Verdict): Folded {
  return { verdict, marks: [], writes: [], checks: [] };
}

function entryWrites(draft: Draft, known: Known): Write[] {
  const { partition } = draft.source;
  const writes: Write[] = [
    { op: "XADD", key: known.keys.inbound(partition), fields: entryFields(draft) },
  ];
  if (draft.tally === undefined) return writes;
  const { kept, rejected, duplicates } = draft.tally;
  writes.push(
    ...tallyWrites(draft, known, { stored: kept, quarantined: rejected, duplicate: duplicates }),
  );
  if (draft.rejected.length > 0) writes.push(...quarantineWrites(draft, known));
  return writes;
}

function eventWrites(draft: Draft, known: Known): Write[] {
  const { partition } = draft.source;
  const key = known.keys.event(partition, known.eventName);
  return [
    { op: "XADD", key: known.keys.critical(partition), fields: entryFields(draft) },
    { op: "HSET", key, field: "body", value: draft.body },
    { op: "EXPIRE", key, seconds: cadence.emergency.kept / 1000 },
  ];
}

function eventCheck(draft: Draft, known: Known): Check {
  const key = known.keys.event(draft.source.partition, known.eventName);
  return { key, field: "body", expected: null };
}

function isSame(event: DeviceEvent, kept: KeptEvent | undefined): boolean {
  const parsed: unknown = kept === undefined ? undefined : JSON.parse(kept.body);
  return (
    typeof parsed === "object" && parsed !== null && contentOf({ ...parsed }) === contentOf(event)
  );
}

function entryFields(draft: Draft): Record<string, string> {
  const { source, number, receivedAt, body } = draft;
  const { tenant, box, device, channel } = source;
  const { epoch, seq } = number ?? { epoch: undefined, seq: 0 };
  if (epoch === undefined) return {};
  return encodeEntry({ tenant, box, device, channel, epoch, seq, receivedAt, body });
}

/** Counts readings; `received` is their sum, counted apart so that the identity can fail. */
function tallyWrites(
  draft: Draft,
  known: Known,
  counts: Partial<Record<ReadingField, number>>,
): Write[] {
  const key = known.keys.readings(draft.source.partition);
  const { kept, rejected, duplicates } = draft.tally ?? { kept: 0, rejected: 0, duplicates: 0 };
  const writes: Write[] = [];
  grow(writes, { key, field: "received", by: kept + rejected + duplicates });
  grow(writes, { key, field: "stored", by: counts.stored });
  grow(writes, { key, field: "quarantined", by: counts.quarantined });
  grow(writes, { key, field: "duplicate", by: counts.duplicate });
  return writes;
}

function grow(
  writes: Write[],
  { key, field, by }: { key: string; field: ReadingField; by: number | undefined },
): void {
  if (by !== undefined && by > 0) writes.push({ op: "HINCRBY", key, field, by });
}

/** One entry per reason, with the first record put aside for it and how many there were. */
function quarantineWrites(draft: Draft, known: Known): Write[] {
  const first = new Map<QuarantineReason, Rejected & { count: number }>();
  for (const rejected of draft.rejected) {
    const held = first.get(rejected.reason);
    if (held === undefined) first.set(rejected.reason, { ...rejected, count: 1 });
    else held.count++;
  }
  return [...first.values()].map(({ reason, text, count }) =>
    quarantined(draft, known, { reason, text, count: String(count) }),
  );
}

function conflictWrites(draft: Draft, known: Known): Write[] {
  const { source, number, receivedAt } = draft;
  const what = draft.event === undefined ? "number" : `event ${draft.event.id}`;
  return [
    aside(draft, known, "conflict"),
    {
      op: "XADD",
      key: known.keys.audit(source.partition),
      fields: auditFields({
        at: receivedAt,
        what: "conflict",
        tenant: source.tenant,
        box: source.box,
        detail: `${source.device} ${number?.epoch ?? ""} ${number?.seq ?? ""} ${what}`,
      }),
      atMost: asideKept,
    },
  ];
}

/** The message as a whole, put aside. */
function aside(draft: Draft, known: Known, reason: RefusalCode): Write {
  const text = draft.body.slice(0, cadence.limits.rejectedTextBytes);
  return quarantined(draft, known, { reason, text, count: "1" });
}

function quarantined(
  { source, number, receivedAt }: Draft,
  known: Known,
  why: { reason: string; text: string; count: string },
): Write {
  return {
    op: "XADD",
    key: known.keys.quarantine(source.partition),
    fields: {
      tenant: source.tenant,
      box: source.box,
      device: source.device,
      channel: source.channel,
      epoch: number?.epoch ?? "",
      seq: String(number?.seq ?? ""),
      receivedAt: String(receivedAt),
      ...why,
    },
    atMost: asideKept,
  };
}
