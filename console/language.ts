/** Which language the pages speak, and how they write numbers and ages. */
import { createContext, useContext } from "react";

import { type Copy, en, type Word } from "./copy-en.ts";
import { fr } from "./copy-fr.ts";

/** The languages of the pages. */
export type Language = "en" | "fr";

/** Words and formats of one language. */
export interface Speech {
  readonly language: Language;
  readonly word: (word: string) => string;
  readonly number: (value: number) => string;
  /** `12 s`, `4 min`, `3 h`, `2 d`: how long ago, with one unit. */
  readonly age: (ms: number) => string;
  readonly time: (ms: number) => string;
}

const copies: Readonly<Record<Language, Copy>> = { en, fr };
const key = "vigie-language";

/** The language chosen before, else the browser's, else English. */
export function firstLanguage(): Language {
  const kept = localStorage.getItem(key);
  if (kept === "en" || kept === "fr") return kept;
  return navigator.language.startsWith("fr") ? "fr" : "en";
}

/** Keeps the choice for the next visit. */
export function keepLanguage(language: Language): void {
  localStorage.setItem(key, language);
  document.documentElement.lang = language;
}

/** Words and formats of a language. */
export function speak(language: Language): Speech {
  const copy: Readonly<Record<string, string | undefined>> = copies[language];
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const times = new Intl.DateTimeFormat(language, {
    day: "2-digit",
    month: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return {
    language,
    word: (word: Word | (string & {})) => copy[word] ?? word,
    number: (value) => numbers.format(value),
    age: (ms) => ageText(ms, language, numbers),
    time: (ms) => times.format(ms),
  };
}

const steps = [
  { limit: 90_000, unit: 1000, name: { en: "s", fr: "s" } },
  { limit: 5_400_000, unit: 60_000, name: { en: "min", fr: "min" } },
  { limit: 172_800_000, unit: 3_600_000, name: { en: "h", fr: "h" } },
] as const;

function ageText(ms: number, language: Language, numbers: Intl.NumberFormat): string {
  const past = Math.max(0, ms);
  for (const { limit, unit, name } of steps) {
    if (past < limit) return `${numbers.format(Math.round(past / unit))} ${name[language]}`;
  }
  return `${numbers.format(Math.round(past / 86_400_000))} ${language === "fr" ? "j" : "d"}`;
}

/** The language of the page around a component. */
export const SpeechContext = createContext<Speech>(speak("en"));

/** The words and formats to use here. */
export function useSpeech(): Speech {
  return useContext(SpeechContext);
}
