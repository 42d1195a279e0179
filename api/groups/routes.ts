/**
 * `/v1/groups`: filters with a name, and who is in them, now and as it changes.
 */
import { type TSchema, Type } from "@sinclair/typebox";

import { problem, type ProblemCode } from "#api/problem.ts";
import { type About, type Asked, askerOf, json, type Parameter, type Route } from "#api/route.ts";
import { TwinPage } from "#api/twins/contract.ts";
import { notYet, positionParameter } from "#api/twins/index-position.ts";
import { listParameters, listTwins } from "#api/twins/list.ts";
import { pageParameters, readerOf, readParameters } from "#api/twins/question.ts";
import {
  frameWords,
  openStream,
  streamAnswer,
  type StreamDeps,
  streamNames,
  streamParameters,
} from "#api/twins/stream.ts";
import { type Group, groupLimits } from "#twins/groups/group.ts";
import type { GroupStore } from "#twins/groups/store.ts";

import { GroupList, GroupRequest, GroupView } from "./contract.ts";
import { viewGroup } from "./view.ts";
import { editionOf, type GroupWatch } from "./watch.ts";
import { removeGroup, writeGroup } from "./write.ts";

/** What the routes need. */
export interface GroupDeps extends StreamDeps {
  readonly groups: GroupStore;
  readonly watch: GroupWatch;
}

const tag = "Groups";
const answers = ["application/json"] as const;

/** The routes over the store and the index. */
export function groupRoutes(deps: GroupDeps): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/v1/groups",
      answers,
      about: reading("The saved groups of the tenant", GroupList),
      answer: (asked) => list(deps, asked),
    },
    {
      method: "GET",
      path: "/v1/groups/:group",
      answers,
      about: aboutOne("One saved group", GroupView),
      answer: (asked) => one(deps, asked, (group) => show(deps, asked, group)),
    },
    {
      method: "PUT",
      path: "/v1/groups/:group",
      answers,
      about: aboutWriting,
      answer: (asked) => writeGroup(deps, asked),
    },
    {
      method: "DELETE",
      path: "/v1/groups/:group",
      about: {
        summary: "Forget a saved group",
        description: "Streams of it end. The twins are not touched.",
        tag,
        parameters: [groupParameter],
        success: { status: 204, about: "Forgotten" },
        problems: ["not_found", "conflict", "invalid"],
      },
      answer: (asked) => removeGroup(deps, asked),
    },
    {
      method: "GET",
      path: "/v1/groups/:group/twins",
      answers,
      about: {
        ...aboutOne("Twins of a group, sorted, a page at a time", TwinPage),
        parameters: [groupParameter, ...listParameters],
      },
      answer: (asked) => one(deps, asked, (group) => listOf(deps, asked, group)),
    },
    {
      method: "GET",
      path: "/v1/groups/:group/stream",
      answers: ["text/event-stream"],
      about: {
        summary: "Who enters and leaves a group, and what changes in it (server-sent events)",
        description: `Events: \`ready\`, \`enter\` \`update\` \`leave\` ${frameWords}`,
        tag,
        parameters: [groupParameter, ...streamParameters],
        success: streamAnswer.success,
        problems: ["not_found", ...streamAnswer.problems],
      },
      answer: (asked) => one(deps, asked, (group) => follow(deps, asked, group)),
    },
  ];
}

const groupParameter: Parameter = {
  name: "group",
  in: "path",
  about: "The group's name: a-z 0-9 and inner hyphens",
  schema: Type.String({ maxLength: 64 }),
};

const readingProblems = ["invalid", "index_behind", "unavailable"] as const;

const aboutWriting: About = {
  summary: "Save a group",
  description:
    `At most ${groupLimits.perTenant} a tenant. A changed filter is told to whoever listens: a \`gap\`, then all who are ` +
    "in it. Writing what is already so changes nothing.",
  tag,
  parameters: [groupParameter],
  body: GroupRequest,
  success: { status: 200, about: "The group", schema: GroupView },
  problems: [
    ...(["bad_json", "unsupported_media_type", "too_large", "forbidden", "too_many"] as const),
    ...(["conflict", ...readingProblems] as const),
  ],
};

function reading(summary: string, schema: TSchema, problems: readonly ProblemCode[] = []): About {
  return {
    summary,
    tag,
    parameters: [positionParameter],
    success: { status: 200, about: summary, schema },
    problems: [...problems, ...readingProblems],
  };
}

function aboutOne(summary: string, schema: TSchema): About {
  const about = reading(summary, schema, ["not_found"]);
  return { ...about, parameters: [groupParameter, positionParameter] };
}

async function list(deps: GroupDeps, asked: Asked): Promise<Response> {
  const late = await notYet(deps.fleet, asked.request);
  if (late !== undefined) return late;
  const groups = await deps.groups.list(askerOf(asked).tenant);
  return json({ items: groups.map((group) => viewGroup(deps.fleet, asked, group)) });
}

/** Answers about the group that the path names, or that there is none. */
async function one(
  deps: GroupDeps,
  asked: Asked,
  answer: (group: Group) => Promise<Response>,
): Promise<Response> {
  const group = await deps.groups.get(askerOf(asked).tenant, asked.params["group"] ?? "");
  return group === undefined ? problem("not_found") : answer(group);
}

async function show({ fleet }: GroupDeps, asked: Asked, group: Group): Promise<Response> {
  return (await notYet(fleet, asked.request)) ?? json(viewGroup(fleet, asked, group));
}

async function listOf({ fleet }: GroupDeps, asked: Asked, group: Group): Promise<Response> {
  const parameters = readParameters(asked.url.searchParams, pageParameters);
  if (parameters instanceof Response) return parameters;
  const edition = editionOf(group, readerOf(asked).clearance);
  if (edition === undefined) return meaningless();
  return listTwins({ fleet }, asked, { parameters, filter: edition.filter });
}

async function follow(deps: GroupDeps, asked: Asked, group: Group): Promise<Response> {
  const parameters = readParameters(asked.url.searchParams, streamNames);
  if (parameters instanceof Response) return parameters;
  const scope = deps.watch.scopeOf(askerOf(asked).tenant, group, readerOf(asked).clearance);
  if (scope === undefined) return meaningless();
  return openStream(deps, asked, { parameters, scope, still: "update" });
}

/** A filter that was good when it was saved, and names what is no more. */
function meaningless(): Response {
  return problem("invalid", { detail: "The group's filter means nothing any more: save it anew." });
}
