/**
 * Runs bulk changes: writes their devices at their pace, looks what becomes of them, and stops or takes back what should be.
 *
 * All that matters is in Redis: whoever takes a change over goes on where the former runner was cut off. A step that
 * people take holds from the next handful of devices on.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { TwinWriter } from "#twins/desired/writer.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Keys } from "#twins/keys.ts";
import { Seconds } from "#wire/units.ts";

import type { BulkChange } from "./change.ts";
import { BulkRun } from "./run.ts";
import type { BulkStore } from "./store.ts";

/** What a runner needs. */
export interface BulkRunnerDeps {
  readonly store: BulkStore;
  readonly writer: TwinWriter;
  readonly fleet: Pick<Fleet, "table" | "isBuilt">;
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  /** A name that no other live process has. */
  readonly owner: string;
}

/** How often changes are looked at. */
const every = Seconds(1);

/** Runs whatever change is at work and in nobody else's hands, until closed. */
export function openBulkRunner(deps: BulkRunnerDeps): { readonly close: () => Promise<void> } {
  const runs = new Map<string, BulkRun>();
  let isOpen = true;
  let turn: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    if (!deps.fleet.isBuilt()) return;
    for (const change of await deps.store.atWork()) {
      if (isOpen && !runs.has(change.plan.id)) await take(deps, change, runs);
    }
    for (const [id, run] of runs) {
      if (!isOpen) return;
      if ((await run.advance(() => isOpen)) === "over") runs.delete(id);
    }
  };
  const timer = deps.clock.every(every, "bulk changes", () => {
    turn ??= carefully(deps, runs, look).finally(() => {
      turn = undefined;
    });
  });
  return {
    close: async () => {
      isOpen = false;
      timer.cancel();
      await turn;
      await carefully(deps, runs, async () => {
        for (const run of runs.values()) await run.drop();
      });
    },
  };
}

async function take(
  deps: BulkRunnerDeps,
  change: BulkChange,
  runs: Map<string, BulkRun>,
): Promise<void> {
  const run = await BulkRun.open(deps, change);
  if (run !== undefined) runs.set(change.plan.id, run);
}

/** What the world interrupted is taken up anew, from what is stored. */
async function carefully(
  { log }: BulkRunnerDeps,
  runs: Map<string, BulkRun>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isTrouble(error)) throw error;
    runs.clear();
    log.warn("bulk changes interrupted", { code: error.code });
  }
}
