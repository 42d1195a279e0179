/**
 * What a fleet remembers of its homes between two runs, besides the disks of their boxes: when they began and how far they
 * have lived. A home goes on from there with another start of its wristband.
 */
import { Hours } from "#wire/units.ts";

/** The life of the homes of one process; ms UTC. */
export interface Life {
  readonly seed: string;
  readonly profile: string;
  readonly start: number;
  readonly until: number;
}

/**
 * Where homes take up their life at `now`: they live from `until` on; when that is their `start`, they are new.
 * A past further away than `since` is not caught up with; another seed or profile is another life.
 */
export function takeUp(
  before: Life | undefined,
  wanted: { readonly seed: string; readonly profile: string; since: number; now: number },
): Life {
  const { seed, profile, since, now } = wanted;
  const anew = { seed, profile, start: now - since, until: now - since };
  if (before === undefined || before.seed !== seed || before.profile !== profile) return anew;
  const { until } = before;
  return until <= now && now - until <= Math.max(since, Hours(71)) ? before : anew;
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
