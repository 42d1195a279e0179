/**
 * A message as it lies in the outbox, read with distrust: a disk may give back what nobody wrote.
 */
import { assert } from "#platform/assert.ts";
import type { Seal } from "#platform/seal.ts";
import type { SqlRow } from "#platform/sql/port.ts";
import { type Epoch, parseEpoch, parseSerial, type Serial } from "#wire/identity.ts";
import type { EntryChannel } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

/** The channels whose messages are numbered and kept until their receipt. */
export type NumberedChannel = Exclude<EntryChannel, "presence">;

/** What goes first, and what is dropped last; the order is the rank's number. */
export const ranks = ["emergency", "declaration", "vital", "routine"] as const;
/** `declaration` is the outbox's own: it tells the cloud which numbers will never come. */
export type Rank = (typeof ranks)[number];

/** A rank as the database orders it. */
export function rankNumber(rank: Rank): number {
  return ranks.indexOf(rank);
}

/** The number of a message: unique for ever within its device. */
export interface MessageNumber {
  readonly device: Serial;
  readonly epoch: Epoch;
  readonly seq: number;
}

/** A message that the cloud has not receipted. */
export interface Waiting extends MessageNumber {
  /** Rises in order of arrival, over all devices of the box; names the message on this box only. */
  readonly id: number;
  readonly rank: Rank;
  readonly channel: NumberedChannel;
  /** Of an answer: the last level of its topic. */
  readonly topicId?: string;
  readonly at: Instant;
  readonly payload: Uint8Array;
}

/** The message that a row holds, its payload opened; undefined when it is not what was written. */
export function openWaiting(row: SqlRow, seal: Seal): Waiting | undefined {
  const waiting = parseWaiting(row);
  const payload = waiting && seal.open(waiting.payload);
  return payload === undefined ? undefined : waiting && { ...waiting, payload };
}

/** The message that a row holds, its payload as it lies there; undefined when it is not what was written. */
export function parseWaiting(row: SqlRow): Waiting | undefined {
  const { id, rank: rankValue, channel, topic_id: topicId, at, payload, checksum } = row;
  const number = parseNumber(row);
  const rank = typeof rankValue === "number" ? ranks[rankValue] : undefined;
  if (number === undefined || rank === undefined || !isNumberedChannel(channel)) return undefined;
  if (typeof id !== "number" || typeof at !== "number" || at < 0) return undefined;
  if (typeof topicId !== "string" || !(payload instanceof Uint8Array)) return undefined;
  if (checksumOf({ ...number, channel, topicId, payload }) !== checksum) return undefined;
  const waiting = { ...number, id, rank, channel, at: Instant(at), payload };
  return topicId === "" ? waiting : { ...waiting, topicId };
}

/** The number that a row names, or undefined when it names none. */
export function parseNumber(row: SqlRow): MessageNumber | undefined {
  const device = parseSerial(text(row, "device"));
  const epoch = parseEpoch(text(row, "epoch"));
  const seq = row["seq"];
  if (device === undefined || epoch === undefined || typeof seq !== "number") return undefined;
  return { device, epoch, seq };
}

/** CRC-32 of everything that decides where a message goes and what it says. */
export function checksumOf(
  message: MessageNumber & {
    readonly channel: string;
    readonly topicId: string;
    /** As it lies on the disk. */
    readonly payload: Uint8Array;
  },
): number {
  const { device, epoch, seq, channel, topicId } = message;
  return Bun.hash.crc32(
    message.payload,
    Bun.hash.crc32(`${device}/${epoch}/${seq}/${channel}/${topicId}`),
  );
}

/** A whole number in a column that this code alone writes. */
export function integer(row: SqlRow, column: string): number {
  const value = row[column];
  assert(typeof value === "number" && Number.isSafeInteger(value), `${column} is a whole number`);
  return value;
}

/** Text in a column that this code alone writes; empty when it is none. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}

function isNumberedChannel(value: unknown): value is NumberedChannel {
  return value === "readings" || value === "event" || value === "reported" || value === "answer";
}
