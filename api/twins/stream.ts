/**
 * `GET /v1/twins/stream`: every change of the twins that pass a filter, as server-sent events, resumable.
 */
import { Type } from "@sinclair/typebox";

import { clearanceOf } from "#api/access/rights.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, type Parameter, type Route } from "#api/route.ts";

import { ChangeFrame, GapFrame, ReadyFrame, SnapshotFrame } from "./contract.ts";
import { filterParameter, notYet } from "./list.ts";
import { createOutlet } from "./outlet.ts";
import { readFilter, readParameters } from "./question.ts";
import { tellChanges, type TellerDeps } from "./teller.ts";

/** Streams that one subject may hold open, and all together. */
export const streamLimits = { perSubject: 32, together: 5000 } as const;

/** The route, and how to end every stream that is open. */
export interface StreamRoute {
  readonly route: Route;
  readonly close: () => void;
}

/** Streams over the fleet's index. */
export function streamRoute(deps: TellerDeps): StreamRoute {
  const open = new Map<string, Set<() => void>>();
  let together = 0;

  const answer = async (asked: Asked): Promise<Response> => {
    const { tenant, role, subject, expiresAt } = askerOf(asked);
    const parameters = readParameters(asked.url.searchParams, ["filter", "snapshot", "cursor"]);
    if (parameters instanceof Response) return parameters;
    const clearance = clearanceOf(role);
    const filter = readFilter(parameters.get("filter"), clearance);
    if (filter instanceof Response) return filter;
    const late = await notYet(deps.fleet, asked.request);
    if (late !== undefined) return late;
    const name = `${tenant} ${subject}`;
    const own = open.get(name) ?? new Set();
    if (own.size >= streamLimits.perSubject || together >= streamLimits.together) {
      return problem("too_many", { detail: "Too many streams.", headers: { "retry-after": "30" } });
    }
    const outlet = createOutlet();
    void outlet.ended.then(() => {
      own.delete(outlet.close);
      if (own.size === 0) open.delete(name);
      together--;
    });
    open.set(name, own.add(outlet.close));
    together++;
    asked.keepOpen();
    asked.request.signal.addEventListener("abort", outlet.close);
    const lastId = asked.request.headers.get("last-event-id") ?? parameters.get("cursor");
    const wantsSnapshot = parameters.get("snapshot") === "true";
    const listener = { tenant, clearance, filter, lastId, wantsSnapshot, until: expiresAt };
    void tellChanges(deps, listener, outlet);
    return new Response(outlet.body, { headers: streamHeaders });
  };

  return {
    route: {
      method: "GET",
      path: "/v1/twins/stream",
      answers: ["text/event-stream"],
      about: { ...about, parameters: [filterParameter, ...streamParameters] },
      answer,
    },
    close: () => {
      for (const own of open.values()) for (const end of own) end();
    },
  };
}

const streamHeaders = { "content-type": "text/event-stream", "x-accel-buffering": "no" };

const streamParameters: readonly Parameter[] = [
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

const about = {
  summary: "Changes of twins as they come (server-sent events)",
  description:
    "Events: `ready` (from here on every change comes), `change` (data: ChangeFrame), `gap` (changes are missing; " +
    "`snapshot` frames with every twin and a `ready` follow). Each frame's id is an opaque position in all change " +
    "streams; a comment every 15 s renews it. A slow reader gets the latest of each twin, with `coalesced`.",
  tag: "Twins",
  success: {
    status: 200,
    about: "Frames, for ever; the data of each is one of these",
    type: "text/event-stream",
    schema: Type.Union([ReadyFrame, ChangeFrame, GapFrame, SnapshotFrame]),
  },
  problems: ["invalid", "too_many", "unavailable"],
} as const;
