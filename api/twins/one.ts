/**
 * `GET /v1/twins/{id}`: one twin, every leaf with its age and quality.
 */
import { Type } from "@sinclair/typebox";

import { clearanceOf } from "#api/access/rights.ts";
import { PastTwin } from "#api/history/contract.ts";
import type { HistoryDeps } from "#api/history/deps.ts";
import { pastProblems } from "#api/history/past-lists.ts";
import { pastTwin } from "#api/history/past-twin.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json, jsonText, type Route } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { TwinStore } from "#twins/store.ts";
import { parseSerial } from "#wire/identity.ts";

import { TwinView } from "./contract.ts";
import { invalid, readParameters } from "./question.ts";
import { parseSelection, select, type Selection, selectionLimits } from "./selection.ts";
import { viewText } from "./view-text.ts";
import { type Inclusion, inclusions, viewTwin } from "./view.ts";
import { idParameter } from "./write/parameters.ts";
import { etagOf } from "./write/precondition.ts";

/** What the route needs. */
export interface OneDeps {
  readonly twins: Pick<TwinStore, "read">;
  readonly clock: Pick<Clock, "now">;
  readonly history: HistoryDeps;
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
        idParameter,
        {
          name: "fields",
          in: "query",
          about: "Only these: `id,presence(state,since),parts/*/reported/battery`",
          schema: Type.String({ maxLength: selectionLimits.characters }),
        },
        {
          name: "include",
          in: "query",
          about: `Also these, listed by commas: ${inclusions.join(", ")}`,
          schema: Type.String(),
        },
        {
          name: "at",
          in: "query",
          about:
            "As it was: a revision (up to nine digits), or a moment such as `2026-11-03T14:00:00Z` or ms since 1970. " +
            "The answer is then a `PastTwin`, without what is never remembered (vital signs, contacts, heartbeats)",
          schema: Type.String(),
        },
        {
          name: "if-none-match",
          in: "header",
          about: "An ETag: 304 when the twin still has that revision",
          schema: Type.String(),
        },
      ],
      success: {
        status: 200,
        about: "The twin, as it is or as it was",
        schema: Type.Union([TwinView, PastTwin]),
        also: { 304: "It still has that revision" },
      },
      problems: ["invalid", "not_found", "retired", ...pastProblems],
    },
    answer: (asked) => one(deps, asked),
  };
}

async function one({ twins, clock, history }: OneDeps, asked: Asked): Promise<Response> {
  const { tenant, role } = askerOf(asked);
  const question = readQuestion(asked);
  if (question instanceof Response) return question;
  const { parameters, include, shape } = question;
  if (parameters.has("at")) return pastTwin(history, asked, { parameters, shape });
  const id = parseSerial(asked.params["id"] ?? "");
  const twin = id === undefined ? null : await twins.read(id);
  // Another tenant's twin is answered as one that does not exist: serials are not to be probed.
  if (twin?.tenant !== tenant) return problem("not_found");
  const headers = { etag: etagOf(twin), "cache-control": "private, no-cache" };
  if (twin.retiredAt !== null) return problem("retired");
  if (isKnown(asked.request.headers.get("if-none-match"), headers.etag)) {
    return new Response(null, { status: 304, headers });
  }
  const viewer = { now: clock.now(), clearance: clearanceOf(role) };
  if (question.isPlain) return jsonText(viewText(twin, viewer), headers);
  return json(shape(viewTwin(twin, { ...viewer, include })), headers);
}

/** What of a twin is asked for. */
interface Question {
  readonly parameters: ReadonlyMap<string, string>;
  readonly include: ReadonlySet<Inclusion>;
  /** The fields that were selected of a twin. */
  readonly shape: (view: TwinView | PastTwin) => unknown;
  /** Whether it is asked for as it is usually told. */
  readonly isPlain: boolean;
}

function readQuestion({ url }: Asked): Question | Response {
  const parameters = readParameters(url.searchParams, ["fields", "include", "at"]);
  if (parameters instanceof Response) return parameters;
  const include = readInclusions(parameters.get("include"));
  if (include instanceof Response) return include;
  const selection = readSelection(parameters.get("fields"));
  if (selection instanceof Response) return selection;
  return {
    parameters,
    include,
    shape: (view) => (selection === null ? view : (select(view, selection) ?? {})),
    isPlain: selection === null && include.size === 0,
  };
}

function readInclusions(text: string | undefined): ReadonlySet<Inclusion> | Response {
  const found = new Set<Inclusion>();
  for (const word of text?.split(",") ?? []) {
    const known = inclusions.find((each) => each === word);
    if (known === undefined) return invalid("include", { detail: `Of ${inclusions.join(", ")}.` });
    found.add(known);
  }
  return found;
}

function readSelection(text: string | undefined): Selection | null | Response {
  if (text === undefined) return null;
  const selection = parseSelection(text);
  if (!("kind" in selection)) return selection;
  return invalid("fields", { at: selection.at, detail: selection.why });
}

function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const tags = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
