/** What was, as the API gives it. Times are milliseconds UTC. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

import { InstantSchema, KindSchema } from "#api/twins/contract.ts";
import { changeCauses, wishStates } from "#twins/document.ts";
import { recordKinds } from "#twins/history/record.ts";

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const names = <const T extends string>(all: readonly T[]) =>
  Type.Union(all.map((each) => Type.Literal(each)));
const Text = Type.String();
const Value = Type.Unknown({ description: "Any JSON value; null where there was none" });
const Revision = Type.Integer({ minimum: 1 });
const Hash = Type.String({ description: "SHA-256, hex" });

/** One record of a twin's history. */
const HistoryEntry = Type.Object(
  {
    rev: Revision,
    at: InstantSchema,
    kind: Type.Union(
      recordKinds.map((kind) => Type.Literal(kind)),
      {
        description:
          "`seen`: as it stood when its history began; `gap`: as it stands after changes that are lost; " +
          "`trimmed`: as it stood after the last record that was not kept any longer",
      },
    ),
    cause: orNull(names(changeCauses)),
    by: orNull(
      Type.String({ description: "Who, by pseudonym; null when no person or job did it" }),
    ),
    why: orNull(Text),
    changed: Type.Array(
      Type.Object({ path: Text, value: Value, t: Type.Integer() }, { additionalProperties: false }),
    ),
    lost: Type.Optional(
      Type.Object(
        {
          since: Type.Optional(InstantSchema),
          records: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        { description: "Of a gap: since when. Of a trimmed one: how many records it stands for" },
      ),
    ),
    hash: Hash,
  },
  { $id: "HistoryEntry", additionalProperties: false },
);
export type HistoryEntry = Static<typeof HistoryEntry>;

/** One page of a twin's history, newest first. */
export const TwinHistory = Type.Object(
  { items: Type.Array(HistoryEntry), cursor: orNull(Text) },
  { $id: "TwinHistory", additionalProperties: false },
);
export type TwinHistory = Static<typeof TwinHistory>;

const Leaves = Type.Record(Text, Type.Unknown());

/** One twin as it was. */
export const PastTwin = Type.Object(
  {
    id: Text,
    tenant: Text,
    kind: KindSchema,
    rev: Type.Integer({ minimum: 1, description: "Of the last change that history knows of" }),
    at: Type.Integer({ description: "When that was" }),
    createdAt: orNull(InstantSchema),
    identity: Leaves,
    links: Type.Object({ box: orNull(Text), assignment: orNull(Text) }),
    presence: Type.Object({
      state: orNull(Text),
      cause: orNull(Text),
      concern: orNull(Text),
      since: orNull(InstantSchema),
    }),
    tags: Leaves,
    parts: Type.Record(
      Text,
      Type.Object({ reported: Leaves, desired: Leaves }, { additionalProperties: false }),
    ),
    sync: Type.Record(Text, names(wishStates), { description: "State of each desired leaf" }),
    since: Type.Record(Text, Type.Integer(), {
      description: "Since when each leaf had its value, by the clock of whoever said it",
    }),
  },
  { $id: "PastTwin", additionalProperties: false },
);
export type PastTwin = Static<typeof PastTwin>;

/** Whether a twin's history is as it was written. */
export const HistoryVerdict = Type.Union(
  [
    Type.Object(
      {
        holds: Type.Literal(true),
        records: Type.Integer({ minimum: 1 }),
        trimmed: Type.Integer({ minimum: 0, description: "Records not kept any longer" }),
        anchor: Hash,
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        holds: Type.Literal(false),
        rev: orNull(
          Type.Integer({ description: "Of the first broken record, as far as it still tells" }),
        ),
        after: orNull(Type.Integer({ description: "Of the last sound record before it" })),
      },
      { additionalProperties: false },
    ),
  ],
  { $id: "HistoryVerdict" },
);
export type HistoryVerdict = Static<typeof HistoryVerdict>;

/** Twins that differ between two times. */
export const FleetDiff = Type.Object(
  {
    from: InstantSchema,
    to: InstantSchema,
    items: Type.Array(
      Type.Object(
        {
          id: Text,
          kind: names(["changed", "created", "retired"]),
          leaves: Type.Record(Text, Type.Object({ from: Value, to: Value })),
        },
        { additionalProperties: false },
      ),
    ),
    cursor: orNull(Text),
    unknown: Type.Integer({
      minimum: 0,
      description: "Twins of which nobody knows what they were at one of the times",
    }),
  },
  { $id: "FleetDiff", additionalProperties: false },
);
export type FleetDiff = Static<typeof FleetDiff>;

/** How much is remembered, how far, and how much has been let go. */
export const HistoryStatus = Type.Object(
  {
    at: InstantSchema,
    newest: Type.Integer({ minimum: 0, description: "Number of the last record ever made" }),
    lagMs: Type.Integer({ minimum: 0, description: "Age of the oldest change not recorded yet" }),
    gaps: Type.Array(
      Type.Object({ since: InstantSchema, until: InstantSchema, twins: Type.Integer() }),
      { description: "When changes were lost, and of how many twins at most" },
    ),
    retention: Type.Array(
      Type.Object(
        {
          class: Text,
          days: Type.Integer(),
          keptFrom: InstantSchema,
          doneTo: Type.Integer({ description: "Number of the last record that was looked at" }),
          removed: Type.Integer({ minimum: 0, description: "Records let go so far" }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { $id: "HistoryStatus", additionalProperties: false },
);
export type HistoryStatus = Static<typeof HistoryStatus>;
