/**
 * A shadow as it stands: the parts of the twin and, beside them, the members that are no part.
 *
 * The classic shadow shows every part under its name; a named shadow that is called like a part is that part alone; any
 * other named shadow is free. The version is what the twin counts of it and what the face counts beyond that, so it rises
 * with whatever is told to the twin in other ways as well.
 */
import type { Part, Twin } from "#twins/document.ts";
import { leavesOf, withLeaf } from "#twins/leaves.ts";
import { type Json, type JsonObject, type PartName, partNames } from "#wire/messages.ts";

import type { SectionName, ShadowRecord } from "./record.ts";
import { differenceOf, metadataOf, stampsOver } from "./section.ts";

/** Which shadow of a thing: null is the classic one. */
export type ShadowName = string | null;

/** A shadow, whole. */
export interface ShadowView {
  readonly exists: boolean;
  /** Of what exists, and of what was deleted. 0 when there never was any. */
  readonly version: number;
  readonly state: Readonly<Record<SectionName, JsonObject>>;
  /** Seconds in the place of each leaf. */
  readonly stamps: Readonly<Record<SectionName, JsonObject>>;
}

/** A state with its metadata. */
export interface Described {
  readonly state: JsonObject;
  readonly metadata: JsonObject;
}

/** The twin as its own device and those who only write see it: what was measured of a person goes nowhere from here. */
export function withoutVitals(twin: Twin): Twin {
  const { vitals: _, ...parts } = twin.parts;
  return { ...twin, parts };
}

/** The part that a shadow is, if it is one. */
export function partOf(name: ShadowName): PartName | undefined {
  return partNames.find((known) => known === name);
}

/** The members of a section that are no part. */
export function freeMembers(section: JsonObject, name: ShadowName): JsonObject {
  if (partOf(name) !== undefined) return {};
  if (name !== null) return section;
  return Object.fromEntries(
    Object.entries(section).filter(([member]) => partOf(member) === undefined),
  );
}

/** The members of a section that are parts, by part. */
export function partMembers(
  section: JsonObject,
  name: ShadowName,
): Readonly<Partial<Record<PartName, Json>>> {
  const own = partOf(name);
  if (own !== undefined) return { [own]: section };
  if (name !== null) return {};
  return Object.fromEntries(
    Object.entries(section).filter(([member]) => partOf(member) !== undefined),
  );
}

/** What the twin counts of a shadow. Vital signs count for none but their own: they would outdate every version. */
export function countOf(twin: Twin, name: ShadowName): number {
  const own = partOf(name);
  if (own !== undefined) return twin.parts[own]?.v ?? 0;
  if (name !== null) return 0;
  const counted = partNames.filter((part) => part !== "vitals");
  return counted.reduce((sum, part) => sum + (twin.parts[part]?.v ?? 0), 0);
}

/** The shadow of that name. */
export function viewShadow(twin: Twin, record: ShadowRecord, name: ShadowName): ShadowView {
  const count = countOf(twin, name);
  const version = record.surplus + count;
  const isDeleted = record.deleted !== null && count <= record.deleted.count;
  const desired = half(twin, name, { record, section: "desired" });
  const reported = half(twin, name, { record, section: "reported" });
  return {
    exists: version > 0 && !isDeleted,
    version,
    state: { desired: desired.state, reported: reported.state },
    stamps: { desired: desired.stamps, reported: reported.stamps },
  };
}

/** What is outstanding, dated by what is desired; undefined when nothing is. */
export function deltaOf({ state, stamps }: ShadowView): Described | undefined {
  const difference = differenceOf(state.desired, state.reported);
  if (Object.keys(difference).length === 0) return undefined;
  return { state: difference, metadata: metadataOf(difference, stamps.desired) };
}

/** Both halves, an empty one left out. */
export function describe({ state, stamps }: ShadowView): Described {
  const told: Record<string, Json> = {};
  const metadata: Record<string, Json> = {};
  for (const section of ["desired", "reported"] as const) {
    if (Object.keys(state[section]).length === 0) continue;
    told[section] = state[section];
    metadata[section] = metadataOf(state[section], stamps[section]);
  }
  return { state: told, metadata };
}

function half(
  twin: Twin,
  name: ShadowName,
  { record, section }: { record: ShadowRecord; section: SectionName },
): { readonly state: JsonObject; readonly stamps: JsonObject } {
  const free = record.sections[section];
  const own = partOf(name);
  const shown = name === null ? partNames : own === undefined ? [] : [own];
  const state: Record<string, Json> = {};
  const stamps: Record<string, Json> = {};
  for (const part of shown) {
    const held = twin.parts[part];
    if (held === undefined || Object.keys(held[section]).length === 0) continue;
    Object.assign(state, name === null ? { [part]: held[section] } : held[section]);
    const dated = stampsOf(held, section);
    Object.assign(stamps, name === null ? { [part]: dated } : dated);
  }
  Object.assign(state, free.state);
  return { state, stamps: stampsOver(state, [stamps, free.stamps]) };
}

/** When each leaf of a part was wished for, or received. */
function stampsOf(part: Part, section: SectionName): JsonObject {
  let stamps: JsonObject = {};
  for (const { path } of leavesOf(part[section])) {
    const at = section === "desired" ? part.wishes[path]?.setAt : part.meta[path]?.r;
    stamps = withLeaf(stamps, path.split("/"), Math.floor((at ?? 0) / 1000));
  }
  return stamps;
}
