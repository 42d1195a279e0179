/**
 * A message as a door understands it before its number is looked at: decoded once, judged, ready to be folded.
 *
 * Pure: the same bytes received at the same instant give the same draft.
 */
import { cadence } from "#wire/cadence.ts";
import { canonical } from "#wire/canonical.ts";
import { decodeAnswer, decodeEvent, decodeReadings, decodeReported } from "#wire/codec.ts";
import type { Epoch } from "#wire/identity.ts";
import type {
  Answer,
  DeviceEvent,
  Dropped,
  EntryChannel,
  EventKind,
  Parsed,
  QuarantineReason,
  Reading,
  ReadingsPack,
  RefusalCode,
  Rejected,
  Reported,
} from "#wire/messages.ts";
import { numberOf } from "#wire/number-of.ts";
import { droppedIn } from "#wire/shapes.ts";
import type { Topic } from "#wire/topics.ts";
import type { Instant } from "#wire/units.ts";

import { type Judged, judgeReadings, judgeTime } from "./judge.ts";

/** The channels whose messages carry a number and become entries. */
export type NumberedChannel = Exclude<EntryChannel, "presence">;

/** The source of a message: its topic, with what a door has looked up about it. */
export interface Source extends Omit<Topic, "channel"> {
  readonly channel: NumberedChannel;
  readonly partition: number;
  /** Whose marks count it: the device, or `device@box` when it does not hang on this box. */
  readonly owner: string;
}

/** How many readings a pack brought, and what became of them. */
export interface ReadingTally {
  readonly kept: number;
  readonly rejected: number;
  readonly duplicates: number;
}

/** A message before its number is looked at. */
export interface Draft {
  readonly source: Source;
  readonly receivedAt: Instant;
  /** Absent when even the number of a refused message cannot be read. */
  readonly number: { readonly epoch: Epoch; readonly seq: number } | undefined;
  /** 32 bits of its content, so that a repeated number with another content is seen. */
  readonly digest: number;
  /** Set when the message is refused as a whole. */
  readonly code: RefusalCode | undefined;
  /** Canonical body of its entry; of a refused message, the first KiB of the original. */
  readonly body: string;
  readonly tally: ReadingTally | undefined;
  /** Readings that are kept; the entry's body holds them. */
  readonly readings: readonly Reading[];
  readonly rejected: readonly Rejected[];
  /** Numbers that its box declares dropped. */
  readonly dropped: readonly Dropped[];
  readonly event: DeviceEvent | undefined;
}

/** Decodes and judges one message. */
export function draftOf(source: Source, payload: Uint8Array, receivedAt: Instant): Draft {
  const seen = { source, payload, receivedAt };
  const { device, channel } = source;
  if (channel === "readings") {
    return orRefused(seen, decodeReadings(payload, { device, receivedAt }), fromPack);
  }
  if (channel === "event") return orRefused(seen, decodeEvent(payload, { device }), fromEvent);
  if (channel === "answer") {
    return orRefused(seen, decodeAnswer(payload, { device, id: source.id }), fromAnswer);
  }
  return orRefused(seen, decodeReported(payload, { device }), fromReported);
}

/** A message that is refused as a whole, whatever it says. */
export function refusedDraft(seen: Seen, code: RefusalCode): Draft {
  const { source, payload, receivedAt } = seen;
  return {
    ...nothing,
    source,
    receivedAt,
    number: numberOf(payload),
    digest: digestOf(payload),
    code,
    body: excerpt(payload),
  };
}

/** 32-bit FNV-1a of bytes; unsigned. */
export function digestOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash >>> 0;
}

/** The first KiB of a message as text: as it is when it is UTF-8, else in base64. */
export function excerpt(payload: Uint8Array): string {
  const head = payload.subarray(0, cadence.limits.rejectedTextBytes);
  const text = new TextDecoder().decode(head);
  return text.slice(0, -4).includes("\ufffd") ? `base64:${head.toBase64()}` : text;
}

/** The same event whatever number it came under: what decides between a duplicate and a conflict. */
export function contentOf(event: Readonly<Record<string, unknown>> | DeviceEvent): string {
  const { epoch: _epoch, seq: _seq, ...content } = { epoch: null, seq: null, ...event };
  return canonical(content);
}

/** Whether an event of this kind is an emergency: never put aside, never delayed. */
export function isEmergency(kind: EventKind): boolean {
  return kind === "fall" || kind === "cardiac" || kind === "respiratory" || kind === "sos";
}

