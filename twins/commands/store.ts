/**
 * Commands in Redis: one hash per device, committed with the change that tells of them, if nobody wrote meanwhile.
 *
 * Beside the hashes, `vigie:{q}:orders` names every device with an open command and the deadline that comes first, so that
 * expiry costs nothing for the others. A new command also leaves a notice in `vigie:{q}:down` for the door of its home.
 */
import type { Fence } from "#twins/store.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import { Instant } from "#wire/units.ts";

import {
  cancelIn,
  type Cancelled,
  change,
  type CommandBook,
  hearAll,
  issue,
  type Issued,
  type Order,
} from "./book.ts";
import { type CommandRecord, deliver, isOpen, type Said, send } from "./command.ts";
import { edit, type EditDeps } from "./edit.ts";
import { decodeBook } from "./encoding.ts";
import { commandId } from "./identity.ts";

/** What a device said of one of its commands. */
export interface Told {
  readonly id: string;
  readonly said: Said;
}

/** The device has no twin, or one that takes no commands any more. */
interface Unable {
  readonly kind: "missing" | "retired";
}

/** Commands, read and written. Throws Trouble of the cells. */
export interface CommandStore {
  /** Takes an order; one without an id is a new one. */
  issue(device: Serial, order: Omit<Order, "id"> & { id?: string }): Promise<Issued | Unable>;
  /** Those of a device, oldest first. */
  list(device: Serial): Promise<CommandBook>;
  /** Calls one back that nobody was told of. */
  cancel(device: Serial, id: string, by: string): Promise<Cancelled>;
  /** These are about to be handed to a connection; answers those that still may be, being open. */
  send(device: Serial, ids: readonly string[]): Promise<readonly CommandRecord[]>;
  /** The box has acknowledged these. */
  deliver(device: Serial, ids: readonly string[]): Promise<void>;
  /** The device has said this; what is known already changes nothing. */
  hear(device: Serial, words: readonly Told[], fence?: Fence): Promise<"settled" | "fenced">;
  /** Devices of partition `q` with an open command, and when the clock next ends one of theirs. */
  deadlines(q: number): Promise<ReadonlyMap<Serial, Instant>>;
  /** Writes down what the clock has ended. */
  expire(device: Serial, fence?: Fence): Promise<"settled" | "fenced">;
}

/** The commands of a state. */
export function createCommandStore(deps: EditDeps): CommandStore {
  const { cells, keys } = deps;
  return {
    issue: async (device, order) => {
      const edited = await edit(deps, device, {
        apply: ({ book, twin, rev }, now) => {
          if (twin.retiredAt !== null) return { kind: "retired" as const, book };
          const id = order.id ?? commandId(device, String(now), rev);
          return issue(book, { ...order, id }, now);
        },
      });
      return edited.kind === "edited" ? edited.applied : { kind: "missing" };
    },
    list: async (device) => decodeBook(await cells.getAll(keys.commands(device))),
    cancel: async (device, id, by) => {
      const edited = await edit(deps, device, {
        apply: ({ book }, at) => cancelIn(book, id, { at, by }),
      });
      return edited.kind === "edited" ? edited.applied : { kind: "missing", book: new Map() };
    },
    send: async (device, ids) => {
      const edited = await edit(deps, device, {
        apply: ({ book }, now) => ({ book: each(book, ids, (one) => send(one, now)) }),
      });
      if (edited.kind !== "edited") return [];
      return ids.flatMap((id) => edited.book.get(id) ?? []).filter(isOpen);
    },
    deliver: async (device, ids) => {
      await edit(deps, device, {
        apply: ({ book }, now) => ({ book: each(book, ids, (one) => deliver(one, now)) }),
      });
    },
    hear: async (device, words, fence) => {
      const edited = await edit(deps, device, {
        apply: ({ book }) => ({ book: hearAll(book, words) }),
        fence,
      });
      return edited.kind === "fenced" ? edited.kind : "settled";
    },
    deadlines: async (q) => {
      const all = Object.entries(await cells.getAll(keys.orders(q)));
      return new Map(
        all.flatMap(([field, at]) => {
          const serial = parseSerial(field);
          return serial === undefined ? [] : [[serial, Instant(Number(at))] as const];
        }),
      );
    },
    expire: async (device, fence) => {
      const edited = await edit(deps, device, { apply: ({ book }) => ({ book }), fence });
      return edited.kind === "fenced" ? edited.kind : "settled";
    },
  };
}

function each(
  book: CommandBook,
  ids: readonly string[],
  set: (command: CommandRecord) => CommandRecord,
): CommandBook {
  return ids.reduce((held, id) => change(held, id, set), book);
}
