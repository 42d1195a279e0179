/** What a writer is told: the revision, the leaves that changed, and the paths that a condition left out. */
import { type Static, Type } from "@sinclair/typebox";

import type { KeptAnswer } from "#api/idempotency.ts";
import { positionHeader } from "#api/twins/index-position.ts";
import type { Clearance } from "#twins/columns.ts";
import type { ChangedLeaf, Twin } from "#twins/document.ts";
import { isTechnical } from "#twins/model.ts";
import { writePlace } from "#twins/positions.ts";
import type { ChangePosition } from "#twins/store.ts";

import { etagOf } from "./precondition.ts";

/** What else answers a write. */
export const brief = { 204: "Done, and nothing more is said, as was preferred" } as const;

/** The answer to a write. */
export const WriteReply = Type.Object(
  {
    id: Type.String(),
    rev: Type.Integer({ minimum: 1, description: "The twin's revision now" }),
    changed: Type.Array(
      Type.Object({ path: Type.String(), value: Type.Unknown(), t: Type.Integer() }),
      {
        description: "Leaves that changed, as the stream tells them; none when all was so already",
      },
    ),
    skipped: Type.Array(Type.String(), {
      description: "Paths of the patch whose condition did not hold",
    }),
  },
  { $id: "WriteReply", additionalProperties: false },
);
export type WriteReply = Static<typeof WriteReply>;

/** What was done. */
export interface Deed {
  readonly twin: Pick<Twin, "id" | "rev">;
  readonly changed: readonly ChangedLeaf[];
  readonly skipped?: readonly string[];
  readonly status?: 200 | 201;
}

/** To whom it is told, and how much. */
export interface Listener {
  readonly clearance: Clearance;
  /** `Prefer: return=minimal`: just that it is done. */
  readonly isBrief: boolean;
}

/** Whether the request prefers an answer without a body. */
export function prefersBrief({ headers }: Request): boolean {
  return /(?:^|,)\s*return=minimal\s*(?:;|,|$)/i.test(headers.get("prefer") ?? "");
}

/** The answer to a deed. */
export function replyTo(
  { twin, changed, skipped = [], status = 200 }: Deed,
  { clearance, isBrief }: Listener,
): KeptAnswer {
  const created = status === 201 ? { location: `/v1/twins/${twin.id}` } : {};
  const headers = { etag: etagOf(twin), ...created };
  if (isBrief) {
    const applied = { ...headers, "preference-applied": "return=minimal" };
    return { status: status === 201 ? 201 : 204, headers: applied, body: null };
  }
  const seen = clearance === "clinical" ? changed : changed.filter(({ path }) => isTechnical(path));
  const reply = { id: twin.id, rev: twin.rev, changed: seen, skipped };
  const json = { ...headers, "content-type": "application/json" };
  return { status, headers: json, body: JSON.stringify(reply) };
}

/** It as a response; with the place of its change, when it made one. */
export function respond({ status, headers, body }: KeptAnswer, place?: ChangePosition): Response {
  const position = place === undefined ? {} : { [positionHeader]: writePlace(place) };
  return new Response(body, { status, headers: { ...headers, ...position } });
}
