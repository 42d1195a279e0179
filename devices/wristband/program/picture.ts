/**
 * What the display shows, drawn by whoever has one: a sign, two short lines, the battery.
 *
 * The words are the wearer's, in French capitals without accents, which every font of a watch has.
 * @source catalogue WB-02, WB-17, WB-18, WB-19; spec/ota.md §4
 */

/** The large sign, the most urgent first: it hides all after it. */
export const signs = [
  "recovery",
  "ask",
  "calling",
  "called",
  "here",
  "pairing",
  "error",
  "news",
  "update",
  "charging",
  "low",
  "off",
  "well",
] as const;
export type Sign = (typeof signs)[number];

/** A picture; equal pictures look the same. */
export interface Picture {
  readonly sign: Sign;
  /** At most {@link lineMost} characters each; may be empty. */
  readonly title: string;
  readonly detail: string;
  /** Full fifths of the battery, 0–5. */
  readonly battery: number;
  readonly charging: boolean;
  /** The box has been out of reach for a while. */
  readonly far: boolean;
}

/** What fits into a line of a watch. */
export const lineMost = 26;

/** Whether two pictures look the same. */
export function looksSame(a: Picture, b: Picture): boolean {
  return (
    a.sign === b.sign &&
    a.title === b.title &&
    a.detail === b.detail &&
    a.battery === b.battery &&
    a.charging === b.charging &&
    a.far === b.far
  );
}

/** Fifths of a battery, so that a picture changes five times from full to empty. */
export function batteryStep(level: number): number {
  return Math.max(0, Math.min(5, Math.ceil(level / 20)));
}
