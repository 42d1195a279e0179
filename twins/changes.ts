/** Changes of twins as entries of their stream, which pages and searches follow. */
import { parseSerial, parseTenant } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { type Change, changeCauses, type ChangedLeaf } from "./document.ts";
import { isObject } from "./leaves.ts";

/** Entries kept per partition: at 100,000 homes about half an hour. Who was away longer is told of the gap. */
export const changesKept = 20_000;

/** Entries kept while the history has not recorded them; beyond that the oldest are lost to it, and it says so. */
export const changesMost = 200_000;

/** A change as the fields of a stream. */
export function encodeChange(change: Change): Record<string, string> {
  return {
    id: change.id,
    tenant: change.tenant,
    rev: String(change.rev),
    at: String(change.at),
    kind: change.kind,
    changed: JSON.stringify(change.changed),
    ...(change.by === undefined ? {} : { by: change.by }),
    ...(change.why === undefined ? {} : { why: change.why }),
    ...(change.cause === undefined ? {} : { cause: change.cause }),
  };
}

/** The change that the fields of a stream hold, or undefined when they are not those of one. */
export function parseChange(fields: Readonly<Record<string, string>>): Change | undefined {
  const id = parseSerial(fields["id"] ?? "");
  const tenant = parseTenant(fields["tenant"] ?? "");
  const kind = kinds.find((known) => known === fields["kind"]);
  const rev = Number(fields["rev"]);
  const at = Number(fields["at"]);
  if (id === undefined || tenant === undefined || kind === undefined) return undefined;
  if (!Number.isSafeInteger(rev) || !Number.isSafeInteger(at)) return undefined;
  const leaves: Json = JSON.parse(fields["changed"] ?? "[]");
  const changed = (Array.isArray(leaves) ? leaves : []).flatMap(leafOf);
  return { id, tenant, rev, at: Instant(at), kind, changed, ...authorOf(fields) };
}

function authorOf(fields: Readonly<Record<string, string>>): Pick<Change, "by" | "why" | "cause"> {
  const { by, why } = fields;
  const cause = changeCauses.find((known) => known === fields["cause"]);
  return {
    ...(by === undefined ? {} : { by }),
    ...(why === undefined ? {} : { why }),
    ...(cause === undefined ? {} : { cause }),
  };
}

const kinds: readonly Change["kind"][] = ["created", "changed", "retired"];

function leafOf(leaf: Json): ChangedLeaf[] {
  if (!isObject(leaf)) return [];
  const { path, value, t } = leaf;
  if (typeof path !== "string" || value === undefined || typeof t !== "number") return [];
  return [{ path, value, t }];
}
