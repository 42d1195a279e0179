/**
 * A twin as the fields of a Redis hash, small enough that 200,000 of them fit in 400 MB.
 *
 * `rev` holds the revision, when it was made and, once anything was desired, `desiredV`; `h` what seldom changes; `s` presence and its fact; each part has a
 * field of its own, so that a commit writes what changed and nothing else. The meta of a leaf is one word per number:
 * `heart-rate lx3f9k2a 1f 0 3f r2i` is path, t, r - t, epoch (its place in the part's list), seq, source and quality,
 * numbers in base 36; a final `!` marks a tombstone.
 */
import { Trouble } from "#platform/trouble.ts";
import { kindOf, parseBox, parseTenant, type Serial, type Tenant } from "#wire/identity.ts";
import { type Json, type PartName, partNames } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { presenceFactOf } from "./bodies.ts";
import { decodeWishes, encodeWishes } from "./desired/encoding.ts";
import {
  faceEpoch,
  type LeafMeta,
  type Part,
  type Presence,
  presenceCauses,
  presenceStates,
  silenceConcerns,
  type Twin,
} from "./document.ts";
import { cadenceOfTwin } from "./freshness.ts";
import { isObject } from "./leaves.ts";

/** Field of each part. */
const partFields: Readonly<Record<PartName, string>> = {
  firmware: "fw",
  power: "pw",
  radio: "ra",
  sensors: "se",
  buffer: "bu",
  clock: "cl",
  wear: "we",
  config: "co",
  vitals: "vi",
};

const sourceLetters: Readonly<Record<LeafMeta["src"], string>> = {
  readings: "r",
  event: "e",
  reported: "p",
  answer: "a",
  presence: "s",
  api: "w",
};
const sourceOf: ReadonlyMap<string, LeafMeta["src"]> = new Map([
  ["r", "readings"],
  ["e", "event"],
  ["p", "reported"],
  ["a", "answer"],
  ["s", "presence"],
  ["w", "api"],
]);

/** The field that a commit checks. */
export const revField = "rev";

/** What {@link revField} holds for that twin. */
export function revText(twin: Pick<Twin, "rev" | "modifiedAt" | "desiredV">): string {
  const written = `${twin.rev} ${twin.modifiedAt.toString(36)}`;
  return twin.desiredV === 0 ? written : `${written} ${twin.desiredV}`;
}

/** The fields in which `after` differs from `before` (by identity of what they are made of); all when there is none. */
export function encodeTwin(after: Twin, before: Twin | null): Record<string, string> {
  const fields: Record<string, string> = { [revField]: revText(after) };
  if (before === null || !isSameHead(before, after)) fields["h"] = encodeHead(after);
  if (before?.presence !== after.presence || before.fact !== after.fact) {
    fields["s"] = encodeStanding(after);
  }
  for (const name of partNames) {
    const part = after.parts[name];
    if (part !== undefined && part !== before?.parts[name]) {
      fields[partFields[name]] = encodePart(part);
    }
  }
  return fields;
}

/**
 * The fields that hold what people, jobs and answers to them gave a twin: its head, and the parts in which something is
 * desired, or a leaf comes from an answer or a face. A twin that has ended takes nothing more in: all of it. `known` are
 * fields of the very same twin.
 */
export function encodeWritten(
  twin: Twin,
  known: Readonly<Record<string, string>>,
): Record<string, string> {
  if (twin.retiredAt !== null) return encodeTwin(twin, null);
  const fields: Record<string, string> = {
    [revField]: revText(twin),
    h: known["h"] ?? encodeHead(twin),
  };
  for (const name of partNames) {
    const part = twin.parts[name];
    if (part === undefined || !isWritten(part)) continue;
    fields[partFields[name]] = known[partFields[name]] ?? encodePart(part);
  }
  return fields;
}

function isWritten({ wishes, meta }: Part): boolean {
  for (const _ in wishes) return true;
  for (const path in meta) {
    const leaf = meta[path];
    if (leaf?.src === "answer" || leaf?.src === "api" || leaf?.epoch === faceEpoch) return true;
  }
  return false;
}

/** The twin that the fields hold; null when they are none. Throws Trouble `twin-damaged` for what no code wrote. */
export function decodeTwin(id: Serial, fields: Readonly<Record<string, string>>): Twin | null {
  const revision = fields[revField];
  if (revision === undefined) return null;
  const [rev = "", modified = "", desiredV = "0"] = revision.split(" ");
  const kind = kindOf(id);
  const { presence, fact } = decodeStanding(id, fields["s"]);
  const parts = decodeParts(id, fields);
  return {
    id,
    kind,
    rev: integer(id, rev, 10),
    modifiedAt: Instant(integer(id, modified, 36)),
    desiredV: integer(id, desiredV, 10),
    ...decodeHead(id, fields["h"]),
    presence: { ...presence, expectEvery: cadenceOfTwin({ kind, parts }) },
    ...(fact === undefined ? {} : { fact }),
    parts,
  };
}

function isSameHead(a: Twin, b: Twin): boolean {
  const isSameFiling = a.links === b.links && a.identity === b.identity && a.tags === b.tags;
  return isSameFiling && a.retiredAt === b.retiredAt;
}

function encodeHead({ tenant, createdAt, retiredAt, links, identity, tags }: Twin): string {
  const packed = [tenant, createdAt, retiredAt, links.box, links.assignment, identity];
  return JSON.stringify(Object.keys(tags).length === 0 ? packed : [...packed, tags]);
}

