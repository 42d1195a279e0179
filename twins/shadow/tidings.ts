/**
 * What was done to shadows from outside a home, for the door that holds its box: `vigie:{q}:tidings`.
 *
 * Nothing depends on it: a box that was away asks for the shadow when it comes back, as AWS's do.
 */
import type { Write } from "#platform/cells/port.ts";
import type { Keys } from "#twins/keys.ts";
import { isObject } from "#twins/leaves.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

import type { ShadowName } from "./view.ts";

/** A change of a shadow, as its listeners are told. */
export interface Tidings {
  readonly thing: Serial;
  readonly name: ShadowName;
  /** For `…/update/documents`. */
  readonly documents: JsonObject;
  /** For `…/update/delta`; null when nothing is outstanding. */
  readonly delta: JsonObject | null;
}

/** Kept per partition; a door that falls further behind tells no more of the rest. */
const tidingsKept = 1_000;

/** Tells the doors. */
export function tidingsWrite(keys: Keys, { thing, name, documents, delta }: Tidings): Write {
  const fields = {
    device: thing,
    shadow: name ?? "",
    documents: JSON.stringify(documents),
    delta: JSON.stringify(delta),
  };
  return { op: "XADD", key: keys.tidings(keys.of(thing)), fields, atMost: tidingsKept };
}

/** The tidings that the fields of an entry hold; undefined when no code wrote them. */
export function parseTidings(fields: Readonly<Record<string, string>>): Tidings | undefined {
  const thing = parseSerial(fields["device"] ?? "");
  const documents: Json = JSON.parse(fields["documents"] ?? "null");
  const delta: Json = JSON.parse(fields["delta"] ?? "null");
  if (thing === undefined || !isObject(documents)) return undefined;
  const name = fields["shadow"] === "" ? null : (fields["shadow"] ?? null);
  return { thing, name, documents, delta: isObject(delta) ? delta : null };
}
