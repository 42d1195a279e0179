/**
 * A route as data: where it is, what it says of itself, and the function that answers.
 *
 * What it demands stands in `access/rights.ts`; what every route shares is done by `gate.ts`.
 */
import type { TSchema } from "@sinclair/typebox";

import { assert } from "#platform/assert.ts";

import type { Claims } from "./access/tokens.ts";
import type { ProblemCode } from "./problem.ts";

/** One request, once it has been let in. */
export interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  /** Who asks; undefined on a public route when nobody says. */
  readonly claims: Claims | undefined;
  /** Takes the idle limit off this connection: the answer goes on for ever. */
  readonly keepOpen: () => void;
  /** Makes this connection a WebSocket; false when it did not ask to become one. */
  readonly upgrade: (handlers: SocketHandlers) => boolean;
}

/** One end of a WebSocket, as the server holds it. */
export interface Socket {
  readonly send: (text: string) => unknown;
  /** Bytes that wait to be sent. */
  readonly getBufferedAmount: () => number;
  readonly close: (code: number, why: string) => unknown;
}

/** What is done with each thing that happens to a WebSocket. */
export interface SocketHandlers {
  readonly open: (socket: Socket) => void;
  /** A text, or bytes. */
  readonly message: (socket: Socket, message: unknown) => void;
  /** What waited has been sent. */
  readonly drain: () => void;
  readonly close: () => void;
}

/** One query or header parameter. */
export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header" | "path";
  readonly about: string;
  readonly schema: TSchema;
}

/** What a route says of itself in the OpenAPI document. */
export interface About {
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: TSchema;
  /** Media type of the body; JSON unless told. */
  readonly bodyType?: string;
  /** What success looks like; no `schema` for an empty body. */
  readonly success: {
    readonly status: 101 | 200 | 201 | 202 | 204;
    readonly about: string;
    readonly type?: string;
    readonly schema?: TSchema;
    /** Other answers that refuse nothing: 201 with the same body, any other without one. */
    readonly also?: Readonly<Partial<Record<201 | 204 | 304, string>>>;
  };
  /** Refusals beyond those that every route with that demand has. */
  readonly problems?: readonly ProblemCode[];
}

/** One route. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As Elysia writes it: `/v1/twins/:id`. */
  readonly path: string;
  /** Absent for what is no part of the API, such as pages. */
  readonly about?: About;
  /** Media types that it answers with; pages choose their own. */
  readonly answers?: readonly string[];
  readonly answer: (asked: Asked) => Response | Promise<Response>;
}

/** Who asks, on a route that nobody reaches unnamed. */
export function askerOf(asked: Asked): Claims {
  assert(asked.claims !== undefined, "a route with a right knows who asks");
  return asked.claims;
}

/** A JSON answer, 200 unless told otherwise. */
export function json(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return jsonText(JSON.stringify(body), headers, status);
}

/** The same, of a body that is text already. */
export function jsonText(
  body: string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
