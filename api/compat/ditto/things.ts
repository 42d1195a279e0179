import { excessOfEdit } from "#api/twins/write/excess.ts";
/** Things, read and written over the very same twins: the twin and what lies beside it in one commit. */
import { deviceFor, type PutDeps } from "#api/twins/write/put.ts";
import type { Clock } from "#platform/clock/port.ts";
import { type BesideDeps, type EditedBeside, writeBeside } from "#twins/beside.ts";
import { editTwin } from "#twins/desired/edit.ts";
import type { Change, Twin } from "#twins/document.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import type { ChangePosition, TwinStore } from "#twins/store.ts";
import { createTwin } from "#twins/twin.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { Caller } from "./caller.ts";
import { type Difference, differenceOf, thingBytesMost } from "./difference.ts";
import { type Wanted, wantedBy, type WriteRequest } from "./edit.ts";
import { type Refusal, refused } from "./refusal.ts";
import {
  decodeThing,
  emptyThing,
  encodeThing,
  serialOf,
  type Thing,
  thingField,
  thingOf,
  type ThingRecord,
} from "./thing.ts";
import { tidingsWrite } from "./tidings.ts";

/** What they are made of. */
export interface ThingsDeps extends BesideDeps {
  readonly twins: Pick<TwinStore, "read" | "readMany">;
  readonly registry: PutDeps["registry"] & Partial<Pick<OpenRegistry, "revoke">>;
  readonly clock: Clock;
}

/** A write that was done. */
export interface WrittenThing {
  readonly kind: "written";
  readonly thing: Thing;
  readonly isNew: boolean;
  /** Where its change is; undefined when the twin itself stayed as it was. */
  readonly position: ChangePosition | undefined;
}

/** What became of a write. */
export type ThingOutcome = WrittenThing | { readonly kind: "skipped" } | Refusal;

/** The thing of that id as its caller may see it; undefined when there is none to see. */
export async function readThing(
  deps: Pick<ThingsDeps, "twins" | "cells" | "keys">,
  thingId: string,
  caller: Caller,
): Promise<Thing | undefined> {
  const id = serialOf(thingId, caller.tenant);
  if (id === undefined || !caller.may("twins:read")) return undefined;
  const [found] = await readThings(deps, [id], caller);
  return found;
}

/** The things of those devices as their caller may see them, without those that there are not. */
export async function readThings(
  { twins, cells, keys }: Pick<ThingsDeps, "twins" | "cells" | "keys">,
  ids: readonly Serial[],
  { tenant, clearance }: Pick<Caller, "tenant" | "clearance">,
): Promise<readonly Thing[]> {
  const [found, beside] = await Promise.all([
    twins.readMany(ids),
    Promise.all(ids.map((id) => cells.getAll(keys.faces(id)))),
  ]);
  return found.flatMap((twin, at) => {
    if (twin === null || twin.tenant !== tenant || twin.retiredAt !== null) return [];
    return [thingOf(twin, decodeThing(beside[at]?.[thingField]), clearance)];
  });
}

/** Does what a request asks for. */
export async function writeThing(
  deps: ThingsDeps,
  thingId: string,
  { request, caller }: { readonly request: WriteRequest; readonly caller: Caller },
): Promise<ThingOutcome> {
  const { tenant } = caller;
  const id = serialOf(thingId, tenant);
  if (id === undefined) {
    const makes = request.path.length === 0 && request.method !== "DELETE";
    return refused(makes ? "things:id.invalid" : "things:thing.notfound");
  }
  const asked = { request, caller, made: await deviceToMake(deps, { id, tenant, request }) };
  const written = await writeBeside(deps, { id, field: thingField }, (stored, { text }, now) =>
    attempt(deps, asked, { stored, record: decodeThing(text), now }),
  );
  if (written.kind === "contended") return refused("thing.toomanymodifyingrequests");
  if (written.kind !== "done") return written;
  if (isEnd(request)) await deps.registry.revoke?.(id);
  return { kind: "written", ...written.done, position: written.position };
}

/** A request, by whom, and the device for which it may make a thing. */
interface Asked {
  readonly request: WriteRequest;
  readonly caller: Caller;
  readonly made: Awaited<ReturnType<typeof deviceFor>>;
}

/** One try against what is stored. */
function attempt(
  deps: ThingsDeps,
  asked: Asked,
  { stored, record, now }: { stored: Twin | null; record: ThingRecord; now: Instant },
): EditedBeside<Done> | Exclude<ThingOutcome, WrittenThing> {
  const { request, caller } = asked;
  const ground = groundFor(asked, stored, now);
  if (ground.kind === "refused") return ground;
  const { base, isNew } = ground;
  const seen = thingOf(base, record, caller.clearance);
  const wanted = wantedBy(request, isNew ? null : seen, { blank: seen.document, now });
  if (wanted.kind !== "wanted") return wanted;
  const doing = { stored, base, isNew, record, wanted, now };
  return isEnd(request) ? endOf(deps, request, doing) : writtenAs(deps, asked, doing);
}

