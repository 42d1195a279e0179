/** API keys as the API takes and gives them. */
import { type Static, Type } from "@sinclair/typebox";

import { roles } from "#api/access/roles.ts";
import { InstantSchema } from "#api/twins/contract.ts";

const RoleSchema = Type.Union(roles.map((role) => Type.Literal(role)));

/** A key wanted. */
export const ApiKeyRequest = Type.Object(
  { role: RoleSchema },
  { $id: "ApiKeyRequest", additionalProperties: false },
);

const key = {
  id: Type.String(),
  role: RoleSchema,
  createdAt: InstantSchema,
  by: Type.String({ description: "Who asked for it, by pseudonym" }),
  revokedAt: Type.Union([InstantSchema, Type.Null()]),
};

/** A key without its secret. */
export const ApiKeyView = Type.Object(key, { $id: "ApiKeyView", additionalProperties: false });
export type ApiKeyView = Static<typeof ApiKeyView>;

/** A key just made. */
export const NewApiKey = Type.Object(
  { ...key, secret: Type.String({ description: "Told this once and never again" }) },
  { $id: "NewApiKey", additionalProperties: false },
);

/** All keys of a tenant, the newest first. */
export const ApiKeyList = Type.Object(
  { items: Type.Array(ApiKeyView) },
  { $id: "ApiKeyList", additionalProperties: false },
);