function decodeHead(
  id: Serial,
  text: string | undefined,
): Pick<Twin, "tenant" | "createdAt" | "retiredAt" | "links" | "identity" | "tags"> {
  const [tenant, createdAt, retiredAt, box, assignment, identity, tags] = array(id, text);
  const owner: Tenant | undefined = parseTenant(typeof tenant === "string" ? tenant : "");
  if (owner === undefined || typeof createdAt !== "number") throw damaged(id);
  return {
    tenant: owner,
    createdAt: Instant(createdAt),
    retiredAt: typeof retiredAt === "number" ? Instant(retiredAt) : null,
    links: {
      box: (typeof box === "string" ? parseBox(box) : undefined) ?? null,
      assignment: typeof assignment === "string" ? assignment : null,
    },
    identity: isObject(identity) ? identity : {},
    tags: isObject(tags) ? tags : {},
  };
}

/** The standing of a device that was never heard of. */
export const neverHeard: Readonly<Record<string, string>> = { s: '["in_stock",null,0,null,null]' };

function encodeStanding({ presence, fact }: Twin): string {
  const { state, cause, concern, since, heardAt } = presence;
  const packed = [state, cause, since, heardAt, fact ?? null];
  return JSON.stringify(concern === null ? packed : [...packed, concern]);
}

function decodeStanding(
  id: Serial,
  text: string | undefined,
): { presence: Omit<Presence, "expectEvery">; fact?: Twin["fact"] } {
  const [stateText, causeText, since, heardAt, fact, concern] = array(id, text);
  const state = presenceStates.find((known) => known === stateText);
  if (state === undefined || typeof since !== "number") throw damaged(id);
  return {
    presence: {
      state,
      cause: presenceCauses.find((known) => known === causeText) ?? null,
      concern: silenceConcerns.find((known) => known === concern) ?? null,
      since: Instant(since),
      heardAt: typeof heardAt === "number" ? Instant(heardAt) : null,
    },
    ...(isObject(fact) ? { fact: presenceFactOf(fact) } : {}),
  };
}

function encodePart({ v, reported, desired, wishes, meta }: Part): string {
  const epochs: string[] = [];
  const leaves: string[] = [];
  for (const path in meta) {
    const leaf = meta[path];
    if (leaf !== undefined) leaves.push(`${path} ${encodeMeta(leaf, epochs)}`);
  }
  const wanted = encodeWishes(wishes, epochs);
  const packed = [v, reported, leaves.join(","), epochs];
  return JSON.stringify(
    Object.keys(desired).length === 0 ? packed : [...packed, desired, ...wanted],
  );
}

function encodeMeta(leaf: LeafMeta, epochs: string[]): string {
  let epoch = epochs.indexOf(leaf.epoch);
  if (epoch < 0) epoch = epochs.push(leaf.epoch) - 1;
  const { t, r, seq, src, q } = leaf;
  const numbers = `${t.toString(36)} ${(r - t).toString(36)} ${epoch.toString(36)} ${seq.toString(36)}`;
  const quality = q === undefined ? "" : q.toString(36);
  return `${numbers} ${sourceLetters[src]}${quality}${leaf.gone ? "!" : ""}`;
}

function decodeParts(id: Serial, fields: Readonly<Record<string, string>>): Twin["parts"] {
  const parts: Partial<Record<PartName, Part>> = {};
  for (const name of partNames) {
    const text = fields[partFields[name]];
    if (text !== undefined) parts[name] = decodePart(id, text);
  }
  return parts;
}

function decodePart(id: Serial, text: string): Part {
  const [v, reported, packed, epochs, desired, ...wanted] = array(id, text);
  if (typeof v !== "number" || typeof packed !== "string") throw damaged(id);
  if (!isObject(reported) || !Array.isArray(epochs)) throw damaged(id);
  const meta: Record<string, LeafMeta> = {};
  for (const leaf of packed === "" ? [] : packed.split(",")) {
    const [path = "", ...words] = leaf.split(" ");
    meta[path] = decodeMeta(id, words, epochs);
  }
  const wishes = decodeWishes(wanted, epochs);
  if (wishes === undefined) throw damaged(id);
  return { v, reported, desired: isObject(desired) ? desired : {}, wishes, meta };
}

function decodeMeta(id: Serial, words: readonly string[], epochs: readonly Json[]): LeafMeta {
  const [t = "", delay = "", epochPlace = "", seq = "", how = ""] = words;
  const at = integer(id, t, 36);
  const epoch = epochs[integer(id, epochPlace, 36)];
  const src = sourceOf.get(how.charAt(0));
  if (typeof epoch !== "string" || src === undefined) throw damaged(id);
  const isGone = how.endsWith("!");
  const quality = how.slice(1, isGone ? -1 : undefined);
  return {
    t: at,
    r: at + integer(id, delay, 36),
    epoch,
    seq: integer(id, seq, 36),
    src,
    ...(quality === "" ? {} : { q: integer(id, quality, 36) }),
    ...(isGone ? { gone: true } : {}),
  };
}

function array(id: Serial, text: string | undefined): readonly Json[] {
  const value: Json = JSON.parse(text ?? "null");
  if (!Array.isArray(value)) throw damaged(id);
  return value;
}

function integer(id: Serial, text: string, base: number): number {
  const value = Number.parseInt(text, base);
  if (!Number.isSafeInteger(value)) throw damaged(id);
  return value;
}

function damaged(id: Serial): Trouble {
  return new Trouble("twin-damaged", { retry: "never", detail: id });
}
