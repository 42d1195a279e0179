/**
 * `PATCH /v1/twins/{id}` and below it: tags, and what a device should be, by merge patch (RFC 7396).
 */
import { Type } from "@sinclair/typebox";

import { readJson } from "#api/body.ts";
import { problem, type ProblemCode } from "#api/problem.ts";
import type { Asked, Route } from "#api/route.ts";
import { assert } from "#platform/assert.ts";
import { editTwin } from "#twins/desired/edit.ts";
import { type PatchFault, readPatch } from "#twins/desired/patch.ts";
import { twinLimits } from "#twins/limits.ts";
import { kindOf, parseSerial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import { authorParameters } from "./author.ts";
import { cutPatch } from "./cut.ts";
import { type DeskDeps, readTerms, write } from "./desk.ts";
import { excessOfEdit } from "./excess.ts";
import { idParameter, partParameter, writeParameters } from "./parameters.ts";
import { pathParameter, preconditionParameters } from "./precondition.ts";
import { pointerTo } from "./refusal.ts";
import { brief, WriteReply } from "./reply.ts";

/** What a merge patch comes as. */
export const mergePatchType = "application/merge-patch+json";

/** Refusals that every write may meet. */
export const writeProblems: readonly ProblemCode[] = [
  "bad_json",
  "bad_name",
  "bad_value",
  "too_deep",
  "unknown_field",
  "not_writable",
  "not_found",
  "key_reused",
  "retired",
  "condition_failed",
  "precondition_failed",
  "part_too_large",
  "too_large",
  "too_many_leaves",
  "twin_too_large",
  "unsupported_media_type",
  "invalid",
  "too_many",
  "unavailable",
];

/** Where a patch may be sent: its path below the twin, and what that is for. */
const places: readonly (readonly [below: string, summary: string])[] = [
  ["", "Change tags and what a device should be"],
  ["/tags", "Change tags"],
  ["/parts/:part", "Change what a part should be"],
  ["/parts/:part/desired", "Change what of a part is desired"],
  ["/parts/:part/reported", "Refused: what is reported is the device's to say"],
];

const description =
  "Null deletes, arrays replace. Nothing is dropped: one field that does not exist or may not be written refuses the " +
  "whole patch. What changes nothing answers 200 with `changed: []`, raises no revision and tells nobody.";

/** The routes. */
export function patchRoutes(deps: DeskDeps): readonly Route[] {
  return places.map(([below, summary]) => ({
    method: "PATCH",
    path: `/v1/twins/:id${below}`,
    answers: ["application/json"],
    about: {
      summary,
      description,
      tag: "Twins",
      parameters: [
        idParameter,
        ...(below.includes(":part") ? [partParameter] : []),
        ...preconditionParameters,
        pathParameter,
        ...authorParameters,
        ...writeParameters,
      ],
      body: Type.Unknown({ description: "A merge patch" }),
      bodyType: mergePatchType,
      success: { status: 200, about: "Done", schema: WriteReply, also: brief },
      problems: writeProblems,
    },
    answer: (asked) => patch(deps, asked, rootOf(below, asked)),
  }));
}

/** The names from the twin down to what the route patches. */
function rootOf(below: string, { params }: Asked): readonly string[] {
  const names = below.split("/").slice(1);
  return names.map((name) => (name === ":part" ? (params["part"] ?? "") : name));
}

async function patch(deps: DeskDeps, asked: Asked, root: readonly string[]): Promise<Response> {
  const id = parseSerial(asked.params["id"] ?? "");
  if (id === undefined) return problem("not_found");
  const body = await readJson(asked.request, {
    type: mergePatchType,
    largest: twinLimits.twinBytes,
  });
  if (body instanceof Response) return body;
  const read = readPatch(within(root, body.value), kindOf(id));
  if (read.kind === "fault") return refusal(read, root);
  const terms = readTerms(deps, asked);
  if (terms instanceof Response) return terms;
  const { author, preconditions } = terms;
  return write(deps, {
    ...terms,
    id,
    bytes: body.bytes,
    edit: (twin, now) => {
      assert(twin !== null, "a patch makes no twin");
      const { perPath } = preconditions;
      const cut = cutPatch(body.value, perPath, { twin, now });
      const left = cut.skipped.length === 0 ? read : readPatch(within(root, cut.body), twin.kind);
      assert(left.kind === "patch", "what is left of a good patch is one");
      const edited = editTwin(twin, left, { author, now });
      return excessOfEdit(twin, edited.twin, root) ?? { ...edited, skipped: cut.skipped };
    },
  });
}

/** The body, where it stands in the twin. */
function within(root: readonly string[], body: Json): Json {
  return root.reduceRight<Json>((inner, name) => ({ [name]: inner }), body);
}

/** `parts` and the name of one. */
const partDepth = 2;
const noParts: ReadonlySet<ProblemCode> = new Set(["unknown_field", "bad_name"]);

/** What is wrong with a patch sent to `root`, names from the twin down. */
export function refusal({ code, at, why }: PatchFault, root: readonly string[]): Response {
  // What is wrong lies in the address itself: a part that does not exist.
  const isNoPart = at.length === root.length && at.length === partDepth && noParts.has(code);
  if (isNoPart || at.length < root.length) return problem("not_found", { detail: why });
  return problem(code, { pointer: `/body${pointerTo(at.slice(root.length))}`, detail: why });
}
