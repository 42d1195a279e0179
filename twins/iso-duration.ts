/**
 * Lengths of time as people write them: ISO 8601 durations such as `PT10M`, `P2D`, `PT1H30M`.
 *
 * Months and years have no fixed length and are not taken.
 */
import { type Duration, Millis } from "#wire/units.ts";

const shape =
  /^P(?=.)(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/;
/** Seconds in each place of the shape. */
const weights = [604_800, 86_400, 3600, 60, 1] as const;

/** The length that `text` says, or undefined when it says none. */
export function parseIsoDuration(text: string): Duration | undefined {
  const places = shape.exec(text)?.slice(1);
  if (places === undefined) return undefined;
  const seconds = weights.reduce((sum, weight, at) => sum + weight * Number(places[at] ?? 0), 0);
  return Millis(seconds * 1000);
}
