/**
 * `/v1/api-keys`: keys for programs that speak through the compatibility faces, made and revoked by an administrator.
 */
import { Type } from "@sinclair/typebox";

import type { ApiKey, ApiKeys } from "#api/access/api-keys.ts";
import { readShape } from "#api/body.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json, type Route } from "#api/route.ts";

import { ApiKeyList, ApiKeyRequest, ApiKeyView, NewApiKey } from "./contract.ts";

const path = "/v1/api-keys";
const tag = "API keys";
const answers = ["application/json"] as const;

/** The routes over the keys. */
export function apiKeyRoutes(apiKeys: ApiKeys): readonly Route[] {
  return [
    {
      method: "GET",
      path,
      answers,
      about: {
        summary: "The API keys of your tenant, the newest first",
        tag,
        success: { status: 200, about: "The keys, without their secrets", schema: ApiKeyList },
      },
      answer: async (asked) => {
        const found = await apiKeys.list(askerOf(asked).tenant);
        return json({ items: found.map(viewOf) });
      },
    },
    {
      method: "POST",
      path,
      answers,
      about: {
        summary: "Make an API key",
        description: "It has the rights of its role until it is revoked.",
        tag,
        body: ApiKeyRequest,
        success: { status: 201, about: "The key and its secret", schema: NewApiKey },
        problems: ["bad_json", "too_large", "unsupported_media_type", "invalid"],
      },
      answer: (asked) => create(apiKeys, asked),
    },
    {
      method: "DELETE",
      path: `${path}/:key`,
      answers,
      about: {
        summary: "Revoke an API key, at once and for good",
        tag,
        parameters: [{ name: "key", in: "path", about: "Its id", schema: Type.String() }],
        success: { status: 200, about: "Revoked", schema: ApiKeyView },
        problems: ["not_found"],
      },
      answer: (asked) => revoke(apiKeys, asked),
    },
  ];
}

async function create(apiKeys: ApiKeys, asked: Asked): Promise<Response> {
  const wish = await readShape(asked.request, ApiKeyRequest);
  if (wish instanceof Response) return wish;
  const { tenant, subject } = askerOf(asked);
  const { role } = wish;
  const { secret, ...key } = await apiKeys.create({ tenant, role, by: `u:${subject}` });
  return json({ ...viewOf(key), secret }, {}, 201);
}

async function revoke(apiKeys: ApiKeys, asked: Asked): Promise<Response> {
  const { tenant } = askerOf(asked);
  const revoked = await apiKeys.revoke(tenant, asked.params["key"] ?? "");
  return revoked === undefined ? problem("not_found") : json(viewOf(revoked));
}

function viewOf({ id, role, createdAt, by, revokedAt }: ApiKey): ApiKeyView {
  return { id, role, createdAt, by, revokedAt };
}
