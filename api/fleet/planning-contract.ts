/** What has to be seen to in homes, as the API gives it. Times are milliseconds UTC. */
import { type TSchema, Type } from "@sinclair/typebox";

import { CauseSchema, InstantSchema, StateSchema } from "#api/twins/contract.ts";
import { visitCauses } from "#twins/planner/visits.ts";

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

/** Homes to be visited. */
export const VisitPlan = Type.Object(
  {
    at: InstantSchema,
    withinMs: Count,
    total: Type.Integer({ minimum: 0, description: "Homes, on this page and beyond" }),
    items: Type.Array(
      Type.Object({
        home: Type.String({ description: "The box's serial" }),
        dueAt: Type.Integer({
          description: "The earliest of its reasons; in the past when overdue",
        }),
        devices: Type.Integer({ minimum: 1, description: "Twins that one visit puts right" }),
        reasons: Type.Array(
          Type.Object({
            device: Type.String(),
            why: Type.Union(visitCauses.map((why) => Type.Literal(why))),
            dueAt: InstantSchema,
            battery: orNull(Type.Number({ description: "Percent, now" })),
          }),
        ),
      }),
    ),
  },
  { $id: "VisitPlan", additionalProperties: false },
);

const BlindHomeView = Type.Object(
  {
    home: Type.String({ description: "The box's serial" }),
    since: Type.Integer({
      description: "When the newest reading of any of its wristbands was true",
    }),
    forMs: Count,
    cause: Type.Union([CauseSchema, Type.Literal("no_readings"), Type.Literal("no_wristband")]),
    wristbands: Type.Array(
      Type.Object({
        device: Type.String(),
        state: StateSchema,
        cause: orNull(CauseSchema),
        readingAt: orNull(InstantSchema),
        isOffWrist: Type.Boolean(),
      }),
    ),
  },
  { $id: "BlindHome", additionalProperties: false },
);

/** Homes without usable monitoring. */
export const BlindList = Type.Object(
  {
    at: InstantSchema,
    overMs: Count,
    blind: Type.Object({ total: Count, items: Type.Array(BlindHomeView) }),
    offWrist: Type.Object({ total: Count, items: Type.Array(BlindHomeView) }),
  },
  { $id: "BlindList", additionalProperties: false },
);
