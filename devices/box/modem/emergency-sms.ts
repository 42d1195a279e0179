/**
 * The first way of an emergency: an SMS to every contact of the home, by the box itself, whatever
 * the Internet does.
 *
 * @source DESIGN §4 two families of flow; catalogue BX-07, CF-12, CF-13
 */
import type { Log } from "#platform/log.ts";
import type { DeviceEvent } from "#wire/messages.ts";

import type { Contact, ContactBook } from "./contacts.ts";
import { type EmergencyKind, emergencyText } from "./emergency-text.ts";
import type { Modem, Outcome } from "./modem.ts";

/** What became of a contact's SMS. */
export interface Told {
  readonly role: Contact["role"];
  readonly outcome: Outcome;
}

/** An event that is told by SMS. */
export type Emergency = Pick<DeviceEvent, "id"> & { readonly kind: EmergencyKind };

/** What telling needs. */
interface EmergencyPorts {
  readonly modem: Pick<Modem, "send">;
  readonly book: ContactBook;
  readonly log: Log;
}

/** Ours: events that a home may have told of before an old one could come again. */
const rememberedMax = 256;

/** Tells the contacts of one home. */
export class EmergencySms {
  readonly #ports: EmergencyPorts;
  readonly #told = new Map<string, Promise<readonly Told[]>>();

  constructor(ports: EmergencyPorts) {
    this.#ports = ports;
  }

  /**
   * Resolves when each contact's SMS has been sent or given up. An event that comes again under the
   * same id is not told again: the first telling's outcome stands for it.
   */
  tell(event: Emergency): Promise<readonly Told[]> {
    const before = this.#told.get(event.id);
    if (before !== undefined) return before;
    const told = this.#tell(event);
    this.#told.set(event.id, told);
    const [oldest] = this.#told.keys();
    if (this.#told.size > rememberedMax && oldest !== undefined) this.#told.delete(oldest);
    return told;
  }

  async #tell({ id, kind }: Emergency): Promise<readonly Told[]> {
    const { book, modem, log } = this.#ports;
    const { alias, contacts } = await book.find();
    if (contacts.length === 0) log.error("emergency without contacts", { event: id });
    const telling = contacts.map(async ({ role, number, language }, index): Promise<Told> => {
      const text = emergencyText(kind, { alias, language });
      const outcome = await modem.send({ id: `${id}/${index}`, rank: "emergency", number, text });
      log.info("emergency told", { event: id, role, outcome: outcome.kind });
      return { role, outcome };
    });
    return Promise.all(telling);
  }
}
