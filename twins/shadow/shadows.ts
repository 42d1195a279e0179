/**
 * The shadows of things: read, changed, deleted and listed, as AWS's shadow service does, over the very same twins.
 *
 * Twin, record and tidings are written in one commit. The record lies beside the twin in a hash of its own, so that a
 * state in which the face was never on has nothing of it.
 */
import type { Clock } from "#platform/clock/port.ts";
import { type BesideDeps, type EditedBeside, writeBeside } from "#twins/beside.ts";
import type { Clearance } from "#twins/columns.ts";
import type { Twin } from "#twins/document.ts";
import { redacted } from "#twins/redaction.ts";
import type { TwinStore } from "#twins/store.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import { type JsonObject, partNames } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { Speaker } from "./parts.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { missing, rejected, type Rejection, shadowLimits, type ShadowRequest } from "./request.ts";
import { tidingsWrite } from "./tidings.ts";
import {
  type Author,
  deleteShadow,
  documentsOf,
  echoOf,
  type Held,
  updateShadow,
  type WrittenShadow,
} from "./update.ts";
import {
  deltaOf,
  describe,
  partOf,
  type ShadowName,
  type ShadowView,
  viewShadow,
  withoutVitals,
} from "./view.ts";

/** Which shadow of which thing. */
export interface ShadowAddress {
  readonly thing: Serial;
  readonly name: ShadowName;
}

/** Who asks. A device sees its twin whole but for vital signs. */
export interface ShadowReader {
  readonly tenant: Tenant;
  readonly clearance: Clearance | "device";
}

/** Who writes. */
export interface ShadowAuthor {
  readonly tenant: Tenant;
  readonly by: string;
  /** Set when the device speaks itself: then its box is told by whoever took the message, and by nobody else. */
  readonly speaks?: Speaker;
}

/** An answer of the service, to be sent as it is. */
export interface ShadowReply {
  readonly kind: "reply";
  readonly document: JsonObject;
}

/** A change that was made: its answer, and what listeners are told. */
export interface ShadowChange extends ShadowReply {
  readonly documents: JsonObject;
  readonly delta: JsonObject | null;
}

/** The service. Throws Trouble of the cells. */
export interface Shadows {
  get(address: ShadowAddress, reader: ShadowReader): Promise<ShadowReply | Rejection>;
  update(
    address: ShadowAddress,
    request: ShadowRequest,
    author: ShadowAuthor,
  ): Promise<ShadowChange | Rejection>;
  delete(address: ShadowAddress, author: ShadowAuthor): Promise<ShadowReply | Rejection>;
  /** All that is outstanding, as `…/update/delta` tells it; null when nothing is. */
  delta(address: ShadowAddress, tenant: Tenant): Promise<JsonObject | null>;
  /** Names of the named shadows, sorted; the classic one has none. */
  list(thing: Serial, reader: ShadowReader): Promise<readonly string[] | Rejection>;
}

/** What it is made of. */
export interface ShadowDeps extends BesideDeps {
  readonly clock: Pick<Clock, "now">;
  readonly twins: Pick<TwinStore, "read">;
}

/** The service over these. */
export function createShadows(deps: ShadowDeps): Shadows {
  const within = createBounds();
  return {
    get: (address, reader) => within(address.thing, () => get(deps, address, reader)),
    update: (address, request, author) =>
      within(address.thing, () => update(deps, address, { request, author })),
    delete: (address, author) => within(address.thing, () => remove(deps, address, author)),
    delta: async (address, tenant) => {
      const held = await read(deps, address, tenant);
      const view = held && viewOf(held, { tenant, clearance: "device" });
      return view === undefined ? null : deltaMessage(view, deps.clock.now());
    },
    list: (thing, reader) => within(thing, () => list(deps, thing, reader)),
  };
}

async function get(
  deps: ShadowDeps,
  address: ShadowAddress,
  reader: ShadowReader,
): Promise<ShadowReply | Rejection> {
  const held = await read(deps, address, reader.tenant);
  const view = held && viewOf(held, reader);
  if (view === undefined) return missing(address.thing, address.name);
  const { state, metadata } = describe(view);
  const delta = deltaOf(view);
  const document = {
    state: delta === undefined ? state : { ...state, delta: delta.state },
    metadata: delta === undefined ? metadata : { ...metadata, delta: delta.metadata },
    version: view.version,
    timestamp: secondsOf(deps.clock.now()),
  };
  return { kind: "reply", document };
}

async function update(
  deps: ShadowDeps,
  address: ShadowAddress,
  { request, author }: { request: ShadowRequest; author: ShadowAuthor },
): Promise<ShadowChange | Rejection> {
  const { clientToken } = request;
  const token = clientToken === undefined ? {} : { clientToken };
  let told: Pick<ShadowChange, "documents" | "delta"> = { documents: {}, delta: null };
  const written = await write(deps, address, {
    author,
    edit: (held, hand) => {
      const outcome = updateShadow(held, request, hand);
      if (outcome.kind === "written") told = messagesOf(outcome, hand.now, token);
      return outcome;
    },
    tell: () => (author.speaks === undefined ? told : undefined),
  });
  if (written.kind === "rejected") return written;
  const now = deps.clock.now();
  const { version } = written.after;
  const document = { ...echoOf(request, now), version, timestamp: secondsOf(now), ...token };
  return { kind: "reply", document, ...told };
}

