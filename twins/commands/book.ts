/**
 * All commands of one device: how many may wait, how long the ended ones are kept, and which states the clock has made.
 *
 * Pure; `store.ts` keeps it in Redis.
 */
import { Hours, Instant, Seconds } from "#wire/units.ts";

import { cancel, type CommandRecord, hear, isOpen, type Said, stateOf } from "./command.ts";

/** Bounds of commands, all ours: the sources only ask for a deadline. */
export const commandLimits = {
  /** Open commands of one device. */
  open: 50,
  /** Ended commands kept of one device, the latest. */
  ended: 50,
  /** How long an ended command is kept at most. */
  kept: Hours(30 * 24),
  /** The deadline of a command that names none, from now; and the nearest and furthest that it may name. */
  within: Hours(24),
  withinLeast: Seconds(5),
  withinMost: Hours(7 * 24),
  /** Between two looks at what the clock has ended. */
  sweep: Seconds(5),
} as const;

/** The commands of a device, by id, in the order in which they were asked for. */
export type CommandBook = ReadonlyMap<string, CommandRecord>;

/** A command as it is asked for. */
export type Order = Omit<CommandRecord, "state" | "queuedAt">;

/** What became of an order: taken; the same as one that was taken before; another under its id; one too many. */
export type Issued =
  | {
      readonly kind: "issued" | "same";
      readonly book: CommandBook;
      readonly command: CommandRecord;
    }
  | { readonly kind: "conflict" | "full"; readonly book: CommandBook };

/** Takes an order. The same order under the same id is taken once. */
export function issue(book: CommandBook, order: Order, now: Instant): Issued {
  const held = book.get(order.id);
  if (held !== undefined) {
    const isSame = held.digest === order.digest;
    return isSame ? { kind: "same", book, command: held } : { kind: "conflict", book };
  }
  if ([...book.values()].filter(isOpen).length >= commandLimits.open) return { kind: "full", book };
  const command: CommandRecord = { ...order, queuedAt: now, state: "queued" };
  return { kind: "issued", book: new Map(book).set(order.id, command), command };
}

/** What a device says of its commands; of one that is not in the book it says nothing. */
export function hearAll(
  book: CommandBook,
  words: readonly { readonly id: string; readonly said: Said }[],
): CommandBook {
  return words.reduce((now, { id, said }) => change(now, id, (held) => hear(held, said)), book);
}

/** The book with one command changed; the very same when that changes nothing, or there is none of that id. */
export function change(
  book: CommandBook,
  id: string,
  edit: (command: CommandRecord) => CommandRecord,
): CommandBook {
  const held = book.get(id);
  const after = held && edit(held);
  return after === undefined || after === held ? book : new Map(book).set(id, after);
}

/** What became of calling a command back. */
export type Cancelled =
  | { readonly kind: "cancelled"; readonly book: CommandBook; readonly command: CommandRecord }
  | { readonly kind: "late"; readonly book: CommandBook; readonly command: CommandRecord }
  | { readonly kind: "missing"; readonly book: CommandBook };

/** Calls a command back; that it was called back before is no fault. */
export function cancelIn(
  book: CommandBook,
  id: string,
  who: { readonly at: Instant; readonly by: string },
): Cancelled {
  const held = book.get(id);
  if (held === undefined) return { kind: "missing", book };
  if (held.cancelled !== undefined) return { kind: "cancelled", book, command: held };
  const command = cancel(held, who);
  if (command === undefined) return { kind: "late", book, command: held };
  return { kind: "cancelled", book: new Map(book).set(id, command), command };
}

/** The book as the clock has it: every state told anew, and what has ended long ago or is too much left out. */
export function settle(book: CommandBook, now: Instant): CommandBook {
  let settled = book;
  for (const { id } of book.values()) {
    settled = change(settled, id, (held) => {
      const state = stateOf(held, now);
      return state === held.state ? held : { ...held, state };
    });
  }
  const ended = [...settled.values()].filter((command) => !isOpen(command));
  const old = ended.filter(
    ({ queuedAt }, at) =>
      at < ended.length - commandLimits.ended || now - queuedAt > commandLimits.kept,
  );
  if (old.length === 0) return settled;
  const gone = new Set(old.map(({ id }) => id));
  return new Map([...settled].filter(([id]) => !gone.has(id)));
}

/** When the clock will next end one of them; undefined when none is open. */
export function nextDeadline(book: CommandBook): Instant | undefined {
  const open = [...book.values()].filter(isOpen);
  return open.length === 0 ? undefined : Instant(Math.min(...open.map((one) => one.deadline)));
}
