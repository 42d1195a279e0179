/** Commands as the fields of a Redis hash: each the JSON of its record, beside the revision that a commit checks. */
import { Trouble } from "#platform/trouble.ts";
import { treeObjectShape, treeShape } from "#wire/parts.ts";
import { fields, fits, matching, oneOf, optional, type Shape, textOf, whole } from "#wire/shape.ts";
import { type Instant, lastInstant } from "#wire/units.ts";

import type { CommandBook } from "./book.ts";
import { type CommandRecord, commandStates, type Ending, type Word } from "./command.ts";

/** The field that a commit checks; no id of a command is so short. */
export const revField = "rev";

const instant: Shape<Instant> = whole(0, lastInstant);
const word = {
  t: whole(0, lastInstant),
  epoch: textOf(16),
  seq: whole(0, Number.MAX_SAFE_INTEGER),
};

const recordShape = fields<CommandRecord>({
  id: matching("an id", /^[A-Za-z0-9._-]{8,64}$/),
  name: textOf(64),
  args: treeObjectShape,
  queuedAt: instant,
  deadline: instant,
  by: textOf(256),
  why: optional(textOf(1_024)),
  digest: optional(textOf(64)),
  sentAt: optional(instant),
  deliveredAt: optional(instant),
  accepted: optional(fields<Word>(word)),
  ended: optional(
    fields<Ending>({
      ...word,
      state: oneOf<Ending["state"]>(["done", "failed", "rejected"]),
      code: optional(textOf(64)),
      result: optional(treeShape),
    }),
  ),
  cancelled: optional(fields({ at: instant, by: textOf(256) })),
  state: oneOf(commandStates),
});

/** The book that the fields hold, oldest order first. Throws Trouble `commands-damaged` for what no code wrote. */
export function decodeBook(hash: Readonly<Record<string, string>>): CommandBook {
  const commands = Object.entries(hash).flatMap(([field, text]) =>
    field === revField ? [] : [decodeCommand(field, text)],
  );
  commands.sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
  return new Map(commands.map((command) => [command.id, command]));
}

/** The fields in which `after` differs from `before`, and those that it has no more. */
export function encodeBook(
  after: CommandBook,
  before: CommandBook,
): { readonly set: Readonly<Record<string, string>>; readonly gone: readonly string[] } {
  const changed = [...after.values()].filter((command) => before.get(command.id) !== command);
  return {
    set: Object.fromEntries(changed.map((command) => [command.id, JSON.stringify(command)])),
    gone: [...before.keys()].filter((id) => !after.has(id)),
  };
}

function decodeCommand(field: string, text: string): CommandRecord {
  const record: unknown = JSON.parse(text);
  if (fits(recordShape, record) && record.id === field) return record;
  throw new Trouble("commands-damaged", { retry: "never", detail: field });
}
