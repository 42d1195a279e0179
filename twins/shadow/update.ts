/**
 * What a request makes of a shadow, and of the twin under it. Pure.
 *
 * What is desired of a part goes the way that every wish of people goes: typed leaves, an author, a wish to follow. What
 * is reported of a part is the device's own to say: it is folded like any report, and refused from anybody else.
 */
import type { ChangedLeaf, Twin } from "#twins/document.ts";
import { raised } from "#twins/twin-unit.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import { Hours, type Instant } from "#wire/units.ts";

import { desireParts, isRejected, reportParts, type Speaker, withdrawParts } from "./parts.ts";
import { type Section, type SectionName, sectionNames, type ShadowRecord } from "./record.ts";
import {
  missing,
  rejected,
  type Rejection,
  shadowLimits,
  type ShadowRequest,
  tooLarge,
} from "./request.ts";
import { mergeSection, metadataOf } from "./section.ts";
import {
  countOf,
  describe,
  freeMembers,
  type ShadowName,
  type ShadowView,
  viewShadow,
  withoutVitals,
} from "./view.ts";

/** A shadow with the twin under it. */
export interface Held {
  readonly twin: Twin;
  readonly record: ShadowRecord;
  readonly name: ShadowName;
}

/** Who writes, and when. */
export interface Author {
  /** As in a wish: `aws:<key id>`, `aws:<box>`. */
  readonly by: string;
  readonly now: Instant;
  /** Set when the device speaks itself. */
  readonly speaks?: Speaker | undefined;
}

/** A shadow once it is written. */
export interface WrittenShadow extends Held {
  readonly kind: "written";
  readonly changed: readonly ChangedLeaf[];
  readonly before: ShadowView;
  readonly after: ShadowView;
}

/** The version of a deleted shadow goes on for so long; one that is made later begins anew (A28). */
const remembered = Hours(48);

/** The shadow and the twin after a request. */
export function updateShadow(
  held: Held,
  request: ShadowRequest,
  author: Author,
): WrittenShadow | Rejection {
  const { twin: stored, record, name } = held;
  const { sections } = request;
  const before = seenBefore(held, author.now);
  const fault = faultOfVersion(request, before);
  if (fault !== undefined) return fault;
  const desired = desireParts(held, sections.desired, author);
  if (isRejected(desired)) return desired;
  const { version } = before;
  const target = { name, version, twin: desired.twin };
  const reported = reportParts(target, sections.reported, author);
  if (isRejected(reported)) return reported;
  const { twin } = reported;
  const free = writeFree(held, { sections, before, now: author.now });
  if (bytesOf(free) > shadowLimits.bytes) return tooLarge();
  const counted = raised(stored, twin, author.now);
  const surplus = version + 1 - countOf(counted, name);
  const written = { ...record, surplus, deleted: null, sections: free };
  return {
    kind: "written",
    name,
    twin,
    record: written,
    changed: [...desired.changed, ...reported.changed],
    before,
    after: viewShadow(withoutVitals(counted), written, name),
  };
}

/**
 * The shadow deleted: its free members, and all that is desired of its parts. What a device reported stays in its twin,
 * and shows again once something new is said.
 */
export function deleteShadow(held: Held, { by, now }: Author): WrittenShadow | Rejection {
  const { twin: stored, name } = held;
  const before = viewShadow(withoutVitals(stored), held.record, name);
  if (!before.exists) return missing(stored.id, name);
  const { twin, changed } = withdrawParts(held, { by, now });
  const count = countOf(raised(stored, twin, now), name);
  const deleted = { at: now, count };
  const sections = { desired: emptySection, reported: emptySection };
  const record = { surplus: before.version - count, deleted, sections };
  return { kind: "written", name, twin, record, changed, before, after: before };
}

/** What is echoed to whoever asked for a change: the sections that were sent, and when. */
export function echoOf(
  { state, sections }: ShadowRequest,
  now: Instant,
): { readonly state: JsonObject | null; readonly metadata: JsonObject } {
  const timestamp = Math.floor(now / 1000);
  if (state === null) return { state, metadata: { timestamp } };
  const metadata: Record<string, Json> = {};
  for (const name of sectionNames) {
    const section = sections[name];
    if (section !== undefined && section !== null) metadata[name] = metadataOf(section, timestamp);
  }
  return { state, metadata };
}

/** What listeners of `…/update/documents` are told of a change. */
export function documentsOf({ before, after }: WrittenShadow): JsonObject {
  const document = (view: ShadowView): JsonObject => ({ ...describe(view), version: view.version });
  return { previous: document(before), current: document(after) };
}

const emptySection: Section = { state: {}, stamps: {} };

/** What stands there before a request: of a deleted shadow its version, and of one long gone nothing. */
function seenBefore({ twin, record, name }: Held, now: Instant): ShadowView {
  const view = viewShadow(withoutVitals(twin), record, name);
  if (view.exists) return view;
  const isForgotten = record.deleted !== null && now - record.deleted.at > remembered;
  const nothing = { desired: {}, reported: {} };
  return { ...view, version: isForgotten ? 0 : view.version, state: nothing, stamps: nothing };
}

/** Of no shadow only the first version can be meant (A7, as Greengrass). */
function faultOfVersion({ version }: ShadowRequest, before: ShadowView): Rejection | undefined {
  if (version === undefined || version === before.version) return undefined;
  if (before.exists) return rejected(409, "Version conflict");
  return version === 1 ? undefined : rejected(400, "Invalid version");
}

/** The members that are no part, and the stamps of all that was written. */
function writeFree(
  { record, name }: Held,
  about: { sections: ShadowRequest["sections"]; before: ShadowView; now: Instant },
): ShadowRecord["sections"] {
  const seconds = Math.floor(about.now / 1000);
  const write = (section: SectionName): Section => {
    const patch = about.sections[section];
    const { state } = record.sections[section];
    const stamps = about.before.stamps[section];
    if (patch === undefined) return { state, stamps };
    return {
      state: mergeSection(state, patch && freeMembers(patch, name)),
      stamps: mergeSection(stamps, patch, seconds),
    };
  };
  return { desired: write("desired"), reported: write("reported") };
}

const encoder = new TextEncoder();

function bytesOf({ desired, reported }: ShadowRecord["sections"]): number {
  return encoder.encode(JSON.stringify({ desired: desired.state, reported: reported.state }))
    .length;
}
