/** A command as one may see it, at the instant of the answer. */
import { may } from "#api/access/rights.ts";
import type { Role } from "#api/access/roles.ts";
import { type CommandRecord, expiryOf, stateOf } from "#twins/commands/command.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { CommandView } from "./contract.ts";

/** For whom, and when. */
interface Viewer {
  readonly role: Role;
  readonly now: Instant;
}

/** The command at `now`. */
export function viewCommand(
  device: Serial,
  command: CommandRecord,
  { role, now }: Viewer,
): CommandView {
  const { id, name, args, deadline, by, why, queuedAt, sentAt, deliveredAt } = command;
  const state = stateOf(command, now);
  return {
    id,
    device,
    name,
    args: { ...args },
    state,
    deadline,
    by,
    why: why ?? null,
    queuedAt,
    sentAt: sentAt ?? null,
    deliveredAt: deliveredAt ?? null,
    acceptedAt: command.accepted?.t ?? null,
    endedAt: endOf({ ...command, state }),
    cancelledBy: command.cancelled?.by ?? null,
    code: command.ended?.code ?? expiryOf({ ...command, state }) ?? null,
    result: resultFor(role, command),
  };
}

function endOf({ state, ended, cancelled, deadline }: CommandRecord): number | null {
  if (ended !== undefined) return ended.t;
  if (cancelled !== undefined) return cancelled.at;
  return state === "expired" ? deadline : null;
}

/** What was measured is a vital sign. */
function resultFor(role: Role, { name, ended }: CommandRecord): Json {
  if (name === "measure" && !may(role, "vitals:read")) return null;
  return ended?.result ?? null;
}
