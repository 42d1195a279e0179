/**
 * Ditto's streams: things as they change, one thing as it changed, what a search finds, and messages.
 *
 * @source spec twins 4C: S1-S10
 */
import type { Asked } from "#api/route.ts";
import type { Serial, Tenant } from "#wire/identity.ts";

import { fieldsOf, readFields } from "./answer.ts";
import type { Caller } from "./caller.ts";
import type { DittoDeps } from "./deps.ts";
import type { Path } from "./document.ts";
import { dataFor, type Wish } from "./frame.ts";
import type { Heard } from "./hearing.ts";
import { createQueue, frameOf, openLine } from "./line.ts";
import { messagePlaceOf } from "./messages.ts";
import { answerTo, type Refusal, refused } from "./refusal.ts";
import { find, readFilter, readQuery } from "./search.ts";
import { serialOf, type Thing } from "./thing.ts";
import { readThings } from "./things.ts";

/** Changes of things: of all, of those named by `ids`, of one, or of what stands at a path of it. */
export async function streamThings(
  deps: DittoDeps,
  asked: Asked,
  { caller, thing, path }: { caller: Caller; thing?: Thing; path: Path },
): Promise<Response> {
  const wish = readWish(asked, caller, { path, thing });
  if ("kind" in wish) return answerTo(wish);
  return listening(deps, { asked, caller }, async (heard) => {
    if (heard.kind !== "thing") return undefined;
    const read = async (id: Serial) => (await readThings(deps, [id], caller))[0];
    const data = await dataFor(heard, wish, { read, now: deps.clock.now() });
    return data === undefined ? undefined : frameOf(JSON.stringify(data));
  });
}

/** Messages of one box of a thing (S8). */
export async function streamMessages(
  deps: DittoDeps,
  asked: Asked,
  { caller, thing, path }: { caller: Caller; thing: Thing; path: Path },
): Promise<Response> {
  const place = messagePlaceOf(path);
  if (place === undefined) return answerTo(refused("gateway:resource.notfound"));
  return listening(deps, { asked, caller }, async (heard) => {
    if (heard.kind !== "message" || heard.id !== thing.twin.id) return undefined;
    if (heard.box !== place.box || heard.feature !== place.feature) return undefined;
    const { subject, payload } = heard;
    const isWanted = place.subject === undefined || place.subject === subject;
    return isWanted ? frameOf(payload, { event: subject }) : undefined;
  });
}

/** What a search finds, one by one; the id of each frame is the thing's, and it goes on after the last seen (S7). */
export async function streamSearch(
  deps: DittoDeps,
  asked: Asked,
  caller: Caller,
): Promise<Response> {
  const read = readQuery(asked, caller);
  if (read.kind === "refused") return answerTo(read);
  const last = asked.request.headers.get("last-event-id") ?? read.after;
  const query = { ...read, after: last };
  return openLine(deps, { asked, caller }, (outlet) => {
    const run = async (): Promise<void> => {
      for await (const { id, thing } of find(deps, caller, query)) {
        if (thing === undefined) continue;
        if (!(await outlet.room())) return;
        outlet.send(frameOf(JSON.stringify(fieldsOf(thing, query.fields)), { id }));
      }
      outlet.close("over");
    };
    void run();
  });
}

/** What a reader wants to be told, or the refusal of what they say of it. */
export function readWish(
  asked: Asked,
  { tenant, clearance, may }: Caller,
  { path, thing }: { readonly path: Path; readonly thing?: Thing | undefined },
): Wish | Refusal {
  const { searchParams } = asked.url;
  const fields = readFields(asked);
  if (fields.kind === "refused") return fields;
  const extra = readFields(asked, "extraFields");
  if (extra.kind === "refused") return extra;
  const filter = readFilter(searchParams.get("filter") ?? undefined);
  if (filter?.kind === "refused") return filter;
  const ids = thing === undefined ? idsIn(searchParams, tenant) : new Set([thing.twin.id]);
  const isElsewhere = searchParams.get("namespaces")?.split(",").includes(tenant) === false;
  const isNobody = isElsewhere || !may("twins:read");
  return { ids: isNobody ? new Set() : ids, filter, fields, extra, path, clearance };
}

function idsIn(parameters: URLSearchParams, tenant: Tenant): ReadonlySet<Serial> | undefined {
  const named = parameters.get("ids")?.split(",");
  return named && new Set(named.flatMap((id) => serialOf(id, tenant) ?? []));
}

/** A line on which all is told that `write` makes something of. */
async function listening(
  deps: DittoDeps,
  who: { readonly asked: Asked; readonly caller: Caller },
  write: (heard: Heard) => Promise<string | undefined>,
): Promise<Response> {
  const { tenant } = who.caller;
  const early: Heard[] = [];
  let take = (heard: Heard): void => void early.push(heard);
  const hearing = await deps.hearing.listen((heard) => {
    if (heard.tenant === tenant) take(heard);
  });
  let isOpen = false;
  const response = openLine(deps, who, (outlet) => {
    isOpen = true;
    take = createQueue(outlet, write);
    for (const heard of early) take(heard);
    void outlet.ended.then(hearing.stop);
  });
  if (!isOpen) hearing.stop();
  return response;
}
