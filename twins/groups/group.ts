/**
 * A saved group: a filter with a name. Who is in it is never stored, it follows from what the twins are.
 */
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

/** One group of a tenant. */
export interface Group {
  readonly name: string;
  /** RSQL, as it was written. */
  readonly filter: string;
  /** A sentence for people; empty for none. */
  readonly about: string;
  /** Which of the tenant's group writes made it so; rises, so that whoever listens knows when the filter is another. */
  readonly edition: number;
  /** As in a wish: `u:<subject of a token>`. */
  readonly by: string;
  readonly at: Instant;
}

/** How many groups a tenant may have, and how long their words may be. */
export const groupLimits = { perTenant: 200, aboutCharacters: 200 } as const;

/** Whether a text may name a group: 1–64 characters of a-z 0-9 and inner hyphens. */
export function isGroupName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(text);
}

/** The group as the field that keeps it. */
export function encodeGroup({ filter, about, edition, by, at }: Group): string {
  return JSON.stringify([edition, at, by, filter, about]);
}

/** The group that a field keeps, or undefined when no code wrote it. */
export function decodeGroup(name: string, field: string): Group | undefined {
  const value: Json = JSON.parse(field);
  if (!Array.isArray(value)) return undefined;
  const [edition, at, by, filter, about] = value;
  if (typeof edition !== "number" || typeof at !== "number") return undefined;
  if (typeof by !== "string" || typeof filter !== "string" || typeof about !== "string") {
    return undefined;
  }
  return { name, filter, about, edition, by, at: Instant(at) };
}
