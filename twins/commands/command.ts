/**
 * A command: an act that one device is to do once, before its deadline; and what is known of it.
 *
 * What is known is a set of facts, each kept once: when it was handed to a connection, when that was acknowledged, what
 * the device said. The state is read off the facts and the clock, so it is blind to the order in which they arrive:
 * `accepted` after `done` changes nothing (TW-04 for commands).
 *
 * ```
 * queued ─► delivered ─► accepted ─► done | failed | rejected     the device's word, whenever it comes
 *    └► cancelled (while nobody was told)
 *    … the deadline passes ─► expired, unless the device says in the end that it did it in time
 * ```
 * @source spec twins 5.2, 3 items 9 and 10; DESIGN twins
 */
import type { Json, JsonObject } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

/** How far a command has come. The first three are open: something is still to happen. */
export const commandStates = [
  "queued",
  "delivered",
  "accepted",
  "done",
  "failed",
  "rejected",
  "cancelled",
  "expired",
] as const;
export type CommandState = (typeof commandStates)[number];

/** A word of the device about a command, dated and numbered as it said it. */
export interface Word {
  /** The device's time. */
  readonly t: number;
  readonly epoch: string;
  readonly seq: number;
}

/** How it ended, by the device's word. */
export interface Ending extends Word {
  readonly state: "done" | "failed" | "rejected";
  readonly code?: string;
  readonly result?: Json;
}

/** One command. */
export interface CommandRecord {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly queuedAt: Instant;
  /** From then on it is not to be done any more. */
  readonly deadline: Instant;
  /** Who wants it, as `u:<subject>` or `change:<id>`; never a person's name. */
  readonly by: string;
  readonly why?: string;
  /** Of the request that asked for it, so that the same request again is known from another under its key. */
  readonly digest?: string;
  /** First handed to a connection: from then on it cannot be called back. */
  readonly sentAt?: Instant;
  /** The box acknowledged the message: PUBACK of the door's QoS 1 publish, or any later word. */
  readonly deliveredAt?: Instant;
  readonly accepted?: Word;
  readonly ended?: Ending;
  readonly cancelled?: { readonly at: Instant; readonly by: string };
  /** The state that was last told to whoever follows the changes. */
  readonly state: CommandState;
}

/** What a device says of a command; a word that means something else is none. */
export type Said =
  ({ readonly state: "accepted" } & Word) | (Ending & { readonly state: Ending["state"] });

/** The state that the facts and the clock make. */
export function stateOf(command: CommandRecord, now: Instant): CommandState {
  const { ended } = command;
  // The device had it too late: that is what the clock says as well.
  if (ended !== undefined) return ended.code === "expired" ? "expired" : ended.state;
  if (command.cancelled !== undefined) return "cancelled";
  if (now >= command.deadline) return "expired";
  if (command.accepted !== undefined) return "accepted";
  return command.deliveredAt === undefined ? "queued" : "delivered";
}

/** Whether something is still to happen. */
export function isOpen({ state }: Pick<CommandRecord, "state">): boolean {
  return state === "queued" || state === "delivered" || state === "accepted";
}

/** Why it expired: nobody was reached, the box did not take it, or it was not said to be done. */
export function expiryOf(
  command: CommandRecord,
): "not_delivered" | "not_accepted" | "not_done" | undefined {
  if (command.state !== "expired") return undefined;
  if (command.accepted !== undefined) return "not_done";
  return command.deliveredAt === undefined ? "not_delivered" : "not_accepted";
}

/** The command once its device has said that; the very same when it says nothing new. Of two words the first holds. */
export function hear(command: CommandRecord, said: Said): CommandRecord {
  if (said.state === "accepted") {
    const { t, epoch, seq } = said;
    return isBefore(said, command.accepted) ? { ...command, accepted: { t, epoch, seq } } : command;
  }
  return isBefore(said, command.ended) ? { ...command, ended: said } : command;
}

/** The command once it has been handed to a connection; the very same when it had been. */
export function send(command: CommandRecord, at: Instant): CommandRecord {
  return command.sentAt === undefined ? { ...command, sentAt: at } : command;
}

/** The command once its box has acknowledged it; the very same when it had. */
export function deliver(command: CommandRecord, at: Instant): CommandRecord {
  return command.deliveredAt === undefined ? { ...command, deliveredAt: at } : command;
}

/** The command called back; undefined when it is too late for that. */
export function cancel(
  command: CommandRecord,
  { at, by }: { at: Instant; by: string },
): CommandRecord | undefined {
  const isUntold = command.sentAt === undefined && stateOf(command, at) === "queued";
  return isUntold ? { ...command, cancelled: { at, by } } : undefined;
}

function isBefore(said: Word, held: Word | undefined): boolean {
  if (held === undefined) return true;
  if (said.t !== held.t) return said.t < held.t;
  if (said.epoch !== held.epoch) return said.epoch < held.epoch;
  return said.seq < held.seq;
}
