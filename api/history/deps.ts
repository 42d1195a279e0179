/**
 * What the routes over the history share: where it is kept, whose it is, and how far it must have come.
 */
import { Type } from "@sinclair/typebox";

import { may } from "#api/access/rights.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, type Parameter } from "#api/route.ts";
import { invalid } from "#api/twins/question.ts";
import type { Clock } from "#platform/clock/port.ts";
import { compareIds, origin, type Streams } from "#platform/stream/port.ts";
import { readMoment } from "#platform/utc.ts";
import type { Chain, HistoryBook } from "#twins/history/book.ts";
import type { PastFleet } from "#twins/history/past-fleet.ts";
import type { Keys } from "#twins/keys.ts";
import { parseSerial } from "#wire/identity.ts";
import { Instant, lastInstant, Millis, Seconds } from "#wire/units.ts";

/** The history, and the streams that it follows. */
export interface HistoryDeps {
  readonly book: HistoryBook;
  readonly past: PastFleet;
  readonly streams: Pick<Streams, "last">;
  readonly keys: Keys;
  readonly clock: Clock;
}

/** How long an answer waits for the history to have recorded what it is asked about. */
const patience = Seconds(2);
const lookEvery = Millis(50);

/** The chain of the twin that the path names, of the asker's tenant; recorded up to now, as far as it can be. */
export async function chainFor(deps: HistoryDeps, asked: Asked): Promise<Chain | Response> {
  const id = parseSerial(asked.params["id"] ?? "");
  if (id === undefined) return problem("not_found");
  const late = await notRecorded(deps, [deps.keys.of(id)], deps.clock.now());
  if (late !== undefined) return late;
  const chain = deps.book.chain(id);
  // Another tenant's twin is answered as one that does not exist: serials are not to be probed.
  return chain?.tenant === askerOf(asked).tenant ? chain : problem("not_found");
}

/** The refusal while the history has not recorded everything up to `at` in these partitions. */
export async function notRecorded(
  { book, streams, keys, clock }: HistoryDeps,
  partitions: readonly number[],
  at: Instant,
): Promise<Response | undefined> {
  const lasts = await Promise.all(partitions.map((q) => streams.last(keys.changes(q))));
  const isThere = (): boolean => {
    const places = book.positions();
    return partitions.every((q, n) => {
      const place = places.get(q) ?? origin;
      return compareIds(place, lasts[n] ?? origin) >= 0 || millisOf(place) > at;
    });
  };
  for (let waited = 0; !isThere(); waited += lookEvery) {
    if (waited >= patience) {
      const detail = "The history has not recorded everything up to then yet.";
      return problem("history_behind", { detail, headers: { "retry-after": "1" } });
    }
    await clock.sleep(lookEvery);
  }
  return undefined;
}

/** A refusal unless the asker may see what was. */
export function mayRemember(asked: Asked): Response | undefined {
  return may(askerOf(asked).role, "history:read") ? undefined : problem("forbidden");
}

/** A moment of the past, as every route with one explains it. */
export function momentParameter(name: string, about: string): Parameter {
  return {
    name,
    in: "query",
    about: `${about}: \`2026-11-03T14:00:00Z\`, a day (its first moment, UTC), or ms since 1970`,
    schema: Type.String(),
  };
}

/** The moment that a query parameter says, none when it is absent; nobody knows the future. */
export function readInstant(
  parameters: ReadonlyMap<string, string>,
  name: string,
  now: Instant,
): Instant | undefined | Response {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const isMillis = /^\d{10,15}$/.test(text) && Number(text) <= lastInstant;
  const at = isMillis ? Instant(Number(text)) : readMoment(text);
  if (at === undefined) {
    const detail = "A moment such as 2026-11-03T14:00:00Z, a day, or milliseconds since 1970.";
    return invalid(name, { detail });
  }
  return at <= now ? at : invalid(name, { detail: "This moment has not come yet." });
}

/** Every partition there is. */
export function partitionsOf({ partitions }: Keys): number[] {
  return Array.from({ length: partitions }, (_, q) => q);
}

function millisOf(id: string): number {
  return Number(id.slice(0, id.indexOf("-")));
}
