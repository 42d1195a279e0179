/**
 * What one request makes of a thing: a wanted document, on the request's terms. Pure.
 *
 * @source spec twins 4B: D1-D13
 */
import type { Clearance } from "#twins/columns.ts";
import { isObject } from "#twins/leaves.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { Manner } from "./difference.ts";
import {
  mergedInto,
  minimalPatch,
  type Path,
  valueAt,
  withoutValue,
  withValue,
} from "./document.ts";
import { type DittoError, type Refusal, refused } from "./refusal.ts";
import { barredBy, cutPatch, type Terms } from "./terms.ts";
import { partOf, type Thing, toldAttributes } from "./thing.ts";

/** A request to write. */
export interface WriteRequest {
  readonly method: "PUT" | "PATCH" | "DELETE";
  /** Empty for the thing itself. */
  readonly path: Path;
  /** Undefined of a DELETE. */
  readonly body: Json | undefined;
  readonly terms: Terms;
  readonly clearance: Clearance;
}

/** A thing wanted. */
export interface Wanted {
  readonly kind: "wanted";
  readonly document: JsonObject;
  readonly manner: Manner;
  /** As events tell it: what was done, and with what. */
  readonly action: "created" | "modified" | "merged" | "deleted";
  readonly value: Json | undefined;
  /** Whether what was written was not there before. */
  readonly isNew: boolean;
}

/** `skipped`: conditions on its paths left nothing of it. */
export type WriteOutcome = Wanted | { readonly kind: "skipped" } | Refusal;

/** What a request asks of a thing, null for one that does not exist; `blank` is what it would begin as. */
export function wantedBy(
  request: WriteRequest,
  thing: Thing | null,
  { blank, now }: { readonly blank: JsonObject; readonly now: Instant },
): WriteOutcome {
  const { path, method, terms, clearance } = request;
  const missing = missingFor(request, thing);
  if (missing !== undefined) return refused(missing);
  const barred = barredBy(terms, thing, { path, clearance, now });
  if (barred !== undefined) return barred;
  const held = thing?.document ?? blank;
  const outcome =
    method === "PATCH"
      ? merged(request, { thing, held, now })
      : replaced(request, { held, isNew: thing === null });
  return thing !== null && terms.ifEqual !== "update" && isSame(outcome, held)
    ? refused("things:precondition.notmodified")
    : outcome;
}

function isSame(outcome: WriteOutcome, held: JsonObject): boolean {
  return outcome.kind === "wanted" && Bun.deepEquals(held, outcome.document);
}

/** The code that says what is not there. */
export function notFoundAt(path: Path): DittoError {
  const [root, feature, half, ...rest] = path;
  if (root === undefined) return "things:thing.notfound";
  if (root === "definition") return "things:definition.notfound";
  if (root === "attributes") {
    return feature === undefined ? "things:attributes.notfound" : "things:attribute.notfound";
  }
  if (root !== "features") return "gateway:resource.notfound";
  if (feature === undefined) return "things:features.notfound";
  if (half === "definition") return "things:feature.definition.notfound";
  if (half === "properties") {
    return rest.length === 0
      ? "things:feature.properties.notfound"
      : "things:feature.property.notfound";
  }
  if (half !== "desiredProperties") return "things:feature.notfound";
  return rest.length === 0
    ? "things:feature.desiredProperties.notfound"
    : "things:feature.desiredProperty.notfound";
}

/** What is missing for a request that needs it: what it deletes, or the feature below which it writes. */
function missingFor({ method, path }: WriteRequest, thing: Thing | null): DittoError | undefined {
  if (thing === null) {
    return method === "DELETE" || path.length > 0 ? "things:thing.notfound" : undefined;
  }
  const { document } = thing;
  if (method === "DELETE" && valueAt(document, path) === undefined) return notFoundAt(path);
  const [root, feature] = path;
  const isBelow = root === "features" && feature !== undefined && path.length > 2;
  if (method !== "PUT" || !isBelow || valueAt(document, [root, feature]) !== undefined) {
    return undefined;
  }
  return "things:feature.notfound";
}

function replaced(
  { method, path, body }: WriteRequest,
  { held, isNew }: { readonly held: JsonObject; readonly isNew: boolean },
): WriteOutcome {
  const isThing = path.length === 0;
  if (body !== undefined && isThing && !isObject(body)) {
    return refused("json.field.invalid", "A thing is an object.");
  }
  const manner = isTold(path) ? "merged" : "replaced";
  if (body === undefined || method === "DELETE") {
    const document = withoutValue(held, path);
    return { kind: "wanted", document, manner, action: "deleted", value: undefined, isNew: false };
  }
  const made = isThing ? isNew : valueAt(held, path) === undefined;
  const document = isThing && isObject(body) ? told(body) : withValue(held, path, body);
  const action = made ? "created" : "modified";
  return { kind: "wanted", document, manner, action, value: body, isNew: made };
}

function merged(
  { path, body = null, terms, clearance }: WriteRequest,
  about: { readonly thing: Thing | null; readonly held: JsonObject; readonly now: Instant },
): WriteOutcome {
  const { thing, held, now } = about;
  const cut = thing === null ? body : cutPatch(body, terms, { thing, clearance, now });
  if (cut === undefined) return { kind: "skipped" };
  const current = valueAt(held, path);
  const patch = terms.ifEqual === "skip-minimizing-merge" ? minimalPatch(current, cut) : cut;
  if (patch === undefined) return refused("things:precondition.notmodified");
  const value = mergedInto(current, patch);
  if (path.length === 0 && !isObject(value)) {
    return refused("json.field.invalid", "A thing is an object.");
  }
  const document =
    value === undefined ? withoutValue(held, path) : told(withValue(held, path, value));
  const isNew = thing === null;
  const action = isNew ? "created" : "merged";
  return { kind: "wanted", document, manner: "merged", action, value: patch, isNew };
}

/** Fields that are told of a thing and may be sent back with it say nothing. */
function told(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith("_")));
}

/** Whether a path leads to what only the twin itself tells. */
function isTold([root, name = "", half]: Path): boolean {
  if (root === "attributes") return toldAttributes.some((known) => known === name);
  return root === "features" && half === "properties" && partOf(name) !== undefined;
}
