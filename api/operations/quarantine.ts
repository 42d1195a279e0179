/**
 * `GET /v1/quarantine`: what the doors put aside, newest first.
 */
import { Type } from "@sinclair/typebox";

import { may } from "#api/access/rights.ts";
import { type Asked, askerOf, json, type Route } from "#api/route.ts";
import { readLimit, readParameters, usualLimit } from "#api/twins/question.ts";
import type { Entry, Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";
import { cadence } from "#wire/cadence.ts";
import type { Tenant } from "#wire/identity.ts";

import { QuarantinePage, type QuarantineRow } from "./contract.ts";

/** What the route reads. */
export interface QuarantineDeps {
  readonly streams: Pick<Streams, "latest">;
  readonly keys: Keys;
}

/** Entries looked at per partition, of all tenants together. */
const lookedAt = 1000;

/** The limit parameter, as every list of the latest explains it. */
export const limitParameter = {
  name: "limit",
  in: "query",
  about: "How many at most",
  schema: Type.Integer({ minimum: 1, maximum: cadence.limits.page, default: usualLimit }),
} as const;

/** The route over the quarantine streams. */
export function quarantineRoute(deps: QuarantineDeps): Route {
  return {
    method: "GET",
    path: "/v1/quarantine",
    answers: ["application/json"],
    about: {
      summary: "What the doors put aside, and why",
      tag: "Operations",
      parameters: [limitParameter],
      success: { status: 200, about: "Newest first", schema: QuarantinePage },
      problems: ["invalid"],
    },
    answer: (asked) => list(deps, asked),
  };
}

async function list({ streams, keys }: QuarantineDeps, asked: Asked): Promise<Response> {
  const { tenant, role } = askerOf(asked);
  const parameters = readParameters(asked.url.searchParams, ["limit"]);
  if (parameters instanceof Response) return parameters;
  const limit = readLimit(parameters.get("limit"));
  if (limit instanceof Response) return limit;
  const partitions = Array.from({ length: keys.partitions }, (_, p) => keys.quarantine(p));
  const latest = await Promise.all(partitions.map((key) => streams.latest(key, lookedAt)));
  const withText = may(role, "quarantine-text:read");
  const items = latest
    .flatMap((entries) => entries.flatMap((entry) => rowOf(entry, { tenant, withText }) ?? []))
    .toSorted((a, b) => b.receivedAt - a.receivedAt)
    .slice(0, limit);
  return json({ items });
}

function rowOf(
  { fields }: Entry,
  { tenant, withText }: { readonly tenant: Tenant; readonly withText: boolean },
): QuarantineRow | undefined {
  const word = (name: string): string => fields[name] ?? "";
  if (word("tenant") !== tenant) return undefined;
  const row = {
    receivedAt: Number(word("receivedAt")),
    box: word("box"),
    device: word("device"),
    channel: word("channel"),
    epoch: word("epoch") === "" ? null : word("epoch"),
    seq: word("seq") === "" ? null : Number(word("seq")),
    reason: word("reason"),
    count: Number(word("count")),
  };
  return withText ? { ...row, text: word("text") } : row;
}
