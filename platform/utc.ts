/** Instants as ISO 8601 writes them, in UTC. */
import { Instant } from "#wire/units.ts";

/** The instant of `2026-01-01T00:00:00Z`, with or without fractions of a second; undefined for anything else. */
export function readUtc(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/.test(text)) return undefined;
  const at = Date.parse(text);
  return at >= 0 ? Instant(at) : undefined;
}

const moment =
  /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The instant that a person writes: as {@link readUtc} takes it, without seconds, with an offset, or a day, which begins
 * at midnight UTC; undefined for anything else, and for a day that no month has.
 */
export function readMoment(text: string): Instant | undefined {
  const [, day = ""] = moment.exec(text) ?? [];
  const [midnight, at] = [Date.parse(day), Date.parse(text)];
  if (Number.isNaN(midnight) || !(at >= 0)) return undefined;
  return new Date(midnight).toISOString().startsWith(day) ? Instant(at) : undefined;
}

/** An instant as `2026-01-01T00:00:00.000Z`. */
export function writeUtc(at: Instant): string {
  return new Date(at).toISOString();
}
