/**
 * `/v1/changes`: one wish for many devices, reviewed, started, watched and taken back.
 */
import { type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { readJson } from "#api/body.ts";
import { problem, type ProblemCode } from "#api/problem.ts";
import { type About, type Asked, askerOf, json, type Parameter, type Route } from "#api/route.ts";
import { listParameters } from "#api/twins/list.ts";
import { streamParameters } from "#api/twins/stream.ts";
import { type BulkAct, bulkActs, type BulkChange, bulkLimits } from "#twins/bulk/change.ts";

import {
  BulkGap,
  BulkList,
  BulkRequest,
  BulkResult,
  BulkResultPage,
  BulkStepRequest,
  BulkView,
} from "./contract.ts";
import { makeChange, type MakeDeps } from "./make.ts";
import { listResults, resultStates } from "./results.ts";
import { type ResultStreamDeps, streamResults } from "./stream.ts";
import { viewChange } from "./view.ts";

/** What the routes need. */
export interface ChangesDeps extends MakeDeps, Omit<ResultStreamDeps, "store" | "clock"> {
  readonly clock: ResultStreamDeps["clock"];
}

const tag = "Changes";
const answers = ["application/json"] as const;
const path = "/v1/changes/:change";

/** The routes over the store and the index. */
export function changeRoutes(deps: ChangesDeps): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/v1/changes",
      answers,
      about: aboutMaking,
      answer: (asked) => makeChange(deps, asked),
    },
    {
      method: "GET",
      path: "/v1/changes",
      answers,
      about: about("The bulk changes of the tenant, newest first", BulkList, ["invalid"]),
      answer: (asked) => list(deps, asked),
    },
    {
      method: "GET",
      path,
      answers,
      about: aboutOne("One bulk change", BulkView),
      answer: (asked) => one(deps, asked, async (change) => json(viewChange(change))),
    },
    {
      method: "GET",
      path: `${path}/results`,
      answers,
      about: {
        ...aboutOne("What became of each device, a page at a time", BulkResultPage),
        parameters: [changeParameter, stateParameter, ...pageParameters],
      },
      answer: (asked) => one(deps, asked, ({ plan }) => listResults(deps, asked, plan)),
    },
    {
      method: "GET",
      path: `${path}/stream`,
      answers: ["text/event-stream"],
      about: aboutStream,
      answer: (asked) => one(deps, asked, (change) => streamResults(deps, asked, change)),
    },
    ...bulkActs.map((act) => stepRoute(deps, act)),
  ];
}

const changeParameter: Parameter = {
  name: "change",
  in: "path",
  about: "The change's id",
  schema: Type.String(),
};
const stateParameter: Parameter = {
  name: "state",
  in: "query",
  about: "Only devices in this state",
  schema: Type.Union(resultStates.map((state) => Type.Literal(state))),
};
const pageParameters = listParameters.filter(({ name }) => name === "limit" || name === "cursor");

const aboutMaking: About = {
  summary: "Try what would become of a wish for many devices, and keep it as a draft",
  description:
    "The dry run reads every twin: how many would change, examples, other open changes in the way, and how much would be " +
    `hit by class of leaf. At most ${bulkLimits.devices} devices and ${bulkLimits.leaves} leaves; leaves that name people ` +
    "are refused. The devices are those that pass the filter now.",
  tag,
  parameters: [
    {
      name: "idempotency-key",
      in: "header",
      about: "The same request with the same key is the same change",
      schema: Type.String({ maxLength: 255 }),
    },
  ],
  body: BulkRequest,
  success: { status: 201, about: "A draft; Location names it", schema: BulkView },
  problems: [
    ...([
      "bad_json",
      "bad_name",
      "bad_value",
      "too_deep",
      "unknown_field",
      "not_writable",
    ] as const),
    ...(["key_reused", "too_large", "too_many_leaves", "unsupported_media_type"] as const),
    ...(["invalid", "too_many", "index_behind", "unavailable"] as const),
  ],
};

const aboutStream: About = {
  ...aboutOne("A bulk change and its results as they come (server-sent events)", BulkView),
  description:
    "Events: `change` (where it stands, at first and whenever it moves), `result` (one device), `gap` (results are " +
    "missing: the list has them). Each frame's id is a position to come back with.",
  parameters: [changeParameter, ...streamParameters.filter(({ name }) => name !== "snapshot")],
  success: {
    status: 200,
    about: "Frames; the data of each is one of these",
    type: "text/event-stream",
    schema: Type.Union([BulkView, BulkResult, BulkGap]),
  },
  problems: ["not_found", "invalid", "too_many"],
};

const summaries: Readonly<Record<BulkAct, string>> = {
  approve: "Approve a draft; beyond a number of devices somebody else than its author has to",
  start: "Begin to write it, canaries first",
  pause: "Write no more devices until it is resumed; the handful under way is finished",
  resume: "Go on where it was paused",
  abort: "End it; what is written stays",
  undo: "Put back what each device was to be before, but where somebody else wrote since",
};

function stepRoute(deps: ChangesDeps, act: BulkAct): Route {
  return {
    method: "POST",
    path: `${path}/${act}`,
    answers,
    about: {
      ...aboutOne(summaries[act], BulkView),
      description: "Asked again, it answers as before and does nothing more.",
      body: BulkStepRequest,
      problems: [
        ...(["bad_json", "not_found", "wrong_state", "own_change", "too_large"] as const),
        ...(["unsupported_media_type", "invalid"] as const),
      ],
    },
    answer: (asked) => step(deps, asked, act),
  };
}

function about(summary: string, schema: TSchema, problems: readonly ProblemCode[]): About {
  return { summary, tag, success: { status: 200, about: summary, schema }, problems };
}

function aboutOne(summary: string, schema: TSchema): About {
  return { ...about(summary, schema, ["not_found", "invalid"]), parameters: [changeParameter] };
}

async function list({ store }: ChangesDeps, asked: Asked): Promise<Response> {
  const all = await store.list(askerOf(asked).tenant);
  return json({ items: all.map(viewChange) });
}

/** Answers about the change that the path names; another tenant's is one that does not exist. */
async function one(
  { store }: ChangesDeps,
  asked: Asked,
  answer: (change: BulkChange) => Promise<Response>,
): Promise<Response> {
  const { tenant } = askerOf(asked);
  const change = await store.get({ tenant, id: asked.params["change"] ?? "" });
  return change === undefined ? problem("not_found") : answer(change);
}

async function step({ store, clock }: ChangesDeps, asked: Asked, act: BulkAct): Promise<Response> {
  const { tenant, subject } = askerOf(asked);
  const why = await readReason(asked.request);
  if (why instanceof Response) return why;
  const name = { tenant, id: asked.params["change"] ?? "" };
  const stepped = await store.step(name, { act, at: clock.now(), by: `u:${subject}`, ...why });
  if (stepped === undefined) return problem("not_found");
  if (stepped.kind === "stepped") return json(viewChange(stepped.change));
  return problem(stepped.code, { detail: `${act} is not done to it where it stands.` });
}

/** Why, if the request says so; it may come without a body. */
async function readReason(request: Request): Promise<{ readonly why?: string } | Response> {
  if (request.body === null || request.headers.get("content-length") === "0") return {};
  const body = await readJson(request);
  if (body instanceof Response) return body;
  if (Value.Check(BulkStepRequest, body.value)) {
    return body.value.reason === undefined ? {} : { why: body.value.reason };
  }
  const [error] = Value.Errors(BulkStepRequest, body.value);
  const detail = error?.message ?? "Not a step.";
  return problem("invalid", { pointer: `/body${error?.path ?? ""}`, detail });
}
