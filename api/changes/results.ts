/** `GET /v1/changes/{id}/results`: what became of each device, a page at a time. */
import { type Asked, json } from "#api/route.ts";
import { invalid, readLimit, readParameters } from "#api/twins/question.ts";
import type { BulkPlan } from "#twins/bulk/change.ts";
import type { BulkItem } from "#twins/bulk/item.ts";
import type { BulkStore } from "#twins/bulk/store.ts";
import { itemStates } from "#twins/bulk/tally.ts";
import type { Keys } from "#twins/keys.ts";

import type { BulkResult } from "./contract.ts";
import { viewItem } from "./view.ts";

/** States that one may ask for. */
export const resultStates = ["planned", ...itemStates] as const;

/** What is asked for. */
interface Question {
  readonly limit: number;
  readonly state: string | undefined;
  readonly place: Place;
}

/** The page that the parameters ask for. */
export async function listResults(
  { store, keys }: { readonly store: Pick<BulkStore, "items">; readonly keys: Keys },
  asked: Asked,
  plan: BulkPlan,
): Promise<Response> {
  const question = readQuestion(asked, keys);
  if (question instanceof Response) return question;
  const { limit, state, place } = question;
  const items: BulkResult[] = [];
  for (let { q, after } = place; q < keys.partitions; q++, after = "") {
    const all = [...(await store.items(plan.id, q))];
    const some = all.filter(([serial, item]) => serial > after && isAskedFor(item, state));
    // One more than is asked for tells that more follow.
    const room = limit + 1 - items.length;
    items.push(...some.slice(0, room).map(([serial, item]) => viewItem(plan, serial, item)));
    if (items.length > limit) break;
  }
  const last = items.length > limit ? items[limit - 1]?.device : undefined;
  const cursor = last === undefined ? null : `${keys.of(last)}.${last}`;
  return json({ items: items.slice(0, limit), cursor });
}

function isAskedFor(item: BulkItem | null, state: string | undefined): boolean {
  return state === undefined || state === (item?.state ?? "planned");
}

function readQuestion({ url }: Asked, keys: Keys): Question | Response {
  const parameters = readParameters(url.searchParams, ["state", "limit", "cursor"]);
  if (parameters instanceof Response) return parameters;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const state = parameters.get("state");
  if (state !== undefined && !resultStates.some((known) => known === state)) {
    return invalid("state", { detail: `One of ${resultStates.join(", ")}.` });
  }
  const place = readCursor(parameters.get("cursor"), keys.partitions);
  return place === undefined
    ? invalid("cursor", { detail: "No place in these results." })
    : { limit, state, place };
}

/** Partitions one after the other, serials in their order in each. */
interface Place {
  readonly q: number;
  readonly after: string;
}

function readCursor(text: string | undefined, partitions: number): Place | undefined {
  if (text === undefined) return { q: 0, after: "" };
  const [, q = "", after = ""] = /^(\d{1,4})\.([A-Z0-9-]{1,26})$/.exec(text) ?? [];
  return q === "" || Number(q) >= partitions ? undefined : { q: Number(q), after };
}
