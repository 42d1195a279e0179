/**
 * `GET /v1/twins/{id}?at=`: one twin as it was at a time or revision.
 */
import { problem } from "#api/problem.ts";
import { type Asked, json } from "#api/route.ts";
import { invalid } from "#api/twins/question.ts";
import { type WishState, wishStates } from "#twins/document.ts";
import type { Chain } from "#twins/history/book.ts";
import type { PastState } from "#twins/history/past-state.ts";
import { type Moment, type Past, pastOf } from "#twins/history/past.ts";
import { withLeaf } from "#twins/leaves.ts";
import { kindOf } from "#wire/identity.ts";
import { type Json, type JsonObject, partNames } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { PastTwin } from "./contract.ts";
import { chainFor, type HistoryDeps, mayRemember, readInstant } from "./deps.ts";

/** The twin that the path names as it was at the moment that `at` says. `shape` makes of it what was asked for. */
export async function pastTwin(
  deps: HistoryDeps,
  asked: Asked,
  given: {
    readonly parameters: ReadonlyMap<string, string>;
    readonly shape: (twin: PastTwin) => unknown;
  },
): Promise<Response> {
  const refusal = mayRemember(asked);
  if (refusal !== undefined) return refusal;
  const { parameters, shape } = given;
  if (parameters.has("include")) {
    return invalid("include", { detail: "What was is told whole: only what is can include more." });
  }
  const moment = readMoment(parameters, deps.clock.now());
  if (moment instanceof Response) return moment;
  const chain = await chainFor(deps, asked);
  if (chain instanceof Response) return chain;
  const past = pastOf(deps.book, chain, moment);
  if (past.kind === "before") return problem("not_found");
  if (past.kind === "gone") return gone(past.until);
  if (past.state["retiredAt"] !== undefined) return problem("retired");
  return json(shape(viewPast(chain, past)));
}

/** The refusal of what nobody knows any more. */
export function gone(until: Instant): Response {
  const detail = `What was before ${until} (ms since 1970) is not known, or not any more.`;
  return problem("history_gone", { pointer: "/query/at", detail });
}

/** Up to nine digits are a revision. */
function readMoment(parameters: ReadonlyMap<string, string>, now: Instant): Moment | Response {
  const text = parameters.get("at") ?? "";
  if (/^\d{1,9}$/.test(text)) return { rev: Number(text) };
  const at = readInstant(parameters, "at", now);
  if (at instanceof Response) return at;
  return at === undefined ? invalid("at", { detail: "A moment or a revision." }) : { at };
}

function viewPast(chain: Chain, { rev, at, state }: Extract<Past, { kind: "known" }>): PastTwin {
  const { serial: id, tenant } = chain;
  return {
    ...{ id, tenant, kind: kindOf(id), rev, at },
    createdAt: numberAt(state, "createdAt"),
    identity: { ...below(state, "identity") },
    links: { box: textAt(state, "links/box"), assignment: textAt(state, "links/assignment") },
    presence: {
      state: textAt(state, "presence/state"),
      cause: textAt(state, "presence/cause"),
      concern: textAt(state, "presence/concern"),
      since: numberAt(state, "presence/since"),
    },
    tags: { ...below(state, "tags") },
    parts: partsOf(state),
    sync: Object.fromEntries(wishesIn(state)),
    since: Object.fromEntries(Object.entries(state).map(([path, [, t]]) => [path, t])),
  };
}

function partsOf(state: PastState): PastTwin["parts"] {
  const parts: PastTwin["parts"] = {};
  for (const name of partNames) {
    const part = { reported: below(state, name), desired: below(state, `desired/${name}`) };
    const isKnown = Object.keys(part.reported).length + Object.keys(part.desired).length > 0;
    if (isKnown) parts[name] = { reported: { ...part.reported }, desired: { ...part.desired } };
  }
  return parts;
}

/** The leaves below a path, as one document. */
function below(state: PastState, path: string): JsonObject {
  let document: JsonObject = {};
  for (const [leaf, [value]] of Object.entries(state)) {
    if (!leaf.startsWith(`${path}/`)) continue;
    document = withLeaf(document, leaf.slice(path.length + 1).split("/"), value);
  }
  return document;
}

function* wishesIn(state: PastState): Iterable<[string, WishState]> {
  for (const [path, [value]] of Object.entries(state)) {
    const known = wishStates.find((each) => each === value);
    if (path.startsWith("sync/") && known !== undefined) yield [path.slice("sync/".length), known];
  }
}

function valueAt(state: PastState, path: string): Json {
  return state[path]?.[0] ?? null;
}

function textAt(state: PastState, path: string): string | null {
  const value = valueAt(state, path);
  return typeof value === "string" ? value : null;
}

function numberAt(state: PastState, path: string): number | null {
  const value = valueAt(state, path);
  return typeof value === "number" ? value : null;
}
