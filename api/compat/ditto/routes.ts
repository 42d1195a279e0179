/**
 * `/compat/ditto/api/2`: Eclipse Ditto's things, so that an unmodified Ditto client works on these twins.
 *
 * @source spec twins 4B, 4C; docs/decisions/0013
 */
import type { Right } from "#api/access/rights.ts";
import { readBytes } from "#api/body.ts";
import type { Asked, Route } from "#api/route.ts";
import { assert } from "#platform/assert.ts";
import type { Json } from "#wire/messages.ts";

import { acknowledged, readWaited } from "./acknowledgements.ts";
import { answerAt, dittoJson, fieldsOf, readFields } from "./answer.ts";
import { type Caller, type CallerDeps, callerOf } from "./caller.ts";
import type { DittoDeps } from "./deps.ts";
import { thingBytesMost } from "./difference.ts";
import { type Path } from "./document.ts";
import type { WriteRequest } from "./edit.ts";
import { wantsEvents } from "./line.ts";
import { messagePlaceOf, sendMessage } from "./messages.ts";
import { readSpan, streamPast } from "./past-stream.ts";
import { pastThing, readMoment } from "./past.ts";
import { answerTo, type Refusal, refused } from "./refusal.ts";
import { count, search } from "./search.ts";
import { streamMessages, streamSearch, streamThings } from "./stream.ts";
import { etagOf, faultOfCondition, readTerms } from "./terms.ts";
import { serialOf } from "./thing.ts";
import { readThing, readThings, writeThing } from "./things.ts";

const root = "/compat/ditto/api/2";
const thing = `${root}/things/:thing`;

/** Things asked for by their ids at once. */
const idsMost = 200;

/** The routes. */
export function dittoRoutes(deps: DittoDeps): readonly Route[] {
  const reading = (asked: Asked, caller: Caller) => get(deps, asked, caller);
  const writing = (asked: Asked, caller: Caller) => write(deps, asked, caller);
  return [
    route(deps, `GET ${root}/things`, (asked, caller) =>
      wantsEvents(asked)
        ? streamThings(deps, asked, { caller, path: [] })
        : list(deps, asked, caller),
    ),
    route(deps, `GET ${root}/search/things`, (asked, caller) =>
      wantsEvents(asked) ? streamSearch(deps, asked, caller) : search(deps, asked, caller),
    ),
    route(deps, `GET ${root}/search/things/count`, (asked, caller) => count(deps, asked, caller)),
    route(deps, `POST ${root}/search/things`, async (asked, caller) =>
      search(deps, await withForm(asked), caller),
    ),
    route(deps, `POST ${root}/search/things/count`, async (asked, caller) =>
      count(deps, await withForm(asked), caller),
    ),
    ...[thing, `${thing}/*`].flatMap((path) => [
      route(deps, `GET ${path}`, reading),
      ...["PUT", "PATCH", "DELETE"].map((method) => route(deps, `${method} ${path}`, writing)),
    ]),
    route(deps, `POST ${thing}/*`, (asked, caller) => post(deps, asked, caller)),
  ];
}

type Answer = (asked: Asked, caller: Caller) => Promise<Response>;

function route(deps: CallerDeps, name: string, answer: Answer): Route {
  const [method, path = ""] = name.split(" ");
  assert(isMethod(method), "a route begins with a method");
  return {
    method,
    path,
    answer: async (asked) => {
      const caller = await callerOf(deps, asked.request);
      return caller.kind === "caller" ? answer(asked, caller) : answerTo(caller);
    },
  };
}

/** Longest form, bytes: that of the longest expression, encoded. */
const formMost = 16_384;

/** What a form says, as if the query said it. */
async function withForm(asked: Asked): Promise<Asked> {
  const url = new URL(asked.url);
  const bytes = await readBytes(asked.request, formMost);
  url.search = new URLSearchParams(new TextDecoder().decode(bytes)).toString();
  return { ...asked, url };
}

const methods: readonly Route["method"][] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

function isMethod(text: string | undefined): text is Route["method"] {
  return methods.some((known) => known === text);
}

/** What happens to a thing, or happened, or is sent to it. */
async function watch(
  deps: DittoDeps,
  asked: Asked,
  { caller, path, thingId }: { caller: Caller; path: Path; thingId: string },
): Promise<Response> {
  const found = await readThing(deps, thingId, caller);
  if (found === undefined) return answerTo(refused("things:thing.notfound"));
  const about = { caller, thing: found, path };
  if (messagePlaceOf(path) !== undefined) return streamMessages(deps, asked, about);
  const span = readSpan(asked);
  if (span?.kind === "refused") return answerTo(span);
  return span === undefined
    ? streamThings(deps, asked, about)
    : streamPast(deps, asked, { caller, thing: found, span });
}

async function post(deps: DittoDeps, asked: Asked, caller: Caller): Promise<Response> {
  const { thingId, path } = placeOf(asked);
  const place = messagePlaceOf(path);
  if (place === undefined) return answerTo(refused("gateway:resource.notfound"));
  const found = await readThing(deps, thingId, caller);
  if (found === undefined) return answerTo(refused("things:thing.notfound"));
  return sendMessage(deps, { asked, caller, thing: found, place });
}

