/** The unit that stands behind a leaf's figure; empty for what has none. */
const units: Readonly<Record<string, string>> = {
  "power/battery": "%",
  "buffer/depth": "messages",
  "vitals/heart-rate": "/min",
  "vitals/spo2": "%",
  "vitals/steps": "steps",
  "vitals/systolic": "mmHg",
  "vitals/diastolic": "mmHg",
  "vitals/glucose": "mg/dL",
  "vitals/weight": "kg",
  "vitals/temperature": "°C",
  "vitals/respiratory-rate": "/min",
  "vitals/body-mass-index": "kg/m²",
};

/** The unit of a leaf, by its path `part/leaf`. */
export function unitOf(path: string): string {
  return units[path] ?? "";
}
