/** The time that the clocks of a home show. */
import type { Instant } from "#wire/units.ts";

import { type DateTime, instantOf } from "../sensors/date-time.ts";

/** Where a home stands unless somebody says so. */
export const homeZone = "Europe/Paris";

/** Whether text names a time zone, such as `Europe/Paris`. */
export function isZone(value: unknown): value is string {
  if (typeof value !== "string") return false;
  try {
    formatOf(value);
    return true;
  } catch {
    return false;
  }
}

/** `14:02`. */
export function timeOfDay(t: Instant, zone: string): string {
  const { hour, minute } = shownAt(t, zone);
  return [hour, minute].map((part) => String(part).padStart(2, "0")).join(":");
}

/** How far the zone's clocks are ahead of UTC then, minutes. */
export function zoneMinutes(t: Instant, zone: string): number {
  const shown = instantOf(shownAt(t, zone), 0) ?? t;
  return Math.round((shown - t) / 60_000);
}

function shownAt(t: Instant, zone: string): DateTime {
  const parts = formatOf(zone).formatToParts(t);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  return {
    ...{ year: part("year"), month: part("month"), day: part("day") },
    ...{ hour: part("hour"), minute: part("minute"), second: part("second") },
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one is slow, and a fleet has few zones. Throws for what is no zone. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numeric = "numeric" as const;
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, hourCycle: "h23" },
    ...{ year: numeric, month: numeric, day: numeric },
    ...{ hour: numeric, minute: numeric, second: numeric },
  });
  formats.set(zone, format);
  return format;
}
