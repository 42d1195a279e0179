/** Events as the API gives them. */
import { type Static, Type } from "@sinclair/typebox";

import { InstantSchema } from "#api/twins/contract.ts";
import { eventKinds } from "#wire/messages.ts";

/** One event of a device. */
export const EventRow = Type.Object(
  {
    id: Type.String(),
    kind: Type.Union(eventKinds.map((kind) => Type.Literal(kind))),
    emergency: Type.Boolean(),
    device: Type.String(),
    box: Type.Union([Type.String(), Type.Null()]),
    t: InstantSchema,
    receivedAt: Type.Union([InstantSchema, Type.Null()]),
    quality: Type.Union([Type.Number(), Type.Null()]),
    detail: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: "EventRow", additionalProperties: false },
);
export type EventRow = Static<typeof EventRow>;

const Counted = Type.Object({
  count: Type.Integer({ minimum: 0 }),
  withinMs: Type.Integer({ minimum: 0 }),
});

/** The latest events, newest first. Emergencies themselves are there for clinical roles only; all are counted. */
export const EventPage = Type.Object(
  {
    items: Type.Array(EventRow),
    emergencies: Counted,
    emergenciesKept: { ...Counted, description: "All that are kept, however few are listed" },
  },
  { $id: "EventPage", additionalProperties: false },
);
export type EventPage = Static<typeof EventPage>;
