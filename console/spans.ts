/** Lengths of time as people say them. */
import type { Language } from "./language.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const dayNames: Readonly<Record<Language, string>> = { en: "d", fr: "j" };

/**
 * `12 s`, `4 min`, `7 h 24 min`, `3 d 5 h`: the two largest units from an hour on, rounded down; hours up to two days.
 * A figure is not parted from its unit.
 */
export function spanText(ms: number, language: Language): string {
  const past = Math.max(0, ms);
  if (past < minute) return join([past, second, "s"]);
  if (past < hour) return join([past, minute, "min"]);
  if (past < 2 * day) return join([past, hour, "h"], [past % hour, minute, "min"]);
  return join([past, day, dayNames[language]], [past % day, hour, "h"]);
}

type Figure = readonly [ms: number, unit: number, name: string];

/** The figures in words; a second one that is nothing is left out. */
function join(first: Figure, ...rest: readonly Figure[]): string {
  return [first, ...rest.filter(([ms, unit]) => ms >= unit)]
    .map(([ms, unit, name]) => `${Math.floor(ms / unit)}\u00a0${name}`)
    .join(" ");
}
