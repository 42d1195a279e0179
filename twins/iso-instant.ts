/**
 * Moments as people write them: `2026-11-03T14:00:00Z`, with an offset, or a day, which begins at midnight UTC.
 */
import { Instant, lastInstant } from "#wire/units.ts";

const shape =
  /^(\d{4})-(\d{2})-(\d{2})(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The moment that `text` says, or undefined when it says none between 1970 and 9999. */
export function parseIsoInstant(text: string): Instant | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = shape.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const offset = offsetOf(zone ?? "Z");
  if (!isDay(date) || offset === undefined) return undefined;
  const minutes = daysSince1970(date) * 1440 + Number(hour ?? 0) * 60 + Number(minute ?? 0);
  const seconds = (minutes - offset) * 60 + Number(second ?? 0);
  const ms = seconds * 1000 + Number((fraction ?? "").padEnd(3, "0"));
  return ms >= 0 && ms <= lastInstant ? Instant(ms) : undefined;
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Minutes ahead of UTC; undefined for an offset that is none. */
function offsetOf(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

function isDay({ year, month, day }: Day): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const next = month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
  const length = daysSince1970({ ...next, day: 1 }) - daysSince1970({ year, month, day: 1 });
  return day <= length;
}

/** Years begin in March, so that a leap day is a year's last; 400 of them have 146,097 days. */
function daysSince1970({ year, month, day }: Day): number {
  const y = month > 2 ? year : year - 1;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leaps + ofYear - 719_468;
}
