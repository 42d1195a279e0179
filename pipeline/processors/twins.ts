/**
 * The twins processor: folds entries into the twins of their devices, brings answers to their commands, and does what
 * the clock does: to presence, to wishes, to commands.
 *
 * A batch is folded per device in memory and committed behind a fence, a unit per twin; a twin that somebody else wrote
 * meanwhile is read and folded again, which is harmless because a fold is (`twins/twin.ts`). So a crash between commit
 * and acknowledgement costs a repetition without effect (F32), and a process that was replaced writes nothing (F34).
 */
import type { Sql } from "#platform/sql/port.ts";
import { openCheckpoint } from "#twins/checkpoint.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import type { RegisteredDevice, Registry } from "#twins/registry-port.ts";
import { createTwinStore } from "#twins/store.ts";
import type { PresenceRules } from "#wire/presence-rules.ts";

import { createCheckpointing } from "./checkpointing.ts";
import { createCommandAnswers } from "./command-answers.ts";
import { createCommandExpiry } from "./command-expiry.ts";
import { createDoorWatch } from "./door-watch.ts";
import { createDueList } from "./due-list.ts";
import { createFoldingMetrics } from "./folding-metrics.ts";
import type { Lease } from "./lease.ts";
import { createPresenceWatch } from "./presence-watch.ts";
import { createRunner, type Runner, type RunnerDeps } from "./runner.ts";
import { createTwinCache } from "./twin-cache.ts";
import { createTwinFolding } from "./twin-folding.ts";
import type { Worker } from "./worker.ts";

/** What the twins processor needs. */
export interface TwinsProcessorDeps extends RunnerDeps {
  readonly registry: Registry;
  /** A database of its own for the checkpoint, without which no stream may be trimmed; stays the caller's to close. */
  readonly checkpoint: Sql;
  /** When homes and devices are late and silent; those of the plan unless told. */
  readonly rules?: PresenceRules | undefined;
  /** Most twins held in memory; 100,000 unless told, some 3 KB each. */
  readonly cachedTwins?: number;
}

/** Its consumer group. */
export const twinsGroup = "twins";

/** The twins processor, at rest until it is stepped, drained or run. */
export function openTwinsProcessor(deps: TwinsProcessorDeps): Runner {
  const store = createTwinStore(deps);
  const cache = createTwinCache(store, deps.cachedTwins ?? 100_000);
  const due = createDueList(deps.rules);
  const leases = new Map<number, Lease>();
  const commands = createCommandStore(deps);
  const shared = { ...deps, store, cache, due, leases, commands };
  const folding = createTwinFolding({ ...shared, ...createFoldingMetrics(deps) });
  const presence = createPresenceWatch(shared);
  const answers = createCommandAnswers(shared);
  const expiry = createCommandExpiry(shared);
  const doors = createDoorWatch(shared);
  const checkpointing = createCheckpointing({
    ...shared,
    group: twinsGroup,
    checkpoint: openCheckpoint(deps.checkpoint),
    ids: () => devicesOf(deps, (p) => leases.has(p)).map(({ serial }) => serial),
  });
  const worker: Worker = {
    group: twinsGroup,
    take: async (lease) => {
      leases.set(lease.partition, lease);
      // What the clock has brought while nobody looked is found in the next rounds.
      for (const { serial } of devicesOf(deps, (p) => p === lease.partition)) due.ask(serial);
    },
    drop: (lease) => leases.delete(lease.partition),
    settle: async (batch) => {
      const folded = await folding.settle(batch);
      return folded === "fenced" ? folded : answers.settle(batch);
    },
    tick: async () => {
      await presence.tick();
      await expiry.tick();
      await doors.tick();
      await checkpointing.tick();
    },
  };
  const runner = createRunner(deps, worker);
  const unwatch = deps.registry.watch(({ device }) => due.ask(device.serial));
  return {
    step: (options) => runner.step(options),
    drain: () => runner.drain(),
    run: () => runner.run(),
    close: async () => {
      unwatch();
      await runner.close();
    },
  };
}

/** The devices whose entries come through the partitions wanted. */
function devicesOf(
  { registry, keys }: Pick<TwinsProcessorDeps, "registry" | "keys">,
  isWanted: (partition: number) => boolean,
): RegisteredDevice[] {
  return [...registry.all()].filter(({ serial, box }) => isWanted(keys.of(box ?? serial)));
}