/** The twin on which a request works: the stored one, or one to be made. */
function groundFor(
  { request, caller, made }: Asked,
  stored: Twin | null,
  now: Instant,
): { readonly kind: "ground"; readonly base: Twin; readonly isNew: boolean } | Refusal {
  const base = stored ?? (made && createTwin(made.device, now));
  if (base?.tenant !== caller.tenant) return withoutGround(request);
  if (base.retiredAt !== null) return afterTheEnd(request);
  // Whoever follows the registry may have made the twin of a device that has just come into stock.
  const isNew = stored === null || (made?.isStocked === true && stored.rev === 1);
  return { kind: "ground", base, isNew };
}

/** Who wants to change what there is not meets a condition that does not hold; others, nothing (D2, D4). */
function withoutGround({ method, path, terms }: WriteRequest): Refusal {
  const makes = method !== "DELETE" && path.length === 0;
  const isBarred = makes && terms.match !== undefined;
  return refused(isBarred ? "things:precondition.failed" : "things:thing.notfound");
}

function isEnd({ method, path }: WriteRequest): boolean {
  return method === "DELETE" && path.length === 0;
}

/** The device for which a request may make a thing. */
async function deviceToMake(
  { registry, twins }: ThingsDeps,
  about: { id: Serial; tenant: Caller["tenant"]; request: WriteRequest },
): Promise<Asked["made"]> {
  const { id, tenant, request } = about;
  if (request.method === "DELETE" || request.path.length > 0) return undefined;
  if ((await twins.read(id)) !== null) return undefined;
  const mayStock = request.terms.match === undefined;
  const found = await deviceFor({ registry }, { id, tenant, mayStock });
  return found?.device.revokedAt === null ? found : undefined;
}

/** A retired device is none any more, and its id is never used again (TW-01). */
function afterTheEnd({ method, path }: WriteRequest): Refusal {
  const makes = method !== "DELETE" && path.length === 0;
  return refused(makes ? "things:thing.notcreatable" : "things:thing.notfound");
}

/** What is to be written. */
interface Doing {
  readonly stored: Twin | null;
  readonly base: Twin;
  readonly isNew: boolean;
  readonly record: ThingRecord;
  readonly wanted: Wanted;
  readonly now: Instant;
}

type Done = Pick<WrittenThing, "thing" | "isNew">;

function writtenAs(
  deps: ThingsDeps,
  { request, caller }: Asked,
  { stored, base, isNew, record, wanted, now }: Doing,
): EditedBeside<Done> | Refusal {
  const { clearance, by } = caller;
  const held = thingOf(base, record, clearance);
  const { manner, document } = wanted;
  const difference = differenceOf(held.document, document, { kind: base.kind, manner });
  if (difference.kind === "refused") return difference;
  const edited = editTwin(base, difference.patch, { author: { by }, now });
  const after = edited.twin;
  // The store raises the revision of a twin that moves by one; one that is made begins at 1.
  const rev = stored === null || after === stored ? base.rev : base.rev + 1;
  const revision = (isNew ? 0 : held.revision) + 1;
  const kept = { ...difference.free, surplus: revision - rev };
  const thing = thingOf({ ...after, rev, modifiedAt: now }, kept, clearance);
  const isTooLarge = excessOfEdit(base, after, []) !== undefined || hasTooMany(difference);
  if (isTooLarge || bytesOf(thing) > thingBytesMost) return refused("things:thing.toolarge");
  const change: Change["kind"] = isNew ? "created" : "changed";
  return {
    kind: "beside",
    after,
    changed: edited.changed,
    change,
    by,
    cause: "api",
    text: encodeThing(kept),
    writes: [tidingsOf(deps, thing, { request, wanted, now })],
    done: { thing, isNew: wanted.isNew },
  };
}

/** The end of the thing is the end of its device. */
function endOf(deps: ThingsDeps, request: WriteRequest, doing: Doing): EditedBeside<Done> {
  const { base, record, wanted, now } = doing;
  const after = { ...base, retiredAt: now };
  const kept = { ...emptyThing, surplus: record.surplus };
  const thing = thingOf({ ...after, rev: base.rev + 1 }, kept, request.clearance);
  return {
    kind: "beside",
    after,
    changed: [],
    change: "retired",
    cause: "api",
    text: encodeThing(kept),
    writes: [tidingsOf(deps, thing, { request, wanted, now })],
    done: { thing, isNew: false },
  };
}

function tidingsOf(
  { keys }: ThingsDeps,
  { twin: { id, tenant }, revision }: Thing,
  { request, wanted, now }: { request: WriteRequest; wanted: Wanted; now: Instant },
) {
  const { action, value = null } = wanted;
  const { path } = request;
  return tidingsWrite(keys, { kind: "thing", id, tenant, action, path, value, revision, at: now });
}

function hasTooMany({ free }: Difference): boolean {
  return Object.keys(free.features).length > featuresMost;
}

/** Features that are no part. */
const featuresMost = 128;

const encoder = new TextEncoder();

function bytesOf({ document }: Thing): number {
  return encoder.encode(JSON.stringify(document)).length;
}
