/** What was done through the Ditto face, as those who listen through it are told: `vigie:{q}:tidings`. */
import type { Write } from "#platform/cells/port.ts";
import type { Keys } from "#twins/keys.ts";
import { isObject } from "#twins/leaves.ts";
import { parseSerial, parseTenant, type Serial, type Tenant } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import type { Path } from "./document.ts";
import type { Wanted } from "./edit.ts";

/** A thing that was written. */
export interface ThingTidings {
  readonly kind: "thing";
  readonly id: Serial;
  readonly tenant: Tenant;
  readonly action: Wanted["action"];
  readonly path: Path;
  /** Null for what was deleted. */
  readonly value: Json;
  readonly revision: number;
  readonly at: number;
}

/** A message to a thing, or from it (S8). */
export interface MessageTidings {
  readonly kind: "message";
  readonly id: Serial;
  readonly tenant: Tenant;
  readonly box: "inbox" | "outbox";
  /** The feature that it is about; null for the thing. */
  readonly feature: string | null;
  readonly subject: string;
  readonly payload: string;
}

/** Either. */
export type DittoTidings = ThingTidings | MessageTidings;

/** Kept per partition. */
export const tidingsKept = 1_000;

/** Tells whoever listens. */
export function tidingsFields(tidings: DittoTidings): Record<string, string> {
  return { device: tidings.id, tenant: tidings.tenant, ditto: JSON.stringify(tidings) };
}

/** The same as part of a commit. */
export function tidingsWrite(keys: Keys, tidings: DittoTidings): Write {
  const key = keys.tidings(keys.of(tidings.id));
  return { op: "XADD", key, fields: tidingsFields(tidings), atMost: tidingsKept };
}

/** The tidings that the fields of an entry hold; undefined for those of another face. */
export function parseTidings(fields: Readonly<Record<string, string>>): DittoTidings | undefined {
  const id = parseSerial(fields["device"] ?? "");
  const tenant = parseTenant(fields["tenant"] ?? "");
  const said: Json = JSON.parse(fields["ditto"] ?? "null");
  if (id === undefined || tenant === undefined || !isObject(said)) return undefined;
  return said["kind"] === "message"
    ? messageOf(said, { id, tenant })
    : thingOf(said, { id, tenant });
}

type Whose = Pick<DittoTidings, "id" | "tenant">;
type Said = Readonly<Record<string, Json>>;

function thingOf(said: Said, whose: Whose): ThingTidings | undefined {
  const { action, path, value = null, revision, at } = said;
  const known = actions.find((each) => each === action);
  if (known === undefined || !Array.isArray(path)) return undefined;
  const names = path.filter((name) => typeof name === "string");
  if (typeof revision !== "number" || typeof at !== "number") return undefined;
  return { kind: "thing", ...whose, action: known, path: names, value, revision, at };
}

function messageOf(said: Said, whose: Whose): MessageTidings | undefined {
  const { box, feature, subject, payload } = said;
  if (box !== "inbox" && box !== "outbox") return undefined;
  if (typeof subject !== "string" || typeof payload !== "string") return undefined;
  const of = typeof feature === "string" ? feature : null;
  return { kind: "message", ...whose, box, feature: of, subject, payload };
}

const actions: readonly Wanted["action"][] = ["created", "modified", "merged", "deleted"];