async function remove(
  deps: ShadowDeps,
  address: ShadowAddress,
  author: ShadowAuthor,
): Promise<ShadowReply | Rejection> {
  const edit = (held: Held, hand: Author) => deleteShadow(held, hand);
  const written = await write(deps, address, { author, edit, tell: () => undefined });
  if (written.kind === "rejected") return written;
  const timestamp = secondsOf(deps.clock.now());
  return { kind: "reply", document: { version: written.before.version, timestamp } };
}

async function list(
  { cells, keys, twins }: ShadowDeps,
  thing: Serial,
  reader: ShadowReader,
): Promise<readonly string[] | Rejection> {
  const [twin, fields] = await Promise.all([twins.read(thing), cells.getAll(keys.faces(thing))]);
  if (twin === null || !isThere(twin, reader.tenant)) return missing(thing, null);
  const free = Object.keys(fields).flatMap((field) => field.match(/^aws:(.+)$/)?.[1] ?? []);
  return [...new Set([...partNames, ...free])]
    .filter((name) => {
      const record = decodeRecord(fields[fieldOf(name)]);
      return viewOf({ twin, record, name }, reader) !== undefined;
    })
    .toSorted();
}

/** What one write does. */
interface Writing {
  readonly author: ShadowAuthor;
  /** Pure. */
  readonly edit: (held: Held, hand: Author) => WrittenShadow | Rejection;
  /** What doors are told of the last edit. */
  readonly tell: () => Pick<ShadowChange, "documents" | "delta"> | undefined;
}

async function write(
  deps: ShadowDeps,
  { thing, name }: ShadowAddress,
  { author, edit, tell }: Writing,
): Promise<WrittenShadow | Rejection> {
  const { by, speaks, tenant } = author;
  const place = { id: thing, field: fieldOf(name) };
  const written = await writeBeside(
    deps,
    place,
    (twin, { text: stored, fields }, now): EditedBeside<WrittenShadow> | Rejection => {
      if (twin === null || !isThere(twin, tenant)) return missing(thing, name);
      if (stored === undefined && isOneTooMany(fields, name)) return tooManyNames;
      const done = edit({ twin, record: decodeRecord(stored), name }, { by, now, speaks });
      if (done.kind === "rejected") return done;
      const told = tell();
      const writes = told === undefined ? [] : [tidingsWrite(deps.keys, { thing, name, ...told })];
      const { twin: after, changed } = done;
      const text = encodeRecord(done.record);
      return { kind: "beside", after, changed, by, cause: "api", text, writes, done };
    },
  );
  if (written.kind === "contended") return rejected(429, "Too many requests");
  return written.kind === "done" ? written.done : written;
}

async function read(
  { cells, keys, twins }: ShadowDeps,
  { thing, name }: ShadowAddress,
  tenant: Tenant,
): Promise<Held | undefined> {
  const [twin, fields] = await Promise.all([twins.read(thing), cells.getAll(keys.faces(thing))]);
  if (twin === null || !isThere(twin, tenant)) return undefined;
  return { twin, record: decodeRecord(fields[fieldOf(name)]), name };
}

/** The shadow as that reader may see it; undefined when there is none to see. */
function viewOf({ twin, record, name }: Held, { clearance }: ShadowReader): ShadowView | undefined {
  const seen = clearance === "device" ? withoutVitals(twin) : redacted(twin, clearance);
  const view = viewShadow(seen, record, name);
  return view.exists ? view : undefined;
}

/** Another tenant's thing is one that does not exist: serials are not to be probed. */
function isThere(twin: Twin, tenant: Tenant): boolean {
  return twin.tenant === tenant && twin.retiredAt === null;
}

function fieldOf(name: ShadowName): string {
  return name === null ? "aws" : `aws:${name}`;
}

const tooManyNames = rejected(
  400,
  `A thing has at most ${shadowLimits.names} named shadows besides its parts`,
);

function isOneTooMany(fields: Readonly<Record<string, string>>, name: ShadowName): boolean {
  if (name === null || partOf(name) !== undefined) return false;
  const free = Object.keys(fields).filter(
    (field) => field.startsWith("aws:") && partOf(field.slice(4)) === undefined,
  );
  return free.length >= shadowLimits.names;
}

function messagesOf(
  written: WrittenShadow,
  now: Instant,
  token: { readonly clientToken?: string },
): Pick<ShadowChange, "documents" | "delta"> {
  const delta = deltaMessage(written.after, now);
  return {
    documents: { ...documentsOf(written), timestamp: secondsOf(now), ...token },
    delta: delta && { ...delta, ...token },
  };
}

function deltaMessage(view: ShadowView, now: Instant): JsonObject | null {
  const delta = deltaOf(view);
  if (delta === undefined) return null;
  return { version: view.version, timestamp: secondsOf(now), ...delta };
}

function secondsOf(now: Instant): number {
  return Math.floor(now / 1000);
}

/** Lets at most so many requests of one thing be under way. */
function createBounds(): <T>(thing: Serial, ask: () => Promise<T>) => Promise<T | Rejection> {
  const underWay = new Map<Serial, number>();
  return async (thing, ask) => {
    const count = underWay.get(thing) ?? 0;
    if (count >= shadowLimits.inFlight) return rejected(429, "Too many requests");
    underWay.set(thing, count + 1);
    try {
      return await ask();
    } finally {
      const left = (underWay.get(thing) ?? 1) - 1;
      if (left === 0) underWay.delete(thing);
      else underWay.set(thing, left);
    }
  };
}
