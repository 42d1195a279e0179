/**
 * Whom to tell: what the record service says of this home within two seconds, else what it said
 * last.
 *
 * @source catalogue BX-20, CF-12
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble, Trouble } from "#platform/trouble.ts";
import type { BoxSerial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

/** Somebody who gets an SMS. */
export interface Contact {
  readonly role: "nurse" | "relative";
  /** International, `+33…`; never in a log. */
  readonly number: string;
  readonly language: "fr" | "en";
}

/** All that a box has of the person it serves. */
export interface HomeContacts {
  /** First name, or the alias that the person chose; never in a log. */
  readonly alias: string;
  readonly contacts: readonly Contact[];
}

/** The patient records in the cloud. Throws Trouble. */
export interface RecordService {
  contacts(box: BoxSerial): Promise<HomeContacts>;
}

/** Where the box keeps what it has learned, across restarts. Writing throws Trouble. */
export interface ContactStore {
  read(): HomeContacts | undefined;
  write(contacts: HomeContacts): void;
}

/** What a contact book needs. */
export interface ContactPorts {
  readonly box: BoxSerial;
  readonly record: RecordService;
  readonly store: ContactStore;
  readonly clock: Clock;
  readonly log: Log;
}

const recordWithin = Seconds(2);
const nobody: HomeContacts = { alias: "", contacts: [] };

/** Finds the contacts of one home. */
export class ContactBook {
  readonly #ports: ContactPorts;

  constructor(ports: ContactPorts) {
    this.#ports = ports;
  }

  /** Answers within two seconds. What the service says later is still kept for the next time. */
  async find(): Promise<HomeContacts> {
    const { store, log } = this.#ports;
    try {
      return await this.#inTime(this.#ask());
    } catch (error) {
      if (!isTrouble(error)) throw error;
      const stored = store.read() ?? nobody;
      log.warn("stored contacts used", { code: error.code, contacts: stored.contacts.length });
      return stored;
    }
  }

  async #ask(): Promise<HomeContacts> {
    const { record, box } = this.#ports;
    const found = await record.contacts(box);
    this.#keep(found);
    return found;
  }

  /** A disk that fails takes nothing away from what has just been learned. */
  #keep(found: HomeContacts): void {
    const { store, log } = this.#ports;
    try {
      store.write(found);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      log.error("contacts not stored", { code: error.code });
    }
  }

  async #inTime(answer: Promise<HomeContacts>): Promise<HomeContacts> {
    let timer: Timer | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = this.#ports.clock.after(recordWithin, "record service", () =>
        reject(new Trouble("record-slow", { retry: "safe" })),
      );
    });
    try {
      return await Promise.race([answer, tooLong]);
    } finally {
      timer?.cancel();
    }
  }
}
