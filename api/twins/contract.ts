/**
 * Twins as the API gives them. Times are milliseconds UTC; a name that ends in `Ms` is a length of time.
 */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

import { presenceCauses, presenceStates, silenceConcerns, wishStates } from "#twins/document.ts";

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const names = <const T extends string>(...all: readonly T[]) =>
  Type.Union(all.map((each) => Type.Literal(each)));

/** An instant. */
export const InstantSchema = Type.Integer({ minimum: 0, description: "Milliseconds since 1970" });
const Length = Type.Integer({ minimum: 0, description: "Milliseconds" });
const Text = Type.String();
const Percent = Type.Number({ minimum: 0, maximum: 100 });

/** What a device is. */
export const KindSchema = names("wristband", "box", "blood-pressure", "glucose", "scale");
/** Whether it is there. */
export const StateSchema = names(...presenceStates);
/** Why not; the first that fits. */
export const CauseSchema = names(...presenceCauses);

const presence = {
  state: StateSchema,
  cause: orNull(CauseSchema),
  since: InstantSchema,
  heardAt: orNull(InstantSchema),
};

/** A twin in a list: its declared columns. `vitals` is there for clinical roles only. */
export const TwinRow = Type.Object(
  {
    id: Text,
    kind: KindSchema,
    box: orNull(Text),
    assignment: orNull(Text),
    rev: Type.Integer({ minimum: 1 }),
    createdAt: InstantSchema,
    modifiedAt: InstantSchema,
    presence: Type.Object(presence),
    readingAt: orNull(InstantSchema),
    firmware: Type.Object({ version: orNull(Text) }),
    power: Type.Object({
      battery: orNull(Percent),
      charging: orNull(Type.Boolean()),
      source: orNull(Text),
    }),
    radio: Type.Object({ link: orNull(Text) }),
    wear: Type.Object({ worn: orNull(Type.Boolean()) }),
    buffer: Type.Object({ depth: orNull(Type.Number({ minimum: 0 })) }),
    config: Type.Object({ profile: orNull(Text) }),
    desired: Type.Object({
      firmware: Type.Object({ version: orNull(Text) }),
      config: Type.Object({ profile: orNull(Text) }),
    }),
    tags: Type.Record(Text, Text, { description: "Plain values, as text" }),
    sync: Type.Object({
      state: orNull(names(...wishStates)),
      leaves: Type.Record(Text, names(...wishStates), {
        description: "State of each desired leaf, such as config/profile",
      }),
    }),
    vitals: Type.Optional(
      Type.Record(Text, Type.Number(), { description: "Latest value by metric, canonical unit" }),
    ),
  },
  { $id: "TwinRow", additionalProperties: false },
);
export type TwinRow = Static<typeof TwinRow>;

const Unknown = Type.Integer({
  minimum: 0,
  description: "With `at`: twins that existed and of which nobody knows what they were",
});

/** One page of a list; the cursor asks for the next, and is null on the last. */
export const TwinPage = Type.Object(
  {
    items: Type.Array(TwinRow),
    cursor: orNull(Text),
    total: Type.Optional(
      Type.Integer({ minimum: 0, description: "Twins that pass, when asked to count" }),
    ),
    at: Type.Optional(Type.Integer({ description: "With `at`: as of when this is" })),
    unknown: Type.Optional(Unknown),
  },
  { $id: "TwinPage", additionalProperties: false },
);
export type TwinPage = Static<typeof TwinPage>;

/** Numbers over twins, group by group. */
export const TwinAggregate = Type.Object(
  {
    at: Type.Integer({ description: "What ages are counted to" }),
    total: Type.Integer({ minimum: 0, description: "Twins that pass the filter" }),
    groups: Type.Array(
      Type.Object({
        by: Type.Record(Text, Type.Union([Text, Type.Number(), Type.Boolean(), Type.Null()])),
        count: Type.Integer({ minimum: 1 }),
        values: Type.Record(Text, orNull(Type.Number()), {
          description: "By metric as it was asked; null where no twin has a value",
        }),
      }),
      { description: "Largest first" },
    ),
    unknown: Type.Optional(Unknown),
  },
  { $id: "TwinAggregate", additionalProperties: false },
);
export type TwinAggregate = Static<typeof TwinAggregate>;

/** One reported leaf with all that is known of it. */
export const Leaf = Type.Object(
  {
    value: Type.Unknown({ description: "Any JSON value" }),
    t: Type.Integer({ description: "When it was true, by the device's clock" }),
    r: Type.Integer({ description: "When a door received it" }),
    ageMs: Type.Integer({ minimum: 0, description: "Since t, when this was answered" }),
    source: names("readings", "event", "reported", "answer", "presence", "api"),
    quality: names("good", "poor", "late"),
    qualityPercent: orNull(Percent),
    stale: Type.Boolean({ description: "Older than twice its cadence" }),
    staleAt: orNull(
      Type.Integer({ description: "When it becomes stale; null for what has no cadence" }),
    ),
  },
  { $id: "Leaf", additionalProperties: false },
);
export type Leaf = Static<typeof Leaf>;

