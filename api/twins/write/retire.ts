/**
 * `DELETE /v1/twins/{id}`: the end of a device. Its twin stays as a tombstone, its id is never used again (TW-01), and
 * the device may no longer speak.
 */
import { problem } from "#api/problem.ts";
import type { Asked, Route } from "#api/route.ts";
import { assert } from "#platform/assert.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import { parseSerial } from "#wire/identity.ts";

import { authorParameters } from "./author.ts";
import { type DeskDeps, readTerms, write } from "./desk.ts";
import { idParameter, writeParameters } from "./parameters.ts";
import { preconditionParameters } from "./precondition.ts";
import { brief, WriteReply } from "./reply.ts";

/** What the route needs beside the desk: a registry that can revoke, where there is one. */
export interface RetireDeps extends DeskDeps {
  readonly registry: Partial<Pick<OpenRegistry, "revoke">>;
}

/** The route. */
export function retireRoute(deps: RetireDeps): Route {
  return {
    method: "DELETE",
    path: "/v1/twins/:id",
    answers: ["application/json"],
    about: {
      summary: "Retire a device, for good",
      description: "From then on its twin answers 410, and whatever the device sends is refused.",
      tag: "Twins",
      parameters: [idParameter, ...preconditionParameters, ...authorParameters, ...writeParameters],
      success: { status: 200, about: "Retired", schema: WriteReply, also: brief },
      problems: [
        "not_found",
        "key_reused",
        "retired",
        "condition_failed",
        "precondition_failed",
        "invalid",
        "too_many",
        "unavailable",
      ],
    },
    answer: (asked) => retire(deps, asked),
  };
}

async function retire(deps: RetireDeps, asked: Asked): Promise<Response> {
  const id = parseSerial(asked.params["id"] ?? "");
  if (id === undefined) return problem("not_found");
  const terms = readTerms(deps, asked);
  if (terms instanceof Response) return terms;
  const response = await write(deps, {
    ...terms,
    id,
    bytes: new Uint8Array(),
    edit: (twin, now) => {
      assert(twin !== null, "only what exists can be retired");
      return { twin: { ...twin, retiredAt: now }, changed: [], change: "retired" };
    },
  });
  if (response.ok) await deps.registry.revoke?.(id);
  return response;
}
