/** Which language the pages speak, and how they write numbers, ages and times. */
import { createContext, useContext } from "react";

import { type Copy, en, type Word } from "./copy-en.ts";
import { fr } from "./copy-fr.ts";
import { spanText } from "./spans.ts";

/** The languages of the pages. */
export type Language = "en" | "fr";

/** What codes name; the words stand under `cause.charging`. */
export type Naming =
  | (
      | "kind"
      | "state"
      | "cause"
      | "aboutCause"
      | "concern"
      | "event"
      | "quality"
      | "source"
      | "role"
    )
  | (
      | "part"
      | "leaf"
      | "value"
      | "sync"
      | "aboutSync"
      | "hint"
      | "reason"
      | "record"
      | "aboutRecord"
      | "refusal"
    )
  | ("bulk" | "aboutBulk" | "act" | "aboutAct" | "step" | "item" | "aboutItem" | "risk" | "visit")
  | ("command" | "aboutCommand" | "order" | "aboutOrder");

/** Words and formats of one language. */
export interface Speech {
  readonly language: Language;
  /** A word, with a value where it has a place for one. */
  readonly word: (word: Word, ...values: readonly string[]) => string;
  /** The name of a code; of one that nobody knows here, the code itself. */
  readonly name: (naming: Naming, code: string) => string;
  readonly number: (value: number) => string;
  readonly percent: (value: number) => string;
  /** `12 s`, `4 min`: a length of time. */
  readonly span: (ms: number) => string;
  /** `4 min ago`: how long since. */
  readonly ago: (ms: number) => string;
  /** Day and time, in 24 hours. */
  readonly time: (ms: number) => string;
  /** Hour and minute, in 24 hours. */
  readonly clock: (ms: number) => string;
}

const copies: Readonly<Record<Language, Copy>> = { en, fr };
/** Days before months in both. */
const locales: Readonly<Record<Language, string>> = { en: "en-GB", fr: "fr-FR" };
const key = "vigie-language";

/** The language chosen before, else the browser's, else English. */
export function firstLanguage(): Language {
  const kept = localStorage.getItem(key);
  if (kept === "en" || kept === "fr") return kept;
  return navigator.language.startsWith("fr") ? "fr" : "en";
}

/** Keeps the choice for the next visit, and tells the browser what is spoken here. */
export function keepLanguage(language: Language): void {
  localStorage.setItem(key, language);
  document.documentElement.lang = language;
}

/** Words and formats of a language. */
export function speak(language: Language): Speech {
  const copy = copies[language];
  const named: Readonly<Record<string, string | undefined>> = copy;
  const numbers = new Intl.NumberFormat(locales[language], { maximumFractionDigits: 1 });
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const clocks = new Intl.DateTimeFormat(locales[language], clock);
  const times = new Intl.DateTimeFormat(locales[language], {
    day: "numeric",
    month: "short",
    ...clock,
    second: "2-digit",
  });
  const word: Speech["word"] = (one, ...values) =>
    values.reduce<string>((text, value) => text.replace("{}", () => value), copy[one]);
  const span: Speech["span"] = (ms) => spanText(ms, language);
  return {
    language,
    word,
    name: (naming, code) => named[`${naming}.${code}`] ?? code,
    number: (value) => numbers.format(value),
    percent: (value) => `${numbers.format(value)}\u00a0%`,
    span,
    ago: (ms) => (ms < 1000 ? word("justNow") : word("ago", span(ms))),
    time: (ms) => times.format(ms),
    clock: (ms) => clocks.format(ms),
  };
}

/** The language of the page around a component. */
export const SpeechContext = createContext<Speech>(speak("en"));

/** The words and formats to use here. */
export function useSpeech(): Speech {
  return useContext(SpeechContext);
}
