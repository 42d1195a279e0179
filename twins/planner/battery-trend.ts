/**
 * How fast a battery empties: the straight line from where its discharge began to where it is now.
 *
 * Four numbers a device, no model of the cell: good to about a day for what empties over days at an even pace. It says
 * nothing before six hours and three points of discharge, and starts anew when the level rises, for then it was charged.
 * A level near the end falls faster than the line, so a visit planned by it should not be put off.
 * @source spec twins 5.5, item 10
 */
import { Instant } from "#wire/units.ts";

/** One discharge, as far as it was seen. */
export interface BatteryTrend {
  /** When it began to be seen, and at what level, %. */
  readonly since: Instant;
  readonly from: number;
  /** When it was last seen, and at what level. */
  readonly at: Instant;
  readonly level: number;
}

/** A level at a moment. */
export interface BatteryLevel {
  readonly at: Instant;
  readonly level: number;
}

/** Levels jitter by so much; a higher rise is a charge. */
const jitter = 2;
/** What must have been seen before a line is drawn. */
const shortest = 6 * 3_600_000;
const shallowest = 3;
/** A device with so little is as good as silent, %. */
export const flat = 5;

/** The trend once a level was seen; the very same when it tells nothing new. */
export function seeLevel(trend: BatteryTrend | undefined, seen: BatteryLevel): BatteryTrend {
  if (trend === undefined || seen.level > trend.level + jitter) {
    return { since: seen.at, from: seen.level, ...seen };
  }
  if (seen.at <= trend.at || seen.level === trend.level) return trend;
  return { ...trend, ...seen };
}

/** When the battery will be flat; undefined while nothing can be said. */
export function flatAt(trend: BatteryTrend): Instant | undefined {
  const { since, from, at, level } = trend;
  if (level <= flat) return at;
  const [time, fall] = [at - since, from - level];
  if (time < shortest || fall < shallowest) return undefined;
  return Instant(Math.round(at + ((level - flat) * time) / fall));
}

/** The trend as the field that keeps it. */
export function encodeTrend({ since, from, at, level }: BatteryTrend): string {
  return `${since.toString(36)} ${from} ${(at - since).toString(36)} ${level}`;
}

/** The trend that a field keeps; undefined when it is none. */
export function decodeTrend(field: string): BatteryTrend | undefined {
  const [since = "", from, time = "", level] = field.split(" ");
  const begun = Number.parseInt(since, 36);
  const at = begun + Number.parseInt(time, 36);
  const numbers = { from: Number(from), level: Number(level) };
  const all = [begun, at, numbers.from, numbers.level];
  if (!all.every((number) => Number.isFinite(number) && number >= 0)) return undefined;
  return { since: Instant(begun), at: Instant(at), ...numbers };
}
