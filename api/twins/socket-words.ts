/** What the reader of a WebSocket says: first what they want to hear, then how much more of it they take. */
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { problem } from "#api/problem.ts";

const Credit = Type.Integer({ minimum: 1, maximum: 10_000 });

/** The first message. */
const Listen = Type.Object(
  {
    op: Type.Literal("listen"),
    /** Where neither a header nor a cookie said who asks. */
    token: Type.Optional(Type.String()),
    filter: Type.Optional(Type.String()),
    /** A saved group, in place of a filter. */
    group: Type.Optional(Type.String()),
    snapshot: Type.Optional(Type.Boolean()),
    /** The id of the last frame seen. */
    lastId: Type.Optional(Type.String()),
    /** How many messages the reader takes to begin with. */
    credit: Credit,
  },
  { additionalProperties: false },
);
/** What a reader wants to hear. */
export type Listen = Static<typeof Listen>;

/** Every later message. */
const More = Type.Object(
  { op: Type.Literal("credit"), more: Credit },
  { additionalProperties: false },
);
/** How much more a reader takes. */
export type More = Static<typeof More>;

/** What the first message says, or the refusal. */
export function readListen(message: unknown): Listen | Response {
  const value = parse(message);
  if (!Value.Check(Listen, value)) return refuse(Listen, value);
  if (value.filter === undefined || value.group === undefined) return value;
  return problem("invalid", { pointer: "/message/group", detail: "Either a filter or a group." });
}

/** What a later message says, or the refusal. */
export function readMore(message: unknown): More | Response {
  const value = parse(message);
  return Value.Check(More, value) ? value : refuse(More, value);
}

function refuse(schema: typeof Listen | typeof More, value: unknown): Response {
  const [error] = Value.Errors(schema, value);
  const pointer = `/message${error?.path ?? ""}`;
  return problem("invalid", { pointer, detail: error?.message ?? "Not understood." });
}

function parse(message: unknown): unknown {
  try {
    return typeof message === "string" ? JSON.parse(message) : undefined;
  } catch {
    return undefined;
  }
}