async function get(deps: DittoDeps, asked: Asked, caller: Caller): Promise<Response> {
  const place = placeOf(asked);
  if (wantsEvents(asked)) return watch(deps, asked, { caller, ...place });
  const terms = readTerms(asked.request, asked.url);
  if (terms.kind === "refused") return answerTo(terms);
  const fields = readFields(asked);
  if (fields.kind === "refused") return answerTo(fields);
  const present = await readThing(deps, place.thingId, caller);
  if (present === undefined) return answerTo(refused("things:thing.notfound"));
  const moment = readMoment(asked);
  if (moment?.kind === "refused") return answerTo(moment);
  const found =
    moment === undefined ? present : await pastThing(deps, present, { asked, caller, moment });
  if ("kind" in found) return answerTo(found);
  const { clearance } = caller;
  const barred = faultOfCondition(terms, found, { clearance, now: deps.clock.now() });
  return barred === undefined ? answerAt(found, place.path, { terms, fields }) : answerTo(barred);
}

async function list(deps: DittoDeps, asked: Asked, caller: Caller): Promise<Response> {
  const fields = readFields(asked);
  if (fields.kind === "refused") return answerTo(fields);
  if (!caller.may("twins:read")) return dittoJson([]);
  const asks = asked.url.searchParams.get("ids")?.split(",") ?? [];
  if (asks.length > idsMost) return answerTo(refused("gateway:query.invalid", "too many ids"));
  const ids = asks.flatMap((id) => serialOf(id, caller.tenant) ?? []);
  const found = await readThings(deps, ids, caller);
  return dittoJson(found.map((each) => fieldsOf(each, fields)));
}

async function write(deps: DittoDeps, asked: Asked, caller: Caller): Promise<Response> {
  const { thingId, path } = placeOf(asked);
  const request = await readWrite(asked, caller, path);
  if ("kind" in request) return answerTo(request);
  const waited = readWaited(asked);
  if (waited.kind === "refused") return answerTo(waited);
  const denied = await faultOfRight(deps, thingId, caller);
  if (denied !== undefined) return answerTo(denied);
  const outcome = await writeThing(deps, thingId, { request, caller });
  if (outcome.kind === "refused") return answerTo(outcome);
  if (outcome.kind === "skipped") return new Response(null, { status: 204 });
  const { isNew, position, thing: after } = outcome;
  const etag = etagOf(after, path);
  const headers = {
    ...(etag === undefined || request.method === "DELETE" ? {} : { etag }),
    ...(isNew ? { location: asked.url.pathname } : {}),
  };
  const body = path.length === 0 ? after.document : request.body;
  const response = isNew
    ? dittoJson(body, { status: 201, headers })
    : new Response(null, { status: 204, headers });
  return acknowledged(waited, { response, position }, deps.fleet);
}

/** Who may read a thing and not write it is told so; who may not even read it, that there is none. */
async function faultOfRight(
  deps: DittoDeps,
  thingId: string,
  caller: Caller,
): Promise<Refusal | undefined> {
  const wanted: Right = "twins:write";
  if (caller.may(wanted)) return undefined;
  const found = await readThing(deps, thingId, caller);
  return refused(found === undefined ? "things:thing.notfound" : "things:thing.notmodifiable");
}

async function readWrite(
  { request, url }: Asked,
  { clearance }: Caller,
  path: Path,
): Promise<WriteRequest | Refusal> {
  const { method } = request;
  assert(method === "PUT" || method === "PATCH" || method === "DELETE", "a write is one of these");
  const terms = readTerms(request, url);
  if (terms.kind === "refused") return terms;
  if (!isPlace(path)) return refused("gateway:resource.notfound");
  if (method === "DELETE") return { method, path, body: undefined, terms, clearance };
  const body = await readBody(request, method);
  return body.kind === "refused" ? body : { method, path, body: body.value, terms, clearance };
}

async function readBody(
  request: Request,
  method: "PUT" | "PATCH",
): Promise<{ readonly kind: "body"; readonly value: Json } | Refusal> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  const isMerge = type.trim().toLowerCase() === "application/merge-patch+json";
  const isPlain = /^(?:application\/json)?$/i.test(type.trim());
  if (method === "PATCH" ? !isMerge : !isPlain) return refused("gateway:mediatype.unsupported");
  const bytes = await readBytes(request, thingBytesMost);
  if (bytes === undefined) return refused("things:thing.toolarge");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: Json = JSON.parse(text);
    return { kind: "body", value };
  } catch {
    return refused("json.invalid");
  }
}

/** The thing and the path below it that an address names. */
export function placeOf({ url }: Asked): { readonly thingId: string; readonly path: Path } {
  const rest = url.pathname.slice(`${root}/things/`.length).split("/");
  const [thingId = "", ...path] = rest.map(decoded);
  return { thingId, path: path.at(-1) === "" ? path.slice(0, -1) : path };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a thing has such a place at all. */
function isPlace([first, feature, half, ...rest]: Path): boolean {
  if (first === undefined) return true;
  if (first === "attributes") return true;
  if (first === "definition" || first === "policyId") return feature === undefined;
  if (first !== "features") return false;
  if (half === undefined || half === "properties" || half === "desiredProperties") return true;
  return half === "definition" && rest.length === 0;
}
