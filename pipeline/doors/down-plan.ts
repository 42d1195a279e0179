/**
 * What a device is to be told now, given what its connection has been told already.
 *
 * Pure. Desired leaves go whole under one number, so a number that was said need not be said again; commands have ids.
 */
import type { CommandBook } from "#twins/commands/book.ts";
import { type CommandRecord, isOpen, stateOf } from "#twins/commands/command.ts";
import { outstandingOf, wantedLeaves } from "#twins/desired/derived.ts";
import type { Twin } from "#twins/document.ts";
import type { Desired } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

/** What a connection has been told about one device. */
export interface Said {
  /** The number of the desired leaves; undefined while none were said. */
  readonly v: number | undefined;
  readonly commands: ReadonlySet<string>;
}

/** A connection that has been told nothing. */
export const nothingSaid: Said = { v: undefined, commands: new Set() };

/** What to tell, and what then has been told. */
export interface Plan {
  readonly desired: Desired | undefined;
  readonly commands: readonly CommandRecord[];
  readonly said: Said;
  /** Whether some of it has not been told before. */
  readonly isNews: boolean;
  /** Whether an answer is awaited: that the box has the leaves, or has taken the commands. */
  readonly waits: boolean;
}

/** The plan for one device; `again`: what nobody has answered is said once more. */
export function planOf(
  { twin, book }: { readonly twin: Twin; readonly book: CommandBook },
  { said, again }: { readonly said: Said; readonly again: boolean },
  now: Instant,
): Plan {
  const wanted = desiredOf(twin, now);
  const isPending = [...wantedLeaves(twin)].some(({ wish }) => wish.state === "pending");
  const isNews = wanted !== undefined && wanted.v !== said.v;
  const open = [...book.values()].filter((one) => isOpen({ state: stateOf(one, now) }));
  const commands = open.filter(
    ({ id, accepted }) => !said.commands.has(id) || (again && accepted === undefined),
  );
  return {
    desired: isNews || (again && isPending) ? wanted : undefined,
    commands,
    said: { v: wanted?.v, commands: new Set(open.map(({ id }) => id)) },
    isNews: isNews || open.some(({ id }) => !said.commands.has(id)),
    waits: isPending || open.some(({ accepted }) => accepted === undefined),
  };
}

/**
 * All that is outstanding. Nothing, but with its number, when the last change was to want something no more: the box may
 * still hold what was withdrawn while it was away.
 */
function desiredOf(twin: Twin, now: Instant): Desired | undefined {
  const outstanding = outstandingOf(twin, now);
  if (outstanding !== null) return outstanding;
  const latest = Math.max(0, ...[...wantedLeaves(twin)].map(({ wish }) => wish.v));
  return latest < twin.desiredV ? { v: twin.desiredV, parts: {} } : undefined;
}
