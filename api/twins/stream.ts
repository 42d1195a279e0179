/**
 * `GET /v1/twins/stream`: every change of the twins that pass a filter, as server-sent events, resumable.
 */
import { Type } from "@sinclair/typebox";

import { type About, type Asked, askerOf, type Parameter, type Route } from "#api/route.ts";

import { ChangeFrame, GapFrame, ReadyFrame, SnapshotFrame } from "./contract.ts";
import { events } from "./frames.ts";
import { notYet } from "./index-position.ts";
import { type Lines, tooManyLines } from "./lines.ts";
import { filterParameter } from "./list.ts";
import { createBodyOutlet } from "./outlet.ts";
import { readerOf, readFilter, readFlag, readParameters } from "./question.ts";
import { fixedScope, type Scope } from "./scope.ts";
import { tellChanges, type TellerDeps } from "./teller.ts";

/** What streams need. */
export interface StreamDeps extends TellerDeps {
  readonly lines: Lines;
}

/** The route over the fleet's index. */
export function streamRoute(deps: StreamDeps): Route {
  return {
    method: "GET",
    path: "/v1/twins/stream",
    answers: ["text/event-stream"],
    about: {
      summary: "Changes of twins as they come (server-sent events)",
      description: `Events: \`ready\` (from here on every change comes), \`enter\` \`change\` \`leave\` ${frameWords}`,
      tag: "Twins",
      parameters: [filterParameter, ...streamParameters],
      ...streamAnswer,
    },
    answer: (asked) => {
      const parameters = readParameters(asked.url.searchParams, ["filter", ...streamNames]);
      if (parameters instanceof Response) return parameters;
      const filter = readFilter(parameters.get("filter"), readerOf(asked));
      if (filter instanceof Response) return filter;
      const scope = fixedScope(filter);
      return openStream(deps, asked, { parameters, scope, still: "change" });
    },
  };
}

/** What a stream tells, and how its reader asks for it. */
export interface StreamWish {
  readonly parameters: ReadonlyMap<string, string>;
  readonly scope: Scope;
  readonly still: "change" | "update";
}

/** An answer that tells the changes of a scope until its reader goes. */
export async function openStream(
  deps: StreamDeps,
  asked: Asked,
  { parameters, scope, still }: StreamWish,
): Promise<Response> {
  const who = askerOf(asked);
  const wantsSnapshot = readFlag(parameters, "snapshot");
  if (wantsSnapshot instanceof Response) return wantsSnapshot;
  const late = await notYet(deps.fleet, asked.request);
  if (late !== undefined) return late;
  if (!deps.lines.isFree(who)) return tooManyLines();
  const outlet = createBodyOutlet();
  deps.lines.hold(who, outlet);
  asked.keepOpen();
  asked.request.signal.addEventListener("abort", () => outlet.close("over"));
  const listener = {
    tenant: who.tenant,
    clearance: readerOf(asked).clearance,
    scope,
    still,
    format: events,
    lastId: asked.request.headers.get("last-event-id") ?? parameters.get("cursor"),
    wantsSnapshot,
    until: who.expiresAt,
  };
  void tellChanges(deps, listener, outlet);
  return new Response(outlet.body, { headers: streamHeaders });
}

const streamHeaders = { "content-type": "text/event-stream", "x-accel-buffering": "no" };

/** The query parameters of every stream. */
export const streamNames = ["snapshot", "cursor"] as const;

/** The same, with the header, as routes explain them. */
export const streamParameters: readonly Parameter[] = [
  {
    name: "snapshot",
    in: "query",
    about: "Begin with every twin that passes, in `snapshot` frames",
    schema: Type.Boolean({ default: false }),
  },
  {
    name: "last-event-id",
    in: "header",
    about: "The id of the last frame seen: what came after it comes first",
    schema: Type.String(),
  },
  {
    name: "cursor",
    in: "query",
    about: "The same, for whoever cannot set that header; it counts when the header is absent",
    schema: Type.String(),
  },
];

/** What is true of the frames of every stream. */
export const frameWords =
  "(data: ChangeFrame; a twin enters or leaves a filter by what it is, not by what changed), `gap` (changes are " +
  "missing; `snapshot` frames with every twin and a `ready` follow). Each frame's id is an opaque position in all " +
  "change streams; a comment every 15 s renews it. A slow reader gets the latest of each twin, with `coalesced`.";

/** What every stream answers. */
export const streamAnswer = {
  success: {
    status: 200,
    about: "Frames, for ever; the data of each is one of these",
    type: "text/event-stream",
    schema: Type.Union([ReadyFrame, ChangeFrame, GapFrame, SnapshotFrame]),
  },
  problems: ["invalid", "too_many", "index_behind", "unavailable"],
} as const satisfies Pick<About, "success" | "problems">;
