/** The unit that stands behind a leaf's figure; empty for what has none. */
import type { Speech } from "./language.ts";

/** Written the same in every language. */
const symbols: Readonly<Record<string, string>> = {
  "power/battery": "%",
  "radio/signal": "dBm",
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
  "buffer/heldMost": "unit.readings",
  "vitals/steps": "unit.steps",
} as const;

/** The unit of a leaf, by its path `part/leaf`. */
export function unitOf(path: string, word: Speech["word"]): string {
  if (isCounted(path)) return word(counted[path]);
  return symbols[path] ?? "";
}

function isCounted(path: string): path is keyof typeof counted {
  return Object.hasOwn(counted, path);
}
