/**
 * A merge patch as people send it, `{tags, parts: {config: {desired: {…}}}}`: read once, or refused at one place.
 *
 * Reported leaves are the device's to write, and everything else of a twin follows from something. Nothing is dropped
 * silently: a field that does not exist, or may not be written, refuses the whole patch (spec twins 4B, D7).
 */
import { isObject } from "#twins/leaves.ts";
import { twinLimits } from "#twins/limits.ts";
import { expectationOf, isDeclared, ruleOf, suits } from "#twins/model.ts";
import type { DeviceKind } from "#wire/identity.ts";
import { type Json, type JsonObject, type PartName, partNames } from "#wire/messages.ts";

import type { TwinPatch } from "./edit.ts";

/** Why a patch is refused, and at which names from its root down. */
export interface PatchFault {
  readonly kind: "fault";
  readonly code:
    "bad_name" | "bad_value" | "not_writable" | "too_deep" | "too_many_leaves" | "unknown_field";
  readonly at: readonly string[];
  /** One sentence; never with the value in it. */
  readonly why: string;
}

/** A patch that may be merged into a twin of that kind. */
export interface ReadPatch extends TwinPatch {
  readonly kind: "patch";
}

/** Most tags of a twin, and the longest text of one. */
export const tagLimits = { tags: 32, text: 256 } as const;

/** Fields of a twin that people read and never write. */
const readOnly: ReadonlySet<string> = new Set([
  "id",
  "tenant",
  "kind",
  "rev",
  "at",
  "createdAt",
  "modifiedAt",
  "retiredAt",
  "identity",
  "links",
  "presence",
  "delta",
  "sync",
  "meta",
]);
const readOnlyInPart: ReadonlySet<string> = new Set(["v", "reported", "leaves", "meta", "wishes"]);

/** The patch that a body says for a device of that kind. */
export function readPatch(body: Json, kind: DeviceKind): ReadPatch | PatchFault {
  if (!isObject(body)) return fault("bad_value", [], "A twin is patched with an object.");
  const [named] = namesOf(body, []);
  if (named !== undefined) return named;
  const { tags, parts = {}, ...others } = body;
  const [other] = Object.keys(others);
  if (other !== undefined) return unwritable(readOnly, [other]);
  const desired = readParts(parts, kind);
  if (isFault(desired)) return desired;
  if (tags === undefined) return { kind: "patch", desired };
  return faultOfTags(tags) ?? { kind: "patch", desired, tags: isObject(tags) ? tags : null };
}

function readParts(parts: Json, kind: DeviceKind): TwinPatch["desired"] | PatchFault {
  if (!isObject(parts)) return fault("bad_value", ["parts"], "Parts are an object.");
  const desired: Partial<Record<PartName, JsonObject | null>> = {};
  for (const [text, part] of Object.entries(parts)) {
    const at = ["parts", text];
    const name = partNames.find((known) => known === text);
    if (name === undefined) return fault("unknown_field", at, "There is no such part.");
    if (part === null) return fault("not_writable", at, "A part holds what the device reported.");
    if (!isObject(part)) return fault("bad_value", at, "A part is an object.");
    for (const field of Object.keys(part)) {
      if (field !== "desired") return unwritable(readOnlyInPart, [...at, field]);
    }
    const { desired: wanted } = part;
    if (wanted === undefined) continue;
    const found = faultOfDesired(wanted, { kind, path: name, at: [...at, "desired"] });
    if (found !== undefined) return found;
    desired[name] = isObject(wanted) ? wanted : null;
  }
  return desired;
}

/** Where in a patch one is. */
interface Place {
  readonly kind: DeviceKind;
  /** As the model names it. */
  readonly path: string;
  readonly at: readonly string[];
}

function faultOfDesired(value: Json, { kind, path, at }: Place): PatchFault | undefined {
  const rule = ruleOf(kind, path);
  if (!isDeclared(kind, path)) {
    return fault("unknown_field", at, `A ${kind} has no leaf ${path} that could be desired.`);
  }
  if (value === null) return undefined;
  if (rule !== undefined) {
    if (suits(rule, value)) return undefined;
    return fault("bad_value", at, `This must be ${expectationOf(rule)}.`);
  }
  if (!isObject(value)) return fault("bad_value", at, `${path} is an object.`);
  for (const [name, inner] of Object.entries(value)) {
    const found = faultOfDesired(inner, { kind, path: `${path}/${name}`, at: [...at, name] });
    if (found !== undefined) return found;
  }
  return undefined;
}

function faultOfTags(tags: Json): PatchFault | undefined {
  if (tags === null) return undefined;
  if (!isObject(tags)) return fault("bad_value", ["tags"], "Tags are an object.");
  const names = Object.keys(tags);
  if (names.length > tagLimits.tags) {
    return fault("too_many_leaves", ["tags"], `At most ${tagLimits.tags} tags.`);
  }
  const bad = names.find((name) => !isTag(tags[name] ?? null));
  if (bad === undefined) return undefined;
  const what = `a text of at most ${tagLimits.text} characters, a number, or true or false`;
  return fault("bad_value", ["tags", bad], `A tag is ${what}.`);
}

function isTag(value: Json): boolean {
  if (typeof value === "string")
    return value.length <= tagLimits.text && !/\p{Surrogate}/u.test(value);
  // JSON may spell numbers that no number is: they would be kept as nothing.
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "boolean";
}

/** Names that could not stand in a path, and nesting beyond the limit, counted from the part down. */
function* namesOf(object: JsonObject, at: readonly string[]): Iterable<PatchFault> {
  for (const [name, value] of Object.entries(object)) {
    const here = [...at, name];
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) || name in {}) {
      yield fault(
        "bad_name",
        here,
        "Names are 1 to 64 of A-Z a-z 0-9 _ -, a letter or digit first.",
      );
    }
    if (typeof value !== "object" || value === null) continue;
    if (here.length >= deepest) {
      yield fault("too_deep", here, `A part is at most ${twinLimits.depth} levels deep.`);
      return;
    }
    if (isObject(value)) yield* namesOf(value, here);
  }
}

/** `parts`, a part's name and `desired` stand above a part's own levels. */
const deepest = twinLimits.depth + 3;

function unwritable(known: ReadonlySet<string>, at: readonly string[]): PatchFault {
  const name = at.at(-1) ?? "";
  return known.has(name)
    ? fault("not_writable", at, `${name} is not written by people.`)
    : fault("unknown_field", at, "There is no such field.");
}

function fault(code: PatchFault["code"], at: readonly string[], why: string): PatchFault {
  return { kind: "fault", code, at, why };
}

function isFault(value: TwinPatch["desired"] | PatchFault): value is PatchFault {
  return "kind" in value;
}
