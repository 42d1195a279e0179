/**
 * The OpenAPI 3.1 document, from the routes themselves: one text for people, types, tests and this.
 */
import { KindGuard, Type } from "@sinclair/typebox";

import { type Demand, rightOf, rights, routes } from "#api/access/rights.ts";
import { type ProblemCode, statusOf } from "#api/problem.ts";
import type { About, Parameter, Route } from "#api/route.ts";
import { assert } from "#platform/assert.ts";

/** A refusal, RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: "urn:vigie:problem: and the code" }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String()),
    pointer: Type.Optional(
      Type.String({ description: "Into {query, body, headers} of the request" }),
    ),
    at: Type.Optional(Type.Integer({ description: "Characters into the value pointed at" })),
  },
  { $id: "Problem" },
);

/** An OpenAPI document. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Schemas>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

type Schemas = Record<string, unknown>;

/** One operation of it. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
  readonly security: readonly object[];
}

/** The document of these routes; those that say nothing of themselves are left out. */
export function describeRoutes(all: readonly Route[], version: string): OpenApi {
  const schemas: Schemas = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of all) {
    if (route.about === undefined) continue;
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = describe(route, route.about, schemas);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Vigie",
      version,
      description: "Twins of the devices that watch over people at home.",
    },
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        cookie: { type: "apiKey", in: "cookie", name: "vigie_session" },
      },
    },
  };
}

function describe({ method, path }: Route, about: About, schemas: Schemas): Operation {
  const demand = routes[`${method} ${path}`];
  assert(demand !== undefined, `the table of rights names ${method} ${path}`);
  return {
    operationId: operationId(method, path),
    summary: about.summary,
    description: [about.description ?? "", demanded(demand)]
      .filter((text) => text !== "")
      .join("\n\n"),
    tags: [about.tag],
    parameters: (about.parameters ?? []).map(describeParameter),
    ...(about.body === undefined ? {} : { requestBody: requestBody(about, schemas) }),
    responses: describeResponses(about, demand, schemas),
    security: demand === "public" ? [] : [{ bearer: [] }, { cookie: [] }],
  };
}

/** `GET /v1/twins/:id` → `getTwinsId`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== "" && word !== "v");
  const camel = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return method.toLowerCase() + camel;
}

function demanded(demand: Demand): string {
  if (demand === "public") return "";
  const right = rightOf(demand);
  if (right === "signed-in") return "For every role.";
  return `Needs the right \`${right}\`: ${rights[right].join(", ")}.`;
}

function describeParameter({ name, in: place, about, schema }: Parameter): object {
  const required = place === "path";
  return { name, in: place, description: about, required, schema: inline(schema, {}) };
}

function requestBody({ body, bodyType = "application/json" }: About, schemas: Schemas): object {
  return { required: true, content: { [bodyType]: { schema: refer(body, schemas) } } };
}

/** What any route may answer: the gate judges the query, and the world may fail. */
const always = ["invalid", "unavailable", "broken"] as const;

function describeResponses(
  { success, problems = [] }: About,
  demand: Demand,
  schemas: Schemas,
): Record<string, object> {
  const { status, about, type = "application/json", schema, also = {} } = success;
  const described = { description: about };
  const content =
    schema === undefined ? {} : { content: { [type]: { schema: refer(schema, schemas) } } };
  const responses: Record<string, object> = { [status]: { ...described, ...content } };
  for (const [other, description] of Object.entries(also)) {
    responses[other] = { description, ...(other === "201" ? content : {}) };
  }
  const guarded: readonly ProblemCode[] =
    demand === "public" ? [] : ["unauthenticated", "token_expired", "forbidden"];
  const negotiated: readonly ProblemCode[] = schema === undefined ? [] : ["not_acceptable"];
  const byStatus = new Map<number, string[]>();
  for (const code of new Set([...guarded, ...negotiated, ...always, ...problems])) {
    byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), `\`${code}\``]);
  }
  for (const [refused, codes] of byStatus) {
    responses[refused] = {
      description: codes.join(" or "),
      content: { "application/problem+json": { schema: refer(Problem, schemas) } },
    };
  }
  return responses;
}

/** A reference to a named schema, which stands once, under its name; any other value with those inside it referred to. */
function refer(value: unknown, schemas: Schemas): unknown {
  const name = KindGuard.IsSchema(value) ? value.$id : undefined;
  if (name === undefined) return inline(value, schemas);
  if (!Object.hasOwn(schemas, name)) {
    schemas[name] = {}; // its place, should it refer to itself
    schemas[name] = inline(value, schemas);
  }
  return { $ref: `#/components/schemas/${name}` };
}

function inline(value: unknown, schemas: Schemas): unknown {
  if (Array.isArray(value)) return value.map((each) => refer(each, schemas));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "$id");
  return Object.fromEntries(entries.map(([key, inner]) => [key, refer(inner, schemas)]));
}
