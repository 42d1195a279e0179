/**
 * What the AWS face keeps of one shadow beside the twin: the members that are no part, when each leaf was written, and
 * how far its version runs ahead of what the twin counts.
 *
 * The parts themselves are never copied: a shadow is always read off the twin as it is (docs/decisions/0013).
 */
import { assert } from "#platform/assert.ts";
import { isObject } from "#twins/leaves.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

/** Half of a shadow. */
export interface Section {
  readonly state: JsonObject;
  /** As `state`, with seconds since 1970 in the place of each leaf; an array is one leaf. */
  readonly stamps: JsonObject;
}

/** The halves of a shadow. */
export const sectionNames = ["desired", "reported"] as const;
export type SectionName = (typeof sectionNames)[number];

/** Beside the twin. */
export interface ShadowRecord {
  /** To be added to what the twin counts. */
  readonly surplus: number;
  /** Since when there is none, and what the twin counted then; null while there is one. */
  readonly deleted: { readonly at: Instant; readonly count: number } | null;
  /** `state` holds the members that are no part; `stamps` may date the leaves of parts as well. */
  readonly sections: Readonly<Record<SectionName, Section>>;
}

const emptySection: Section = { state: {}, stamps: {} };

/** Of a shadow that nobody ever wrote. */
export const emptyRecord: ShadowRecord = {
  surplus: 0,
  deleted: null,
  sections: { desired: emptySection, reported: emptySection },
};

/** As text. */
export function encodeRecord({ surplus, deleted, sections }: ShadowRecord): string {
  const halves = sectionNames.flatMap((name) => [sections[name].state, sections[name].stamps]);
  return JSON.stringify([surplus, deleted === null ? 0 : [deleted.at, deleted.count], ...halves]);
}

/** The record of that text; of none, the empty one. */
export function decodeRecord(text: string | undefined): ShadowRecord {
  if (text === undefined) return emptyRecord;
  const list: Json = JSON.parse(text);
  assert(isList(list), "a shadow is kept as a list");
  const [surplus, deleted, ...halves] = list;
  const [desired, desiredStamps, reported, reportedStamps] = halves;
  assert(typeof surplus === "number", "a shadow counts its versions");
  return {
    surplus,
    deleted: decodeDeleted(deleted),
    sections: {
      desired: { state: objectOf(desired), stamps: objectOf(desiredStamps) },
      reported: { state: objectOf(reported), stamps: objectOf(reportedStamps) },
    },
  };
}

function decodeDeleted(deleted: Json | undefined): ShadowRecord["deleted"] {
  if (!isList(deleted)) return null;
  const [at, count] = deleted;
  assert(typeof at === "number" && typeof count === "number", "a deletion has its time");
  return { at: Instant(at), count };
}

function objectOf(value: Json | undefined): JsonObject {
  assert(isObject(value), "a half of a shadow is an object");
  return value;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
