/** Values of leaves as people read them, and the unit that stands behind each. */
import type { Speech } from "./language.ts";

/** Written the same in every language. */
const symbols: Readonly<Record<string, string>> = {
  "power/battery": "%",
  "radio/signal": "dBm",
  "buffer/bytes": "B",
  "config/hypoxaemia": "%",
  "config/heartRateLow": "/min",
  "config/heartRateHigh": "/min",
  "config/thresholds/battery": "%",
  "vitals/heart-rate": "/min",
  "vitals/spo2": "%",
  "vitals/systolic": "mmHg",
  "vitals/diastolic": "mmHg",
  "vitals/glucose": "mg/dL",
  "vitals/weight": "kg",
  "vitals/temperature": "°C",
  "vitals/respiratory-rate": "/min",
  "vitals/body-mass-index": "kg/m²",
};
/** Words. */
const counted = {
  "buffer/depth": "unit.messages",
  "buffer/messages": "unit.messages",
  "buffer/heldMost": "unit.readings",
  "vitals/steps": "unit.steps",
} as const;

/** The unit of a leaf, by its path `part/leaf`; empty for what has none. */
export function unitOf(path: string, word: Speech["word"]): string {
  if (isCounted(path)) return word(counted[path]);
  return symbols[path] ?? "";
}

function isCounted(path: string): path is keyof typeof counted {
  return Object.hasOwn(counted, path);
}

/** Leaves whose value is an instant, ms. */
const instants: ReadonlySet<string> = new Set([
  "buffer/oldest",
  "identity/calibratedAt",
  "identity/calibrationDue",
]);

/** The value of a leaf, without its unit. */
export function valueText(path: string, value: unknown, { number, name, time }: Speech): string {
  if (typeof value === "number") return instants.has(path) ? time(value) : number(value);
  if (typeof value === "string" || typeof value === "boolean") return name("value", String(value));
  return JSON.stringify(value);
}

/** A value as one types it: a text bare, anything else as JSON. */
export function typedText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
