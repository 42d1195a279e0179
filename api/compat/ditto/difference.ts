/**
 * What a wanted document asks for that the thing is not: wishes and tags of the twin, and what is kept beside it. Pure.
 *
 * Every way to write (PUT, PATCH, DELETE, at any path) makes a whole document first, so that there is one place in which
 * it is judged what may be written: nothing is dropped silently, one field that may not be written refuses all (D7).
 */
import { type PatchFault, type ReadPatch, readPatch } from "#twins/desired/patch.ts";
import { isObject, leavesOf } from "#twins/leaves.ts";
import { patchBetween } from "#twins/merge-patch.ts";
import type { DeviceKind } from "#wire/identity.ts";
import { type Json, type JsonObject, partNames } from "#wire/messages.ts";

import { isWild } from "./document.ts";
import { type DittoError, type Refusal, refused } from "./refusal.ts";
import { partOf, type ThingRecord, toldAttributes } from "./thing.ts";

/** What is to be written. */
export interface Difference {
  readonly kind: "difference";
  readonly patch: ReadPatch;
  readonly free: Omit<ThingRecord, "surplus">;
}

/** The largest thing, bytes of JSON (D14). */
export const thingBytesMost = 102_400;

/** How a document came to be: a replaced one may leave out what is not its writer's to say, a merged one took it away. */
export type Manner = "replaced" | "merged";

/** What makes `held` into `wanted`, or why that may not be. */
export function differenceOf(
  held: JsonObject,
  wanted: JsonObject,
  { kind, manner }: { readonly kind: DeviceKind; readonly manner: Manner },
): Difference | Refusal {
  const told = new Told(manner);
  const { attributes = null, features = null, definition = null } = wanted;
  const fault =
    faultOfFrame(held, wanted) ??
    faultOfAttributes(told, objectIn(held, "attributes"), attributes) ??
    faultOfFeatures(told, objectIn(held, "features"), features);
  if (fault !== undefined) return fault;
  const wishes = wishesOf(objectIn(held, "features"), orEmpty(features));
  const tags = patchBetween(
    objectIn(objectIn(held, "attributes"), "tags"),
    objectIn(orEmpty(attributes), "tags"),
  );
  const patch = readPatch({ tags, parts: wishes }, kind);
  if (patch.kind === "fault") return refusalOf(patch);
  const own = new Set<string>([...toldAttributes, "tags"]);
  return {
    kind: "difference",
    patch,
    free: {
      attributes: without(orEmpty(attributes), (name) => own.has(name)),
      features: without(orEmpty(features), (name) => partOf(name) !== undefined),
      definition: typeof definition === "string" ? definition : null,
    },
  };
}

/** Judges what a twin tells of itself: it may be sent back as it is, and left out where all is replaced. */
class Told {
  readonly #manner: Manner;

  constructor(manner: Manner) {
    this.#manner = manner;
  }

  isKept(held: Json | undefined, wanted: Json | undefined): boolean {
    if (wanted === undefined) return held === undefined || this.#manner === "replaced";
    return Bun.deepEquals(held, wanted);
  }
}

const frame = new Set(["thingId", "policyId", "definition", "attributes", "features"]);

function faultOfFrame(held: JsonObject, wanted: JsonObject): Refusal | undefined {
  if (isWild(wanted)) return refused("json.field.invalid", "A name, or the nesting, is too wild.");
  for (const name of Object.keys(wanted)) {
    if (!frame.has(name)) return refused("json.field.invalid", `There is no field ${name}.`);
  }
  const { thingId, policyId, definition = null } = wanted;
  if (thingId !== undefined && thingId !== held["thingId"]) return refused("things:id.notsettable");
  if (policyId !== undefined && policyId !== held["policyId"]) {
    return refused("things:policy.notmodifiable");
  }
  const isDefinition =
    definition === null || (typeof definition === "string" && definition.length <= 256);
  return isDefinition ? undefined : refused("json.field.invalid", "A definition is a text.");
}

function faultOfAttributes(told: Told, held: JsonObject, wanted: Json): Refusal | undefined {
  if (wanted !== null && !isObject(wanted)) {
    return refused("json.field.invalid", "Attributes are an object.");
  }
  for (const name of toldAttributes) {
    if (!told.isKept(held[name], orEmpty(wanted)[name])) {
      return refused("things:attribute.notmodifiable", `attributes/${name}`);
    }
  }
  const { tags = {} } = orEmpty(wanted);
  return isObject(tags) ? undefined : refused("json.field.invalid", "Tags are an object.");
}

function faultOfFeatures(told: Told, held: JsonObject, wanted: Json): Refusal | undefined {
  if (wanted !== null && !isObject(wanted)) {
    return refused("json.field.invalid", "Features are an object.");
  }
  for (const [name, feature] of Object.entries(orEmpty(wanted))) {
    const fault = faultOfFeature(name, feature);
    if (fault !== undefined) return fault;
  }
  for (const name of partNames) {
    const before = objectIn(held, name)["properties"];
    const after = objectIn(orEmpty(wanted), name)["properties"];
    if (!told.isKept(before, after)) {
      return refused("things:feature.notmodifiable", `features/${name}/properties`);
    }
  }
  return undefined;
}

function faultOfFeature(name: string, feature: Json): Refusal | undefined {
  if (feature === null) return undefined;
  if (!isObject(feature)) return refused("json.field.invalid", `features/${name} is an object.`);
  for (const [field, value] of Object.entries(feature)) {
    const fault = faultOfHalf(name, field, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfHalf(name: string, field: string, value: Json): Refusal | undefined {
  const isPart = partOf(name) !== undefined;
  const place = `features/${name}/${field}`;
  if (field === "definition") {
    return !isPart && Array.isArray(value) ? undefined : refused("json.field.invalid", place);
  }
  const isHalf = field === "properties" || field === "desiredProperties";
  if (!isHalf || !isObject(value)) return refused("json.field.invalid", place);
  if (!isPart || field === "properties") return undefined;
  const hasNull = [...leavesOf(value)].some((leaf) => leaf.value === null);
  return hasNull
    ? refused("wot:payload.validation.error", `${place}: null is no value`)
    : undefined;
}

/** What is desired of the parts otherwise than it is, as a patch of the twin. */
function wishesOf(held: JsonObject, wanted: JsonObject): JsonObject {
  const wishes: Record<string, Json> = {};
  for (const name of partNames) {
    const before = objectIn(objectIn(held, name), "desiredProperties");
    const after = objectIn(objectIn(wanted, name), "desiredProperties");
    const patch = patchBetween(before, after);
    if (Object.keys(patch).length > 0) wishes[name] = { desired: patch };
  }
  return wishes;
}

function refusalOf({ code, at, why }: PatchFault): Refusal {
  const error: DittoError =
    code === "not_writable" ? "things:feature.notmodifiable" : "wot:payload.validation.error";
  return refused(error, `${at.join("/")}: ${why}`);
}

function without(object: JsonObject, isLeftOut: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isLeftOut(name)));
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return isObject(value) ? value : {};
}

function orEmpty(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
