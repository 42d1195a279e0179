/**
 * A thing as it was: told from the history of its twin (D16). What is kept beside a twin has none, so what is no part and
 * no tag is not told of the past; a revision of the past is counted back from the present one.
 */
import { chainFor, type HistoryDeps } from "#api/history/deps.ts";
import type { Asked } from "#api/route.ts";
import { readUtc } from "#platform/utc.ts";
import type { PastState } from "#twins/history/past-state.ts";
import { type Moment, pastOf } from "#twins/history/past.ts";
import { isTechnical } from "#twins/model.ts";
import type { JsonObject } from "#wire/messages.ts";

import type { Caller } from "./caller.ts";
import { withValue } from "./document.ts";
import { type Refusal, refused } from "./refusal.ts";
import { said } from "./terms.ts";
import { partOf, type Thing } from "./thing.ts";

/** A moment that is asked about, by the thing's own count. */
export type AskedMoment =
  | { readonly kind: "revision"; readonly revision: number }
  | { readonly kind: "time"; readonly moment: Moment };

/** The moment that the headers of a request name; undefined when it asks about now. */
export function readMoment({ request, url }: Asked): AskedMoment | Refusal | undefined {
  const revision = said(request, url, "at-historical-revision");
  const time = said(request, url, "at-historical-timestamp");
  if (revision !== undefined) {
    return /^\d{1,15}$/.test(revision)
      ? { kind: "revision", revision: Number(revision) }
      : refused("gateway:query.invalid", "at-historical-revision is a whole number");
  }
  if (time === undefined) return undefined;
  const at = readUtc(time);
  if (at !== undefined) return { kind: "time", moment: { at } };
  return refused(
    "gateway:query.invalid",
    "at-historical-timestamp is such as 2026-01-01T00:00:00Z",
  );
}

/** The thing as it was then. */
export async function pastThing(
  { history }: { readonly history: HistoryDeps },
  present: Thing,
  about: { readonly asked: Asked; readonly caller: Caller; readonly moment: AskedMoment },
): Promise<Thing | Refusal> {
  const { asked, caller, moment } = about;
  const { twin, record } = present;
  const nothing = refused("things:thing.history.notfound");
  if (!caller.may("history:read")) return nothing;
  const chain = await chainFor(history, {
    ...asked,
    params: { id: twin.id },
    claims: caller.claims,
  });
  if (chain instanceof Response) return nothing;
  const wanted = moment.kind === "time" ? moment.moment : { rev: moment.revision - record.surplus };
  const isAhead = "rev" in wanted && wanted.rev > twin.rev;
  const past = isAhead ? undefined : pastOf(history.book, chain, wanted);
  if (past?.kind !== "known") return nothing;
  const { thingId = null, policyId = null } = present.document;
  return {
    twin: { ...twin, rev: past.rev, modifiedAt: past.at },
    record,
    revision: past.rev + record.surplus,
    document: { thingId, policyId, ...documentOf(past.state, caller) },
  };
}

/** Attributes and features as the leaves of a past state tell them. */
function documentOf(state: PastState, { clearance }: Caller): JsonObject {
  let document: JsonObject = {};
  for (const [path, [value]] of Object.entries(state)) {
    const place = placeOfLeaf(path);
    const isShown = clearance === "clinical" || isTechnical(path);
    if (place !== undefined && isShown) document = withValue(document, place, value);
  }
  return document;
}

/** Where the leaf of a change stands in a thing; undefined for what things do not tell. */
export function placeOfLeaf(path: string): readonly string[] | undefined {
  const [first = "", second = "", ...rest] = path.split("/");
  if (first === "tags" || first === "links") return ["attributes", first, second];
  if (first === "presence") {
    return ["state", "cause"].includes(second) ? ["attributes", first, second] : undefined;
  }
  if (first === "desired") return ["features", second, "desiredProperties", ...rest];
  return partOf(first) === undefined
    ? undefined
    : ["features", first, "properties", second, ...rest];
}
