/**
 * What an emergency's SMS says: who, what in a word, and what to do. No value, no diagnosis, and one
 * SMS long.
 *
 * @source catalogue CF-39, AL-15
 */
import { assert } from "#platform/assert.ts";
import type { EventKind } from "#wire/messages.ts";

import type { Contact } from "./contacts.ts";

/** The events that are told by SMS. */
export type EmergencyKind = Extract<EventKind, "fall" | "cardiac" | "respiratory" | "sos">;

type Phrases = Readonly<Record<EmergencyKind, string>> & {
  readonly somebody: string;
  readonly mark: string;
  readonly act: string;
};

const phrases: Readonly<Record<Contact["language"], Phrases>> = {
  fr: {
    ...{ fall: "chute", cardiac: "alerte cœur", respiratory: "alerte respiration" },
    ...{ sos: "appel à l’aide", somebody: "Votre proche", mark: " : " },
    act: "Appelez ou passez. Vigie",
  },
  en: {
    ...{ fall: "fall", cardiac: "heart alert", respiratory: "breathing alert" },
    ...{ sos: "call for help", somebody: "Your relative", mark: ": " },
    act: "Call or visit now. Vigie",
  },
};

/** Room for the name, so that every text fits in one SMS of 70 characters. */
const aliasMax = 20;
const textMax = 70;

/** The text for a contact, in their language. */
export function emergencyText(
  kind: EmergencyKind,
  { alias, language }: { alias: string; language: Contact["language"] },
): string {
  const words = phrases[language];
  const text = `${nameOf(alias) || words.somebody}${words.mark}${words[kind]}. ${words.act}`;
  assert(text.length <= textMax, "an emergency's text is one SMS");
  return text;
}

/** One line; a long name loses its end, never half a character. */
function nameOf(alias: string): string {
  const clean = alias.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  let name = "";
  for (const letter of clean) {
    if (name.length + letter.length > aliasMax) return `${name.trim()}…`;
    name += letter;
  }
  return name;
}
