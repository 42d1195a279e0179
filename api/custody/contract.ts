/** Custody as the API takes and gives it. Times are milliseconds UTC; a span holds from `since` until before `until`. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

import { InstantSchema, KindSchema } from "#api/twins/contract.ts";
import { deviceStatuses } from "#twins/custody/status.ts";

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Status = Type.Union(deviceStatuses.map((status) => Type.Literal(status)));
const Serial = Type.String({ pattern: "^[BXTGS]-[A-Z0-9]{1,24}$" });
const Assignment = Type.String({
  pattern: "^A-[A-Za-z0-9]{1,32}$",
  description: "A pseudonym; never a name",
});
const reason = {
  reason: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: "^[^\\u0000-\\u001f\\u007f]*$",
      description: "Never of a person",
    }),
  ),
};

/** For whom a device is to be. */
export const AssignRequest = Type.Object(
  { assignment: Assignment, box: Type.Optional(Serial), ...reason },
  { $id: "AssignRequest", additionalProperties: false },
);

/** What comes in the place of what. */
export const SwapRequest = Type.Object(
  {
    old: Serial,
    new: Serial,
    as: Type.Optional(
      Type.Union([Type.Literal("inactive"), Type.Literal("broken")], {
        default: "inactive",
        description: "As what the old one goes to stock",
      }),
    ),
    ...reason,
  },
  { $id: "SwapRequest", additionalProperties: false },
);

/** What a device is to be. */
export const StatusRequest = Type.Object(
  { status: Status, ...reason },
  { $id: "StatusRequest", additionalProperties: false },
);

/** That a device was checked, and until when that holds. */
export const CalibrationRequest = Type.Object(
  { due: InstantSchema, ...reason },
  { $id: "CalibrationRequest", additionalProperties: false },
);

const standing = {
  status: Status,
  box: orNull(Serial),
  assignment: orNull(Type.String({ description: "Null also where it was erased" })),
  calibratedAt: orNull(InstantSchema),
  calibrationDue: orNull(InstantSchema),
};

/** A device as it stands. */
export const StandingView = Type.Object(
  { device: Serial, kind: KindSchema, ...standing },
  { $id: "StandingView", additionalProperties: false },
);
export type StandingView = Static<typeof StandingView>;

const span = {
  since: InstantSchema,
  until: orNull(InstantSchema),
};
const author = { by: Type.String(), why: orNull(Type.String()) };

/** A device's custody, at a moment and over all time. */
export const CustodyView = Type.Object(
  {
    device: Serial,
    kind: KindSchema,
    at: InstantSchema,
    enrolledAt: InstantSchema,
    standing: orNull(
      Type.Object(standing, { description: "At that moment; null before it was enrolled" }),
    ),
    boxes: Type.Array(Type.Object({ box: Serial, ...span })),
    assignments: Type.Array(
      Type.Object({
        assignment: orNull(Type.String({ description: "Null where it was erased" })),
        ...span,
        ...author,
      }),
    ),
    statuses: Type.Array(Type.Object({ status: Status, ...span, ...author })),
    calibrations: Type.Array(Type.Object({ due: InstantSchema, ...span, ...author })),
  },
  { $id: "CustodyView", additionalProperties: false },
);
export type CustodyView = Static<typeof CustodyView>;

/** What a change of custody came to. */
export const CustodyReply = Type.Object(
  { devices: Type.Array(StandingView, { description: "Every device that it touched" }) },
  { $id: "CustodyReply", additionalProperties: false },
);
export type CustodyReply = Static<typeof CustodyReply>;

/** The devices that an assignment has or had. */
export const HeldList = Type.Object(
  { items: Type.Array(Type.Object({ device: Serial, kind: KindSchema, ...span })) },
  { $id: "HeldList", additionalProperties: false },
);
