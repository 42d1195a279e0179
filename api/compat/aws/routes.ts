import { type Right, rightOf, routes } from "#api/access/rights.ts";
import { type Asked, json, type Route } from "#api/route.ts";
/**
 * `/compat/aws`: the data plane of AWS IoT Device Shadow, so that an unmodified AWS SDK works on these twins.
 *
 * @source spec twins 4A; docs/decisions/0013
 */
import { assert } from "#platform/assert.ts";
import { missing, parseRequest, rejected, type Rejection } from "#twins/shadow/request.ts";
import type { ShadowAddress, Shadows } from "#twins/shadow/shadows.ts";
import { parseSerial } from "#wire/identity.ts";
import type { JsonObject } from "#wire/messages.ts";

import { type Caller, type CallerDeps, callerOf } from "./caller.ts";
import { refusalOf } from "./refusal.ts";

/** What the face stands on. */
export interface AwsDeps extends CallerDeps {
  readonly shadows: Shadows;
}

type Answered = { readonly kind: "reply"; readonly document: JsonObject } | Rejection;

/** The routes. */
export function awsRoutes(deps: AwsDeps): readonly Route[] {
  const { shadows } = deps;
  const shadow = "/compat/aws/things/:thing/shadow";
  return [
    route(deps, `GET ${shadow}`, async (asked, caller) => {
      const address = addressOf(asked);
      return address.kind === "address" ? shadows.get(address, caller) : address;
    }),
    route(deps, `POST ${shadow}`, async (asked, caller) => {
      const address = addressOf(asked);
      if (address.kind === "rejected") return address;
      const request = parseRequest(caller.body);
      return request.kind === "request" ? shadows.update(address, request, caller) : request;
    }),
    route(deps, `DELETE ${shadow}`, async (asked, caller) => {
      const address = addressOf(asked);
      return address.kind === "address" ? shadows.delete(address, caller) : address;
    }),
    route(
      deps,
      "GET /compat/aws/api/things/shadow/ListNamedShadowsForThing/:thing",
      async (...it) => list(deps, ...it),
    ),
  ];
}

function route(
  deps: AwsDeps,
  name: string,
  ask: (asked: Asked, caller: Caller) => Promise<Answered>,
): Route {
  const [method, path = ""] = name.split(" ");
  assert(method === "GET" || method === "POST" || method === "DELETE", "AWS has these methods");
  const right = rightTo(name);
  return {
    method,
    path,
    answer: async (asked) => {
      const caller = await callerOf(deps, asked, right);
      const answered = caller.kind === "caller" ? await ask(asked, caller) : caller;
      return answered.kind === "reply" ? json(answered.document) : refusalOf(answered);
    },
  };
}

function rightTo(name: string): Right {
  const demand = routes[name];
  assert(demand !== undefined && demand !== "public", "a face asks for a right");
  const right = rightOf(demand);
  assert(right !== "signed-in", "a face asks for a right");
  return right;
}

type Address = ShadowAddress & { readonly kind: "address" };

function addressOf({ params, url }: Asked): Address | Rejection {
  const named = decodeURIComponent(params["thing"] ?? "");
  const name = url.searchParams.get("name");
  if (name !== null && !/^[A-Za-z0-9:_-]{1,64}$/.test(name)) {
    return rejected(400, "Shadow name must match [a-zA-Z0-9:_-]{1,64}");
  }
  const thing = parseSerial(named);
  return thing === undefined ? missing(named, name) : { kind: "address", thing, name };
}

/** Names a page, unless told otherwise, and at most. */
const pageSizes = { usual: 25, most: 100 } as const;

async function list({ shadows, clock }: AwsDeps, asked: Asked, caller: Caller): Promise<Answered> {
  const address = addressOf(asked);
  if (address.kind === "rejected") return address;
  const size = Number(asked.url.searchParams.get("pageSize") ?? pageSizes.usual);
  if (!Number.isInteger(size) || size < 1 || size > pageSizes.most) {
    return rejected(400, `pageSize must be from 1 to ${pageSizes.most}`);
  }
  const names = await shadows.list(address.thing, caller);
  if ("kind" in names) return names;
  const after = asked.url.searchParams.get("nextToken") ?? "";
  const left = names.filter((name) => name > after);
  const results = left.slice(0, size);
  const last = results.at(-1);
  const more = left.length > size && last !== undefined ? { nextToken: last } : {};
  const timestamp = Math.floor(clock.now() / 1000);
  return { kind: "reply", document: { results, timestamp, ...more } };
}