/** A message with the bytes it came in. */
interface Seen {
  readonly source: Source;
  readonly payload: Uint8Array;
  readonly receivedAt: Instant;
}

/** What the fields of a draft are when a message has nothing to do with them. */
const nothing = {
  code: undefined,
  tally: undefined,
  readings: [],
  rejected: [],
  dropped: [],
  event: undefined,
} as const;

function orRefused<T>(
  seen: Seen,
  parsed: Parsed<T>,
  draft: (seen: Seen, value: T) => Draft,
): Draft {
  return parsed.kind === "parsed" ? draft(seen, parsed.value) : refusedDraft(seen, parsed.code);
}

function fromPack({ source, payload, receivedAt }: Seen, value: ReadingsPack): Draft {
  const judged = judgeReadings(value, receivedAt);
  const { kept, rejected, duplicates } = judged;
  return {
    source,
    receivedAt,
    number: value,
    digest: digestOf(payload),
    code: undefined,
    body: readingsBody(value, judged, receivedAt),
    tally: { kept: kept.length, rejected: rejected.length, duplicates },
    readings: kept,
    rejected,
    dropped: nothing.dropped,
    event: undefined,
  };
}

/** An emergency is never put aside for its time: a device whose clock is lost falls like any other. */
function fromEvent(seen: Seen, value: DeviceEvent): Draft {
  const digest = digestOf(new TextEncoder().encode(contentOf(value)));
  const late = isEmergency(value.kind) ? undefined : judgeTime(value.t, seen.receivedAt);
  // By its own digest, or the same event a little later would be a conflict with itself.
  if (late !== undefined) return { ...refusedDraft(seen, late), digest };
  const { source, receivedAt } = seen;
  const body = canonical(value);
  return { ...nothing, source, receivedAt, number: value, digest, body, event: value };
}

/** Numbers declared dropped are lost whatever the clock that declares them. */
function fromReported(seen: Seen, value: Reported): Draft {
  const dropped = droppedIn(value);
  const wrong = judgeTime(value.t, seen.receivedAt);
  if (wrong !== undefined) return { ...refusedDraft(seen, wrong), dropped };
  const { source, payload, receivedAt } = seen;
  const body = canonical({ t: value.t, parts: value.parts });
  return {
    ...nothing,
    source,
    receivedAt,
    number: value,
    digest: digestOf(payload),
    body,
    dropped,
  };
}

function fromAnswer(seen: Seen, value: Answer): Draft {
  const { source, payload, receivedAt } = seen;
  const wrong = judgeTime(value.t, receivedAt);
  if (wrong !== undefined) return refusedDraft(seen, wrong);
  const body = canonical(value);
  return { ...nothing, source, receivedAt, number: value, digest: digestOf(payload), body };
}

/**
 * Canonical JSON of a pack's entry, written by hand because every message passes here; a test holds it to `canonical`.
 * Battery and firmware date from the readings or, without any, from the pack's own time; when that, or the time of every
 * reading, was put aside, theirs is as wrong.
 */
function readingsBody(pack: ReadingsPack, judged: Judged, receivedAt: Instant): string {
  const { kept, rejected } = judged;
  const dated = kept.length > 0;
  const t = pack.t ?? receivedAt;
  const timely =
    dated ||
    (judgeTime(t, receivedAt) === undefined && !rejected.some(({ reason }) => isOfTime(reason)));
  let text = "{";
  if (timely && pack.battery !== undefined) text += `"battery":${pack.battery},`;
  if (timely && pack.firmware !== undefined) text += `"firmware":${JSON.stringify(pack.firmware)},`;
  text += `"readings":[${kept.map(readingText).join(",")}]`;
  return dated || !timely ? `${text}}` : `${text},"t":${t}}`;
}

function isOfTime(reason: QuarantineReason): boolean {
  return reason === "clock_ahead" || reason === "clock_lost" || reason === "too_late";
}

function readingText(reading: Reading): string {
  const { flags, quality } = reading;
  const before = flags === undefined ? "" : `"flags":${JSON.stringify(flags)},`;
  const between = quality === undefined ? "" : `"quality":${quality},`;
  const { metric, t, value, window } = reading;
  return `{${before}"metric":"${metric}",${between}"t":${t},"value":${value},"window":${window}}`;
}
