/** One thing as it changed, from one moment of the past to another, as events (S6). */
import { chainFor } from "#api/history/deps.ts";
import type { Asked } from "#api/route.ts";
import { readUtc } from "#platform/utc.ts";
import { recordsFrom } from "#twins/history/book.ts";
import type { HistoryRecord } from "#twins/history/record.ts";
import type { Instant } from "#wire/units.ts";

import type { Caller } from "./caller.ts";
import type { DittoDeps } from "./deps.ts";
import { dataFor } from "./frame.ts";
import { eventOfChange } from "./hearing.ts";
import { frameOf, openLine } from "./line.ts";
import { answerTo, type Refusal, refused } from "./refusal.ts";
import { readWish } from "./stream.ts";
import { said } from "./terms.ts";
import type { Thing } from "./thing.ts";

/** One end of a span, by the thing's own count, negative from the present; or by time. */
type End = { readonly revision: number } | { readonly at: Instant } | undefined;

/** A span of the past. */
export interface Span {
  readonly kind: "span";
  readonly from: End;
  readonly to: End;
}

/** Records that one answer tells at most. */
const recordsMost = 10_000;

/** The span that a request asks for; undefined when it asks for what comes. */
export function readSpan(asked: Asked): Span | Refusal | undefined {
  const from = readEnd(asked, "from");
  const to = readEnd(asked, "to");
  if (from?.kind === "refused") return from;
  if (to?.kind === "refused") return to;
  if (from === undefined && to === undefined) return undefined;
  return { kind: "span", from: from?.end, to: to?.end };
}

/** The past of a thing, told and ended. */
export async function streamPast(
  deps: DittoDeps,
  asked: Asked,
  { caller, thing, span }: { caller: Caller; thing: Thing; span: Span },
): Promise<Response> {
  const nothing = answerTo(refused("things:thing.history.notfound"));
  const { twin, record, revision } = thing;
  if (!caller.may("history:read")) return nothing;
  const wish = readWish(asked, caller, { path: [], thing });
  if ("kind" in wish) return answerTo(wish);
  const who = { ...asked, params: { id: twin.id }, claims: caller.claims };
  const chain = await chainFor(deps.history, who);
  if (chain instanceof Response) return nothing;
  const isWithin = (each: HistoryRecord): boolean => {
    const at = { revision: each.rev + record.surplus, at: each.at };
    return order(at, span.from, revision) >= 0 && order(at, span.to, revision) <= 0;
  };
  const records: HistoryRecord[] = [];
  for (const { record: each } of recordsFrom(deps.history.book, chain, chain.head)) {
    if (isWithin(each)) records.push(each);
    if (records.length === recordsMost) break;
  }
  return openLine(deps, { asked, caller }, (outlet) => {
    const tell = async (): Promise<void> => {
      for (const { rev, at, kind, changed } of records.toReversed()) {
        if (kind !== "created" && kind !== "changed" && kind !== "retired") continue;
        const { id, tenant } = twin;
        const event = eventOfChange({ id, tenant, rev: rev + record.surplus, at, kind, changed });
        const now = deps.clock.now();
        const data = event && (await dataFor(event, wish, { read: async () => thing, now }));
        if (data === undefined) continue;
        if (!(await outlet.room())) return;
        outlet.send(frameOf(JSON.stringify(data)));
      }
      outlet.close("over");
    };
    void tell();
  });
}

function readEnd(
  { request, url }: Asked,
  name: "from" | "to",
): { readonly kind: "end"; readonly end: End } | Refusal | undefined {
  const revision = said(request, url, `${name}-historical-revision`);
  const time = said(request, url, `${name}-historical-timestamp`);
  if (revision !== undefined) {
    return /^-?\d{1,15}$/.test(revision)
      ? { kind: "end", end: { revision: Number(revision) } }
      : refused("gateway:query.invalid", `${name}-historical-revision is a whole number`);
  }
  if (time === undefined) return undefined;
  const at = readUtc(time);
  if (at !== undefined) return { kind: "end", end: { at } };
  return refused("gateway:query.invalid", `${name}-historical-timestamp is a moment in UTC`);
}

/** Positive after an end, 0 at it, and where there is none. */
function order(
  place: { readonly revision: number; readonly at: Instant },
  end: End,
  present: number,
): number {
  if (end === undefined) return 0;
  if ("at" in end) return place.at - end.at;
  const revision = end.revision < 0 ? present + end.revision : end.revision;
  return place.revision - revision;
}
