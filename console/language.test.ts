import { expect, test } from "bun:test";

import { en } from "./copy-en.ts";
import { fr } from "./copy-fr.ts";
import { speak } from "./language.ts";

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

test("numbers, ages and times are written as each language writes them, in 24 hours", () => {
  const at = new Date(2026, 10, 3, 17, 4, 9).getTime();
  expect(plain(speak("en").number(12_345.67))).toBe("12,345.7");
  expect(plain(speak("fr").number(12_345.67))).toBe("12 345,7");
  expect(speak("en").time(at)).toBe("3 Nov, 17:04:09");
  expect(speak("fr").time(at)).toBe("3 nov., 17:04:09");
  expect(speak("fr").clock(at)).toBe("17:04");
  expect(plain(speak("en").ago(260_000))).toBe("4 min ago");
  expect(plain(speak("fr").ago(260_000))).toBe("il y a 4 min");
  expect(speak("fr").ago(300)).toBe("à l’instant");
  expect(plain(speak("fr").percent(41))).toBe("41 %");
});

test("values stand in their places, whatever they contain", () => {
  expect(speak("en").word("emergenciesCounted", "24 h", "$&")).toBe(
    "Emergencies in 24 h: $&. Only clinicians see them.",
  );
});

test("a code without a word names itself", () => {
  expect(speak("fr").name("cause", "not_worn")).toBe("non porté");
  expect(speak("fr").name("leaf", "radio/cell")).toBe("radio/cell");
});

test("a word has a place for as many values in French as in English", () => {
  const places = (text: string): number => text.split("{}").length;
  for (const [key, text] of Object.entries(fr)) {
    expect(`${key} ${places(text)}`).toBe(
      `${key} ${places(new Map(Object.entries(en)).get(key)!)}`,
    );
  }
});
