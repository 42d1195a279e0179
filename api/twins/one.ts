/**
 * `GET /v1/twins/{id}`: one twin, every leaf with its age and quality.
 */
import { Type } from "@sinclair/typebox";

import { clearanceOf } from "#api/access/rights.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json, type Route } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { TwinStore } from "#twins/store.ts";
import { parseSerial } from "#wire/identity.ts";

import { TwinView } from "./contract.ts";
import { readParameters } from "./question.ts";
import { viewTwin } from "./view.ts";

/** What the route needs. */
export interface OneDeps {
  readonly twins: Pick<TwinStore, "read">;
  readonly clock: Pick<Clock, "now">;
}

/** The route over the store: it reads Redis itself, so that a writer sees their own write. */
export function oneRoute(deps: OneDeps): Route {
  return {
    method: "GET",
    path: "/v1/twins/:id",
    answers: ["application/json"],
    about: {
      summary: "One twin, every leaf with its age and quality",
      description:
        "The ETag is the twin's revision. Ages and `stale` move on without a new revision: `t` and `staleAt` let a " +
        "copy that a 304 confirms tell them.",
      tag: "Twins",
      parameters: [
        { name: "id", in: "path", about: "The device's serial", schema: Type.String() },
        {
          name: "if-none-match",
          in: "header",
          about: "An ETag: 304 when the twin still has that revision",
          schema: Type.String(),
        },
      ],
      success: { status: 200, about: "The twin", schema: TwinView },
      problems: ["invalid", "not_found", "retired"],
    },
    answer: (asked) => one(deps, asked),
  };
}

async function one({ twins, clock }: OneDeps, asked: Asked): Promise<Response> {
  const { tenant, role } = askerOf(asked);
  const parameters = readParameters(asked.url.searchParams, []);
  if (parameters instanceof Response) return parameters;
  const id = parseSerial(asked.params["id"] ?? "");
  const twin = id === undefined ? null : await twins.read(id);
  // Another tenant's twin is answered as one that does not exist: serials are not to be probed.
  if (twin?.tenant !== tenant) return problem("not_found");
  const headers = { etag: `"${twin.rev}"`, "cache-control": "private, no-cache" };
  if (twin.retiredAt !== null) return problem("retired");
  if (isKnown(asked.request.headers.get("if-none-match"), headers.etag)) {
    return new Response(null, { status: 304, headers });
  }
  return json(viewTwin(twin, { now: clock.now(), clearance: clearanceOf(role) }), headers);
}

function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const tags = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
