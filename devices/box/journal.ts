/**
 * How anything that happens to a box is taken: what it comes to is kept, all of it or nothing, and only then acted on.
 *
 * So a box that dies at any moment has either not seen a thing, and will be told again, or has it on its disk and goes on.
 * @source catalogue BX-10, BX-17; spec/clinical.md F14
 */
import type { Log } from "#platform/log.ts";
import { isTrouble, type Trouble } from "#platform/trouble.ts";

import type { Draft } from "./draft.ts";
import type { Appended, Outbox } from "./outbox.ts";

/** What something that happened comes to. */
export interface Consequence {
  /** Messages to the cloud. */
  readonly drafts?: readonly Draft[];
  /** Writes into the same database, in the same transaction; may run again when room had to be made. */
  readonly write?: () => void;
  /** What is done once all that is kept. */
  readonly act?: () => void;
}

/** What a journal needs. */
interface JournalPorts {
  readonly outbox: Outbox;
  readonly log: Log;
  /** Messages were appended. */
  readonly appended: () => void;
  /** A draft was given no number: the outbox is full of emergencies. */
  readonly overflowed: (draft: Draft) => void;
  /** How the disk did at the last attempt; undefined: well. */
  readonly disk: (trouble: Trouble | undefined) => void;
}

/** The only way in which a box keeps things. */
export class Journal {
  readonly #ports: JournalPorts;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  /** Keeps and acts; false when the disk would not, and nothing was done: whoever brought it may bring it again. */
  commit({ drafts = [], write, act }: Consequence): boolean {
    const { outbox, log, disk } = this.#ports;
    let appended: readonly Appended[];
    try {
      appended = outbox.append(drafts, write);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      log.error("not kept", { code: error.code });
      disk(error);
      return false;
    }
    disk(undefined);
    appended.forEach(({ kind }, index) => {
      const draft = drafts[index];
      if (kind === "full" && draft !== undefined) this.#ports.overflowed(draft);
    });
    if (drafts.length > 0) this.#ports.appended();
    act?.();
    return true;
  }
}

/** Several consequences as one. */
export function allOf(consequences: readonly Consequence[]): Consequence {
  return {
    drafts: consequences.flatMap(({ drafts = [] }) => drafts),
    write: () => consequences.forEach(({ write }) => write?.()),
    act: () => consequences.forEach(({ act }) => act?.()),
  };
}
