/** Saved groups as the API gives them. */
import { type Static, Type } from "@sinclair/typebox";

import { InstantSchema } from "#api/twins/contract.ts";
import { groupLimits } from "#twins/groups/group.ts";
import { filterLimits } from "#twins/rsql.ts";

const { characters: maxLength } = filterLimits;

/** What a group is to be. */
export const GroupRequest = Type.Object(
  {
    filter: Type.String({ minLength: 1, maxLength, description: "RSQL over leaf paths" }),
    about: Type.Optional(
      Type.String({
        maxLength: groupLimits.aboutCharacters,
        description: "A sentence for people",
      }),
    ),
  },
  { $id: "GroupRequest", additionalProperties: false },
);
export type GroupRequest = Static<typeof GroupRequest>;

/** A group, and how many twins are in it now. */
export const GroupView = Type.Object(
  {
    name: Type.String(),
    filter: Type.String(),
    about: Type.String(),
    edition: Type.Integer({ minimum: 1, description: "Rises when the filter changes" }),
    by: Type.String({ description: "u: and the subject of the token" }),
    at: InstantSchema,
    count: Type.Integer({ minimum: 0, description: "Twins in it" }),
  },
  { $id: "GroupView", additionalProperties: false },
);
export type GroupView = Static<typeof GroupView>;

/** All groups of a tenant. */
export const GroupList = Type.Object(
  { items: Type.Array(GroupView) },
  { $id: "GroupList", additionalProperties: false },
);
