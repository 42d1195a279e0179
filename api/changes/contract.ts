/** Bulk changes as the API takes and gives them. Times are milliseconds UTC; shares are from 0 to 1. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

import { InstantSchema } from "#api/twins/contract.ts";
import { bulkActs, bulkDefaults, bulkLimits, bulkStates } from "#twins/bulk/change.ts";
import { itemStates } from "#twins/bulk/tally.ts";
import { filterLimits } from "#twins/rsql.ts";

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const names = <const T extends string>(...all: readonly T[]) =>
  Type.Union(all.map((each) => Type.Literal(each)));
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Count = Type.Integer({ minimum: 0 });
const Reason = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "^[^\\u0000-\\u001f\\u007f]*$",
  description: "Never of a person",
});

/** What is wanted of many devices. */
export const BulkRequest = Type.Object(
  {
    filter: Type.String({
      minLength: 1,
      maxLength: filterLimits.characters,
      description: "RSQL over leaf paths; who passes now is in it, and nobody else",
    }),
    patch: Type.Unknown({
      description:
        "A merge patch as one twin takes it, that names each leaf: `{parts: {config: {desired: {…}}}, tags: {…}}`",
    }),
    reason: Reason,
    deadline: Type.Optional(
      Type.String({
        description: "How long each device has from when it was written, up to P30D",
        default: bulkDefaults.deadline,
      }),
    ),
    canary: Type.Optional(
      Type.Object(
        {
          share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
          success: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              default: bulkDefaults.success,
              description: "Share of these that must have applied it before the others follow",
            }),
          ),
        },
        { additionalProperties: false, description: "Written first; none unless given" },
      ),
    ),
    pace: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: bulkLimits.perMinute,
        default: bulkDefaults.perMinute,
        description: "Devices a minute",
      }),
    ),
    abort: Type.Optional(
      Type.Object(
        {
          rejected: Type.Optional({ ...Share, default: bulkDefaults.abort.rejected }),
          silent: Type.Optional({ ...Share, default: bulkDefaults.abort.silent }),
          sample: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 100_000, default: bulkDefaults.abort.sample }),
          ),
        },
        {
          additionalProperties: false,
          description:
            "It stops by itself once more than this share has refused, or let its deadline pass, of those of whom that " +
            "is known, when these are `sample` at least",
        },
      ),
    ),
  },
  { $id: "BulkRequest", additionalProperties: false },
);
export type BulkRequest = Static<typeof BulkRequest>;

/** Why a step is taken. */
export const BulkStepRequest = Type.Object(
  { reason: Type.Optional(Reason) },
  { $id: "BulkStepRequest", additionalProperties: false },
);

const Blast = Type.Object({
  leaves: Type.Array(Type.String()),
  devices: Count,
  deviceShare: Share,
  homes: Count,
  homeShare: Share,
});

const Forecast = Type.Object({
  changed: Count,
  unchanged: Count,
  impossible: Type.Integer({
    minimum: 0,
    description: "Retired meanwhile, or would grow too large",
  }),
  samples: Type.Array(
    Type.Object({
      device: Type.String(),
      leaves: Type.Array(
        Type.Object({ path: Type.String(), from: Type.Unknown(), to: Type.Unknown() }),
      ),
    }),
  ),
  conflicts: Type.Array(
    Type.Object({
      change: Type.String({ description: "Another one that is open" }),
      paths: Type.Array(Type.String()),
      devices: Count,
      samples: Type.Array(Type.String()),
    }),
  ),
  blast: Type.Object(
    { technical: Type.Optional(Blast), clinical: Type.Optional(Blast) },
    {
      description:
        "What would be hit if it went wrong, by the class of the leaves: `clinical` ones decide what becomes an emergency",
    },
  ),
});

/** A bulk change. */
export const BulkView = Type.Object(
  {
    id: Type.String(),
    state: names(...bulkStates),
    by: Type.String({ description: "u: and the subject of the token" }),
    reason: Type.String(),
    at: InstantSchema,
    rev: Type.Integer({ minimum: 1 }),
    filter: Type.String(),
    patch: Type.Unknown(),
    deadlineMs: Count,
    pace: Count,
    canary: orNull(Type.Object({ devices: Count, success: Share })),
    abort: Type.Object({ rejected: Share, silent: Share, sample: Count }),
    devices: Count,
    needsOther: Type.Boolean({ description: "Somebody else than its author has to approve it" }),
    forecast: Forecast,
    tally: Type.Object(
      Object.fromEntries([...itemStates, "planned" as const].map((state) => [state, Count])),
      { description: "How many devices are in each state" },
    ),
    acts: Type.Array(names(...bulkActs), { description: "What may be done to it where it stands" }),
    steps: Type.Array(
      Type.Object({
        act: Type.String(),
        at: InstantSchema,
        by: Type.String({ description: "`vigie` for what it did by itself" }),
        why: orNull(Type.String()),
      }),
    ),
  },
  { $id: "BulkView", additionalProperties: false },
);
export type BulkView = Static<typeof BulkView>;

/** The bulk changes of a tenant, newest first. */
export const BulkList = Type.Object(
  { items: Type.Array(BulkView) },
  { $id: "BulkList", additionalProperties: false },
);

/** What became of one device. */
export const BulkResult = Type.Object(
  {
    device: Type.String(),
    state: names(...itemStates, "planned"),
    at: orNull(InstantSchema),
    code: orNull(Type.String({ description: "Why it refused, or could not be written" })),
    leaves: Type.Array(
      Type.Object({ path: Type.String(), from: Type.Unknown(), to: Type.Unknown() }),
      { description: "What was written" },
    ),
    left: Type.Array(Type.String(), {
      description: "Leaves that were left alone when it was taken back",
    }),
  },
  { $id: "BulkResult", additionalProperties: false },
);
export type BulkResult = Static<typeof BulkResult>;

/** Some of them. */
export const BulkResultPage = Type.Object(
  { items: Type.Array(BulkResult), cursor: orNull(Type.String()) },
  { $id: "BulkResultPage", additionalProperties: false },
);
export type BulkResultPage = Static<typeof BulkResultPage>;

/** Results are missing: they were more than are kept for those who follow. */
export const BulkGap = Type.Object(
  { reason: Type.Literal("trimmed") },
  { $id: "BulkGap", additionalProperties: false },
);
