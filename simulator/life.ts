/**
 * What a fleet remembers of its homes between two runs: when they began and how far they have lived.
 *
 * A home needs no more: it lives again, silently, what it has said already, and goes on from there (the same seed says the
 * same, in whatever strides it is lived).
 */
import { Hours } from "#wire/units.ts";

/** The life of the homes of one process; ms UTC. */
export interface Life {
  readonly seed: string;
  readonly profile: string;
  readonly start: number;
  readonly until: number;
}

/** Beyond this a life is begun anew rather than lived again: a week costs 5 ms a home. */
const longest = 7 * Hours(24);

/**
 * Where homes take up their life at `now`: `start` is the instant from which they are to live, silently up to `until`.
 * A past further away than `since` is not caught up with; another seed or profile is another life.
 */
export function takeUp(
  before: Life | undefined,
  wanted: { readonly seed: string; readonly profile: string; since: number; now: number },
): Life {
  const { seed, profile, since, now } = wanted;
  const anew = { seed, profile, start: now - since, until: now - since };
  if (before === undefined || before.seed !== seed || before.profile !== profile) return anew;
  const { start, until } = before;
  const isNear = until <= now && now - until <= Math.max(since, Hours(71));
  if (!isNear) return anew;
  const first = until - start <= longest ? start : until - Hours(24);
  return { seed, profile, start: first, until };
}

/** The life in a JSON text, or undefined when it holds none. */
export function parseLife(text: string): Life | undefined {
  const value: unknown = parseJson(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { seed, profile, start, until }: Record<string, unknown> = { ...value };
  if (typeof seed !== "string" || typeof profile !== "string") return undefined;
  if (!isInstant(start) || !isInstant(until) || until < start) return undefined;
  return { seed, profile, start, until };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isInstant(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
