/**
 * A twin as Ditto's clients see one: features are its parts, attributes what it is filed under and what it is.
 *
 * What is no part and no attribute of a twin is free, and kept beside it. Vital signs, and whom to tell of an emergency, are
 * for those with the right, here as everywhere (docs/decisions/0013).
 */
import { assert } from "#platform/assert.ts";
import { writeUtc } from "#platform/utc.ts";
import type { Clearance } from "#twins/columns.ts";
import type { Twin } from "#twins/document.ts";
import { isObject } from "#twins/leaves.ts";
import { redacted } from "#twins/redaction.ts";
import { parseSerial, type Serial, type Tenant } from "#wire/identity.ts";
import { type Json, type JsonObject, type PartName, partNames } from "#wire/messages.ts";

/** What the face keeps of one thing beside its twin. */
export interface ThingRecord {
  /** Revisions counted beyond those of the twin. */
  readonly surplus: number;
  /** Those that are none of a twin's own. */
  readonly attributes: JsonObject;
  readonly features: JsonObject;
  readonly definition: string | null;
}

/** A thing, whole. */
export interface Thing {
  readonly twin: Twin;
  readonly record: ThingRecord;
  readonly revision: number;
  /** As its reader may see it, without the fields that begin with `_`. */
  readonly document: JsonObject;
}

/** Attributes that tell what a device is: nobody writes them here. */
export const toldAttributes = ["identity", "links", "presence"] as const;

/** Of a thing that nobody wrote through the face. */
export const emptyThing: ThingRecord = {
  surplus: 0,
  attributes: {},
  features: {},
  definition: null,
};

/** The field of the hash beside the twin. */
export const thingField = "ditto";

/** As text. */
export function encodeThing({ surplus, attributes, features, definition }: ThingRecord): string {
  return JSON.stringify([surplus, attributes, features, definition]);
}

/** The record of that text; of none, the empty one. */
export function decodeThing(text: string | undefined): ThingRecord {
  if (text === undefined) return emptyThing;
  const [surplus, attributes, features, definition]: readonly (Json | undefined)[] = listOf(text);
  assert(typeof surplus === "number", "a thing counts its revisions");
  assert(isObject(attributes) && isObject(features), "a thing has attributes and features");
  const named = typeof definition === "string" ? definition : null;
  return { surplus, attributes, features, definition: named };
}

/** The thing of a twin, as someone of that clearance may see it. */
export function thingOf(twin: Twin, record: ThingRecord, clearance: Clearance): Thing {
  const seen = redacted(twin, clearance);
  const id = thingIdOf(twin);
  const features: Record<string, Json> = {};
  for (const name of partNames) {
    const part = seen.parts[name];
    if (part !== undefined) features[name] = featureOf(part.reported, part.desired);
  }
  const { definition } = record;
  const document = {
    thingId: id,
    policyId: id,
    ...(definition === null ? {} : { definition }),
    attributes: { ...attributesOf(seen), ...record.attributes },
    features: { ...features, ...record.features },
  };
  return { twin, record, revision: twin.rev + record.surplus, document };
}

/** The document with the fields that are only told when asked for. */
export function withMeta({ document, twin, revision }: Thing): JsonObject {
  return {
    ...document,
    _revision: revision,
    _created: writeUtc(twin.createdAt),
    _modified: writeUtc(twin.modifiedAt),
    _namespace: twin.tenant,
  };
}

/** `nice:B-1`. */
export function thingIdOf({ tenant, id }: Pick<Twin, "tenant" | "id">): string {
  return `${tenant}:${id}`;
}

/** The device of that tenant that a thing id names. */
export function serialOf(thingId: string, tenant: Tenant): Serial | undefined {
  const prefix = `${tenant}:`;
  return thingId.startsWith(prefix) ? parseSerial(thingId.slice(prefix.length)) : undefined;
}

/** The part that a feature is, if it is one. */
export function partOf(feature: string): PartName | undefined {
  return partNames.find((known) => known === feature);
}

function attributesOf({ kind, identity, links, presence, tags }: Twin): JsonObject {
  const { state, cause, since } = presence;
  return {
    identity: { kind, ...identity },
    links: { ...links },
    presence: { state, cause, since: writeUtc(since) },
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

function featureOf(properties: JsonObject, desiredProperties: JsonObject): JsonObject {
  return {
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(Object.keys(desiredProperties).length === 0 ? {} : { desiredProperties }),
  };
}

function listOf(text: string): readonly Json[] {
  const list: Json = JSON.parse(text);
  assert(Array.isArray(list), "a thing is kept as a list");
  return list;
}
