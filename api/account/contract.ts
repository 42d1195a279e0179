/** Whoever is signed in. */
import { type Static, Type } from "@sinclair/typebox";

import { rights } from "#api/access/rights.ts";
import { roles } from "#api/access/roles.ts";
import { InstantSchema } from "#api/twins/contract.ts";

/** A token to be kept in a cookie. */
export const SessionRequest = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 2048 }) },
  { $id: "SessionRequest", additionalProperties: false },
);

/** Who asks, and what they may ask. */
export const Me = Type.Object(
  {
    subject: Type.String(),
    tenant: Type.String(),
    role: Type.Union(roles.map((role) => Type.Literal(role))),
    rights: Type.Array(Type.Union(Object.keys(rights).map((right) => Type.Literal(right)))),
    expiresAt: InstantSchema,
  },
  { $id: "Me", additionalProperties: false },
);
export type Me = Static<typeof Me>;
