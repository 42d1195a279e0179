/**
 * The fleet in numbers, as the API gives it: the asker's tenant, except where it says `installation`.
 */
import { type Static, Type } from "@sinclair/typebox";

import { CauseSchema, InstantSchema, KindSchema, StateSchema } from "#api/twins/contract.ts";

const Count = Type.Integer({ minimum: 0 });

/** Counts over all twins of a tenant. */
export const FleetSummary = Type.Object(
  {
    at: InstantSchema,
    total: Count,
    presence: Type.Array(
      Type.Object({
        kind: KindSchema,
        state: StateSchema,
        cause: Type.Union([CauseSchema, Type.Null()]),
        count: Count,
      }),
      { description: "Largest first; pairs that no twin is in are left out" },
    ),
    battery: Type.Array(
      Type.Object({
        from: Type.Integer({ description: "Percent, included" }),
        below: Type.Integer({ description: "Percent, excluded" }),
        count: Count,
      }),
      { description: "Twins that have told a level, in fixed buckets" },
    ),
    batteryUnknown: Count,
    firmware: Type.Array(
      Type.Object({
        kind: KindSchema,
        version: Type.Union([Type.String(), Type.Null()]),
        count: Count,
      }),
      { description: "The twenty most frequent" },
    ),
    freshness: Type.Array(
      Type.Object({
        withinMs: Type.Union([Type.Integer(), Type.Null()], { description: "Null: longer ago" }),
        count: Count,
      }),
      { description: "How long ago each was last heard; an online one is being heard" },
    ),
    neverHeard: Count,
    emergencies: Type.Object({ count: Count, withinMs: Type.Integer() }),
    installation: Type.Object(
      {
        messagesPerSecond: Type.Union([Type.Number(), Type.Null()]),
        readingsPerSecond: Type.Union([Type.Number(), Type.Null()]),
        waitingEntries: Type.Union([Count, Type.Null()]),
        lagMs: Type.Union([Count, Type.Null()]),
      },
      { description: "All tenants together; null until it is known" },
    ),
  },
  { $id: "FleetSummary", additionalProperties: false },
);
export type FleetSummary = Static<typeof FleetSummary>;
