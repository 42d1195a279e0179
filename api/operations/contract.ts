/** What those who run the system are told: quarantine, accounting, readiness. */
import { type Static, Type } from "@sinclair/typebox";

import { InstantSchema } from "#api/twins/contract.ts";

const Count = Type.Integer({ minimum: 0 });

/** One thing that a door put aside. */
export const QuarantineRow = Type.Object(
  {
    receivedAt: InstantSchema,
    box: Type.String(),
    device: Type.String(),
    channel: Type.String(),
    epoch: Type.Union([Type.String(), Type.Null()]),
    seq: Type.Union([Count, Type.Null()]),
    reason: Type.String(),
    count: Type.Integer({ minimum: 1, description: "Records put aside for this reason" }),
    text: Type.Optional(Type.String({ description: "The beginning of it; clinical roles only" })),
  },
  { $id: "QuarantineRow", additionalProperties: false },
);
export type QuarantineRow = Static<typeof QuarantineRow>;

/** The latest, newest first. */
export const QuarantinePage = Type.Object(
  { items: Type.Array(QuarantineRow) },
  { $id: "QuarantinePage", additionalProperties: false },
);
export type QuarantinePage = Static<typeof QuarantinePage>;

/** Both accounting identities over the whole installation, and whether they hold. */
export const AccountingView = Type.Object(
  {
    at: InstantSchema,
    messages: Type.Object(
      {
        sent: Count,
        stored: Count,
        refused: Count,
        duplicate: Count,
        lost: Count,
        inFlight: Count,
        repeats: Count,
      },
      { description: "sent = stored + refused + duplicate + lost + inFlight; repeats apart" },
    ),
    readings: Type.Object(
      { received: Count, stored: Count, quarantined: Count, duplicate: Count },
      { description: "received = stored + quarantined + duplicate" },
    ),
    counters: Count,
    holds: Type.Boolean(),
  },
  { $id: "AccountingView", additionalProperties: false },
);
export type AccountingView = Static<typeof AccountingView>;

/** Whether this process can serve, part by part. */
export const Readiness = Type.Object(
  {
    ready: Type.Boolean(),
    parts: Type.Array(
      Type.Object({
        name: Type.String(),
        ready: Type.Boolean(),
        detail: Type.Optional(Type.String()),
      }),
    ),
  },
  { $id: "Readiness", additionalProperties: false },
);
export type Readiness = Static<typeof Readiness>;
