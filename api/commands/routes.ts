/**
 * `/v1/twins/{id}/commands`: acts for one device, kept until it is known what became of them.
 *
 * Each step is also a change of the twin, `commands/{id}` with the state as its value, in `/v1/twins/stream`.
 */
import { type TSchema, Type } from "@sinclair/typebox";

import { problem } from "#api/problem.ts";
import { type About, type Asked, askerOf, json, type Route } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import { commandLimits } from "#twins/commands/book.ts";
import type { CommandRecord } from "#twins/commands/command.ts";
import type { CommandStore } from "#twins/commands/store.ts";
import type { Twin } from "#twins/document.ts";
import type { TwinStore } from "#twins/store.ts";
import { parseSerial } from "#wire/identity.ts";

import { CommandList, CommandRequest, CommandView } from "./contract.ts";
import { readOrder } from "./order.ts";
import { viewCommand } from "./view.ts";

/** What the routes need. */
export interface CommandsDeps {
  readonly twins: Pick<TwinStore, "read">;
  readonly commands: Pick<CommandStore, "issue" | "list" | "cancel">;
  readonly clock: Pick<Clock, "now">;
}

const tag = "Commands";
const path = "/v1/twins/:id/commands";
const answers = ["application/json"] as const;

/** The routes over the store. */
export function commandRoutes(deps: CommandsDeps): readonly Route[] {
  return [
    {
      method: "POST",
      path,
      answers,
      about: aboutIssuing,
      answer: (asked) => about(deps, asked, (twin) => issue(deps, asked, twin)),
    },
    {
      method: "GET",
      path,
      answers,
      about: { ...reading("The commands of a device, oldest first", CommandList) },
      answer: (asked) => about(deps, asked, (twin) => list(deps, asked, twin)),
    },
    {
      method: "GET",
      path: `${path}/:command`,
      answers,
      about: {
        ...reading("One command", CommandView),
        parameters: [idParameter, commandParameter],
      },
      answer: (asked) => about(deps, asked, (twin) => one(deps, asked, twin)),
    },
    {
      method: "DELETE",
      path: `${path}/:command`,
      answers,
      about: aboutCancelling,
      answer: (asked) => about(deps, asked, (twin) => cancel(deps, asked, twin)),
    },
  ];
}

const idParameter = {
  name: "id",
  in: "path",
  about: "The device's serial",
  schema: Type.String(),
} as const;
const commandParameter = {
  name: "command",
  in: "path",
  about: "The command's id",
  schema: Type.String(),
} as const;

const aboutIssuing: About = {
  summary: "Have a device do something, once",
  description:
    "The command waits for the device, through restarts of everything and for as long as its box is away, until its " +
    "deadline; its id has one effect there however often it travels. It is `delivered` when the box has acknowledged " +
    "it, `accepted` when the box, or the device, has taken it, and ends with the device's word or at its deadline.",
  tag,
  parameters: [
    idParameter,
    {
      name: "idempotency-key",
      in: "header",
      about: "The same request with the same key is the same command",
      schema: Type.String({ maxLength: 255 }),
    },
  ],
  body: CommandRequest,
  success: { status: 202, about: "Queued; Location names it", schema: CommandView },
  problems: [
    ...(["bad_json", "not_found", "key_reused", "retired", "too_large"] as const),
    ...(["unsupported_media_type", "invalid", "too_many"] as const),
  ],
};

const aboutCancelling: About = {
  summary: "Call a command back while nobody was told of it",
  tag,
  parameters: [idParameter, commandParameter],
  success: { status: 200, about: "The command, cancelled", schema: CommandView },
  problems: ["not_found", "too_late"],
};

function reading(summary: string, schema: TSchema): About {
  return {
    summary,
    tag,
    parameters: [idParameter],
    success: { status: 200, about: summary, schema },
    problems: ["invalid", "not_found"],
  };
}

/** Answers about a twin of the asker's tenant; another's is answered as one that does not exist. */
async function about(
  { twins }: CommandsDeps,
  asked: Asked,
  answer: (twin: Twin) => Promise<Response>,
): Promise<Response> {
  const id = parseSerial(asked.params["id"] ?? "");
  const twin = id === undefined ? null : await twins.read(id);
  return twin?.tenant === askerOf(asked).tenant ? answer(twin) : problem("not_found");
}

async function issue(deps: CommandsDeps, asked: Asked, twin: Twin): Promise<Response> {
  if (twin.retiredAt !== null) return problem("retired");
  const asking = { twin, claims: askerOf(asked), now: deps.clock.now() };
  const order = await readOrder(asked.request, asking);
  if (order instanceof Response) return order;
  const issued = await deps.commands.issue(twin.id, order);
  switch (issued.kind) {
    case "issued":
    case "same": {
      const { command } = issued;
      const location = `/v1/twins/${twin.id}/commands/${command.id}`;
      return json(viewOf(deps, asked, { twin, command }), { location }, 202);
    }
    case "conflict":
      return problem("key_reused");
    case "full":
      return problem("too_many", {
        detail: `${commandLimits.open} commands of this device have not ended yet.`,
      });
    case "retired":
      return problem("retired");
    case "missing":
      return problem("not_found");
    default:
      return issued satisfies never;
  }
}

async function list(deps: CommandsDeps, asked: Asked, twin: Twin): Promise<Response> {
  const book = await deps.commands.list(twin.id);
  return json({
    items: [...book.values()].map((command) => viewOf(deps, asked, { twin, command })),
  });
}

async function one(deps: CommandsDeps, asked: Asked, twin: Twin): Promise<Response> {
  const command = (await deps.commands.list(twin.id)).get(asked.params["command"] ?? "");
  if (command === undefined) return problem("not_found");
  return json(viewOf(deps, asked, { twin, command }));
}

async function cancel(deps: CommandsDeps, asked: Asked, twin: Twin): Promise<Response> {
  const by = `u:${askerOf(asked).subject}`;
  const cancelled = await deps.commands.cancel(twin.id, asked.params["command"] ?? "", by);
  switch (cancelled.kind) {
    case "cancelled":
      return json(viewOf(deps, asked, { twin, command: cancelled.command }));
    case "late":
      return problem("too_late", { detail: "It has ended, or its box has been told of it." });
    case "missing":
      return problem("not_found");
    default:
      return cancelled satisfies never;
  }
}

function viewOf(
  { clock }: CommandsDeps,
  asked: Asked,
  { twin, command }: { readonly twin: Twin; readonly command: CommandRecord },
): CommandView {
  return viewCommand(twin.id, command, { role: askerOf(asked).role, now: clock.now() });
}
