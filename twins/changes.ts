/** Changes of twins as entries of their stream, which pages and searches follow. */
import { parseSerial, parseTenant } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { type Change, changeCauses, type ChangedLeaf } from "./document.ts";

/** Entries kept per partition: at 100,000 homes about half an hour. Who was away longer is told of the gap. */
export const changesKept = 20_000;

/** Entries kept while the history has not recorded them; beyond that the oldest are lost to it, and it says so. */
export const changesMost = 200_000;

/**
 * A change as the fields of a stream: one, since each name and text costs whoever adds, keeps and reads it. The leaves
 * as `[path, value, t - at]`, last what is absent in most.
 */
export function encodeChange(change: Change): Record<string, string> {
  const { id, tenant, rev, at, kind, changed, cause = null, by = null, why = null } = change;
  const leaves = changed.map(({ path, value, t }) => [path, value, t - at]);
  return { change: JSON.stringify([id, tenant, rev, at, kind, leaves, cause, by, why]) };
}

/** The change that the fields of a stream hold, or undefined when they are not those of one. */
export function parseChange(fields: Readonly<Record<string, string>>): Change | undefined {
  const packed: Json = JSON.parse(fields["change"] ?? "[]");
  const [id, tenant, rev, at, kindText, leaves, cause, by, why] = listOf(packed);
  const serial = parseSerial(textOf(id));
  const owner = parseTenant(textOf(tenant));
  const kind = kinds.find((known) => known === kindText);
  if (serial === undefined || owner === undefined || kind === undefined) return undefined;
  if (typeof rev !== "number" || typeof at !== "number") return undefined;
  const known = changeCauses.find((each) => each === cause);
  return {
    id: serial,
    tenant: owner,
    rev,
    at: Instant(at),
    kind,
    changed: listOf(leaves).flatMap((leaf) => leafOf(leaf, at)),
    ...(typeof by === "string" ? { by } : {}),
    ...(typeof why === "string" ? { why } : {}),
    ...(known === undefined ? {} : { cause: known }),
  };
}

const kinds: readonly Change["kind"][] = ["created", "changed", "retired"];

function leafOf(leaf: Json, at: number): ChangedLeaf[] {
  const [path, value, delay] = listOf(leaf);
  if (typeof path !== "string" || value === undefined || typeof delay !== "number") return [];
  return [{ path, value, t: at + delay }];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
