/** Takes a checkpoint of the twins now and then, a little in each round, so that the streams may be trimmed. */
import type { Clock } from "#platform/clock/port.ts";
import type { Checkpoint, CheckpointSource, Saving } from "#twins/checkpoint.ts";
import type { Serial } from "#wire/identity.ts";
import { type Duration, Minutes } from "#wire/units.ts";

import type { Lease } from "./lease.ts";

/** What checkpoints are taken of. */
export interface CheckpointingDeps extends CheckpointSource {
  readonly checkpoint: Checkpoint;
  readonly group: string;
  readonly clock: Clock;
  readonly leases: ReadonlyMap<number, Lease>;
  /** The devices of the partitions that are ours. */
  readonly ids: () => readonly Serial[];
}

/** From the end of one checkpoint to the beginning of the next (ours): bounds what a rebuild must read. */
const every: Duration = Minutes(10);

/** One step of a checkpoint per call, when one is due. */
export function createCheckpointing(deps: CheckpointingDeps): { tick(): Promise<void> } {
  const { checkpoint, group, clock, leases } = deps;
  let dueAt = clock.monotonic() + every;
  let saving: Saving | undefined;
  return {
    tick: async () => {
      if (clock.monotonic() < dueAt) return;
      const partitions = [...leases.keys()];
      saving ??= await checkpoint.save(deps, { group, partitions, ids: deps.ids() });
      if ((await saving.step()) === "more") return;
      saving = undefined;
      dueAt = clock.monotonic() + every;
    },
  };
}
