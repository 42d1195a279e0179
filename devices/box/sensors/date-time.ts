/**
 * The clock on a sensor's display: a date and a time of day, without a zone.
 *
 * The box knows the zone it stands in; a sensor does not. What it says is kept as it is until the box
 * turns it into an instant.
 * @source Bluetooth GATT Specification Supplement, Date Time; days from a civil date after Howard
 * Hinnant, chrono-compatible low-level date algorithms
 */
import { Instant, lastInstant } from "#wire/units.ts";

/** A date and a time of day, as a sensor shows them. */
export interface DateTime {
  /** 1582–9999. */
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** The date, or that the sensor does not know it, or that there is no such date. */
export function decodeDateTime(fields: DateTime): DateTime | "unknown" | "reserved" {
  const { year, month, day, hour, minute, second } = fields;
  if (hour > 23 || minute > 59 || second > 59) return "reserved";
  if (year === 0 || month === 0 || day === 0) return "unknown";
  if (year < 1582 || year > 9999 || month > 12 || day > daysOf(year, month)) return "reserved";
  return fields;
}

/** Seven bytes. */
export function encodeDateTime({ year, month, day, ...time }: DateTime): readonly number[] {
  return [year & 0xff, year >> 8, month, day, time.hour, time.minute, time.second];
}

/**
 * The instant at which a clock of this zone shows `at`; undefined before 1970.
 *
 * @param zoneMinutes  how far the zone is ahead of UTC: 60 in Paris in winter
 */
export function instantOf(at: DateTime, zoneMinutes: number): Instant | undefined {
  const minutes = (dayNumber(at) * 24 + at.hour) * 60 + at.minute - zoneMinutes;
  const ms = (minutes * 60 + at.second) * 1000;
  return ms >= 0 && ms <= lastInstant ? Instant(ms) : undefined;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar. */
function dayNumber({ year, month, day }: DateTime): number {
  // Years that begin in March put the leap day at the end.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
