/** What a request makes of the parts of a twin: what is desired by the way of people, what is reported by the fold. */
import { editTwin } from "#twins/desired/edit.ts";
import { type PatchFault, readPatch } from "#twins/desired/patch.ts";
import { type ChangedLeaf, faceEpoch, type Twin } from "#twins/document.ts";
import { type Excess, excessOf } from "#twins/limits.ts";
import { fold } from "#twins/twin.ts";
import { type BoxSerial, parseEpoch } from "#wire/identity.ts";
import { type JsonObject, type PartName, partNames } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { rejected, type Rejection, tooLarge } from "./request.ts";
import { partMembers, partOf, type ShadowName } from "./view.ts";

/** By which box a device speaks. */
export interface Speaker {
  readonly box: BoxSerial;
}

/** A twin once its parts are written; the very same when nothing changed. */
interface PartsWritten {
  readonly twin: Twin;
  readonly changed: readonly ChangedLeaf[];
}

interface Target {
  readonly twin: Twin;
  readonly name: ShadowName;
}

interface Hand {
  readonly by: string;
  readonly now: Instant;
  readonly speaks?: Speaker | undefined;
}

/** Whether it is a refusal. */
export function isRejected(outcome: PartsWritten | Rejection): outcome is Rejection {
  return "kind" in outcome;
}

/** The twin with a section of what is desired merged into its parts; null withdraws all of them. */
export function desireParts(
  target: Target,
  section: JsonObject | null | undefined,
  hand: Hand,
): PartsWritten | Rejection {
  const { twin, name } = target;
  if (section === undefined) return { twin, changed: [] };
  if (section === null) return withdrawParts(target, hand);
  const wanted = Object.entries(partMembers(section, name));
  if (wanted.length === 0) return { twin, changed: [] };
  const parts = Object.fromEntries(wanted.map(([part, desired]) => [part, { desired }]));
  const patch = readPatch({ parts }, twin.kind);
  if (patch.kind === "fault") return refusalOf(patch);
  const edited = editTwin(twin, patch, { author: { by: hand.by }, now: hand.now });
  return refusalOfExcess(twin, edited.twin) ?? edited;
}

/** The twin with nothing desired of the parts of that shadow. */
export function withdrawParts({ twin, name }: Target, { by, now }: Hand): PartsWritten {
  const own = partOf(name);
  const shown = name === null ? partNames : own === undefined ? [] : [own];
  const desired = Object.fromEntries(
    shown.filter((part) => twin.parts[part] !== undefined).map((part) => [part, null]),
  );
  return editTwin(twin, { desired }, { author: { by }, now });
}

/** The twin with a section of what is reported folded into its parts; `version` numbers the report. */
export function reportParts(
  { twin, name, version }: Target & { readonly version: number },
  section: JsonObject | null | undefined,
  { now, speaks }: Hand,
): PartsWritten | Rejection {
  const same = { twin, changed: [] };
  if (section === undefined) return same;
  // From anybody else, a null takes away what is no part: the rest is not theirs.
  if (section === null && speaks === undefined) return same;
  const parts = section === null ? nothingReported(twin, name) : partMembers(section, name);
  const [first] = Object.keys(parts);
  if (first === undefined) return same;
  if (speaks === undefined) return rejected(403, `Only the device itself reports ${first}`);
  const epoch = parseEpoch(faceEpoch);
  if (epoch === undefined) return same;
  const { tenant, id: device } = twin;
  const body = JSON.stringify({ t: now, parts });
  const from = {
    tenant,
    box: speaks.box,
    device,
    channel: "reported",
    epoch,
    seq: version,
  } as const;
  const folded = fold(twin, { ...from, receivedAt: now, body });
  const [refused] = folded.refused;
  if (refused === undefined) return folded;
  if (refused.why === "not_reportable") return rejected(403, `${refused.path} is not reported`);
  return refusalByExcess(refused.why === "retired" ? "bad_name" : refused.why);
}

/** The patch after which nothing is reported of the parts of that shadow. */
function nothingReported(twin: Twin, name: ShadowName): Partial<Record<PartName, JsonObject>> {
  const own = partOf(name);
  const shown = name === null ? partNames.filter((part) => part !== "vitals") : own ? [own] : [];
  const parts: Partial<Record<PartName, JsonObject>> = {};
  for (const part of shown) {
    const leaves = Object.keys(twin.parts[part]?.reported ?? {});
    if (leaves.length > 0) parts[part] = Object.fromEntries(leaves.map((leaf) => [leaf, null]));
  }
  return parts;
}

function refusalOf({ code, at, why }: PatchFault): Rejection {
  const path = at.filter((name) => name !== "parts" && name !== "desired").join(".");
  return rejected(code === "not_writable" ? 403 : 400, `${path}: ${why}`);
}

function refusalOfExcess(before: Twin, after: Twin): Rejection | undefined {
  for (const name of partNames) {
    const part = after.parts[name];
    if (part === undefined || part === before.parts[name]) continue;
    const excess = excessOf(after, name, part);
    if (excess !== undefined) return refusalByExcess(excess);
  }
  return undefined;
}

function refusalByExcess(excess: Excess): Rejection {
  if (excess === "bad_name") return rejected(400, "State contains an invalid node");
  if (excess === "too_deep") return rejected(400, "JSON contains too many levels of nesting");
  return tooLarge();
}
