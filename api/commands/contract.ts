/** Commands as the API takes and gives them. Times are milliseconds UTC. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

import { InstantSchema } from "#api/twins/contract.ts";
import { commandStates } from "#twins/commands/command.ts";

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** What a device is to do, once. */
export const CommandRequest = Type.Object(
  {
    name: Type.String({ maxLength: 64, description: "One that this kind of device knows" }),
    args: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "What that command takes" }),
    ),
    deadline: Type.Optional(
      Type.Integer({ description: "Until when; from 5 s to 7 days ahead, 24 h unless given" }),
    ),
    why: Type.Optional(Type.String({ maxLength: 200, description: "Never of a person" })),
  },
  { $id: "CommandRequest", additionalProperties: false },
);
export type CommandRequest = Static<typeof CommandRequest>;

/** A command, and what is known of it. */
export const CommandView = Type.Object(
  {
    id: Type.String(),
    device: Type.String(),
    name: Type.String(),
    args: Type.Record(Type.String(), Type.Unknown()),
    state: Type.Union(commandStates.map((state) => Type.Literal(state))),
    deadline: InstantSchema,
    by: Type.String({ description: "Who wants it, by pseudonym" }),
    why: orNull(Type.String()),
    queuedAt: InstantSchema,
    sentAt: orNull(InstantSchema),
    deliveredAt: orNull(InstantSchema),
    acceptedAt: orNull(InstantSchema),
    endedAt: orNull(InstantSchema),
    cancelledBy: orNull(Type.String()),
    code: orNull(
      Type.String({
        description:
          "Why it failed or was rejected, as the device says; of an expired one how far it had not come: " +
          "not_delivered, not_accepted, not_done",
      }),
    ),
    result: Type.Unknown({
      description: "What the device says came of it; of a measure, to clinical roles only",
    }),
  },
  { $id: "CommandView", additionalProperties: false },
);
export type CommandView = Static<typeof CommandView>;

/** All commands of a device. */
export const CommandList = Type.Object(
  { items: Type.Array(CommandView) },
  { $id: "CommandList", additionalProperties: false },
);
