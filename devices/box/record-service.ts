/**
 * The patient records in the cloud, as a box may ask them: for the contacts of its own home, by its own certificate.
 *
 * @source catalogue BX-20, CF-12
 */
import type { Https } from "#platform/https/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { parseJson } from "#wire/json.ts";
import { fields, fits, listOf, matching, oneOf, type Shape, textOf } from "#wire/shape.ts";
import { Seconds } from "#wire/units.ts";

import type { Facts } from "./facts.ts";
import type { Contact, ContactStore, HomeContacts, RecordService } from "./modem/contacts.ts";

/** Ours: more people than can be told in time. */
const contactsMost = 8;
/** Longer than anybody waits for it: what comes late is kept for the next time. */
const answerWithin = Seconds(20);

/** Who gets an SMS. */
export const contactsShape: Shape<readonly Contact[]> = listOf(
  fields<Contact>({
    role: oneOf(["nurse", "relative"]),
    number: matching("an international number", /^\+[1-9][0-9]{5,14}$/),
    language: oneOf(["fr", "en"]),
  }),
  contactsMost,
);
const homeShape: Shape<HomeContacts> = fields<HomeContacts>({
  alias: textOf(64),
  contacts: contactsShape,
});

/** The record service at `url`, such as `https://door.example:8443`. */
export function createRecordService(https: Https, url: string): RecordService {
  return {
    contacts: async (box) => {
      const { status, body } = await https.post(`${url}/v1/contacts`, {
        headers: { "content-type": "application/json" },
        body: new TextEncoder().encode(JSON.stringify({ box })),
        within: answerWithin,
      });
      const parsed = parseJson(new TextEncoder().encode(body));
      if (status === 200 && parsed.kind === "parsed" && fits(homeShape, parsed.value)) {
        return parsed.value;
      }
      throw new Trouble("record-unwilling", { retry: "safe", detail: `status ${status}` });
    },
  };
}

const factName = "contacts";

/** The contacts as the box has learned them, sealed like all that it keeps. */
export function createContactStore(facts: Facts): ContactStore {
  return {
    read: () => {
      const kept = facts.read(factName);
      return fits(homeShape, kept) ? kept : undefined;
    },
    write: ({ alias, contacts }) =>
      facts.write(factName, { alias, contacts: contacts.map((contact) => ({ ...contact })) }),
  };
}