/** How far the device is from one leaf being as it should. */
export const WishView = Type.Object(
  {
    state: names(...wishStates),
    since: Type.Integer({ description: "Since when it is in this state" }),
    v: Type.Integer({ minimum: 1, description: "Of `down/desired` when it was wished for" }),
    setAt: InstantSchema,
    by: Type.String({ description: "Who wished for it, by pseudonym" }),
    why: orNull(Text),
    deadline: orNull(InstantSchema),
    escalate: Type.Boolean({ description: "Whoever keeps watch is told when it does not happen" }),
    code: orNull(Type.String({ description: "Why the device rejected it" })),
  },
  { $id: "WishView", additionalProperties: false },
);
export type WishView = Static<typeof WishView>;

/** One part of a twin. */
export const PartView = Type.Object(
  {
    v: Type.Integer({ minimum: 0, description: "Rises with each change of the part" }),
    reported: Type.Record(Text, Type.Unknown()),
    desired: Type.Record(Text, Type.Unknown()),
    leaves: Type.Record(Text, Leaf, { description: "By slash path, such as cell/operator" }),
  },
  { $id: "PartView", additionalProperties: false },
);
export type PartView = Static<typeof PartView>;

/** One twin, whole. `parts.vitals` is there for clinical roles only. */
export const TwinView = Type.Object(
  {
    id: Text,
    tenant: Text,
    kind: KindSchema,
    rev: Type.Integer({ minimum: 1 }),
    at: Type.Integer({ description: "When this was answered: what every age is counted to" }),
    createdAt: InstantSchema,
    modifiedAt: InstantSchema,
    identity: Type.Record(Text, Type.Unknown()),
    links: Type.Object({ box: orNull(Text), assignment: orNull(Text) }),
    presence: Type.Object({
      ...presence,
      concern: orNull(names(...silenceConcerns)),
      expectEveryMs: Length,
      heardAgeMs: orNull(Length),
    }),
    tags: Type.Record(Text, Type.Unknown()),
    desiredV: Type.Integer({
      minimum: 0,
      description: "Rises with each change of what is desired",
    }),
    parts: Type.Record(Text, PartView),
    delta: Type.Optional(
      Type.Record(Text, Type.Record(Text, Type.Unknown()), {
        description: "By part, what is desired and not reported so; with `include=delta`",
      }),
    ),
    sync: Type.Optional(
      Type.Record(Text, WishView, {
        description: "By path, what became of each desired leaf; with `include=sync`",
      }),
    ),
    meta: Type.Optional(
      Type.Record(Text, Leaf, { description: "Every reported leaf by path; with `include=meta`" }),
    ),
  },
  { $id: "TwinView", additionalProperties: false },
);
export type TwinView = Static<typeof TwinView>;

/** A frame `ready`: from here on, every change comes. */
export const ReadyFrame = Type.Object(
  { at: InstantSchema, resumed: Type.Boolean(), position: Text },
  { $id: "ReadyFrame" },
);
export type ReadyFrame = Static<typeof ReadyFrame>;

/** A frame `enter`, `change` or `leave`. `twin` is the row as it is now; who leaves has none. */
export const ChangeFrame = Type.Object(
  {
    id: Text,
    rev: Type.Integer({ minimum: 1 }),
    at: InstantSchema,
    kind: names("created", "changed", "retired"),
    changed: Type.Array(Type.Object({ path: Text, value: Type.Unknown(), t: Type.Integer() }), {
      description: "Leaves that changed; several changes of a slow reader are merged, latest wins",
    }),
    coalesced: Type.Optional(Type.Integer({ minimum: 2, description: "How many changes this is" })),
    twin: Type.Optional(TwinRow),
  },
  { $id: "ChangeFrame" },
);
export type ChangeFrame = Static<typeof ChangeFrame>;

/** A frame `gap`: changes went by that cannot be told any more; `snapshot` frames and a `ready` follow. */
export const GapFrame = Type.Object(
  {
    at: InstantSchema,
    reason: names(
      "trimmed",
      "unknown_cursor",
      "too_far",
      "slow_reader",
      "rebuilt",
      "group_changed",
    ),
  },
  { $id: "GapFrame" },
);
export type GapFrame = Static<typeof GapFrame>;

/** A frame `snapshot`: some of the twins that pass the filter; `last` on the final one. */
export const SnapshotFrame = Type.Object(
  { items: Type.Array(TwinRow), first: Type.Boolean(), last: Type.Boolean() },
  { $id: "SnapshotFrame" },
);
export type SnapshotFrame = Static<typeof SnapshotFrame>;
