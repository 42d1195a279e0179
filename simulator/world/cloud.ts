/**
 * The cloud of the world: real doors and real twins processors, each in a process of its own that can be killed, closed or
 * stopped.
 */
import type { Door } from "#pipeline/doors/door.ts";
import type { Runner } from "#pipeline/processors/runner.ts";
import { openTwinsProcessor } from "#pipeline/processors/twins.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import type { Random } from "#platform/random/port.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import type { Sql } from "#platform/sql/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";

import { Doors } from "./doors.ts";
import type { Plan } from "./draw.ts";
import { Mortal } from "./mortal.ts";
import type { Faces, Store } from "./store.ts";

/** Bugs put in on purpose, to see that they are found. */
export interface Planted {
  readonly door?: (door: Door) => Door;
  /** What the door, or a processor, sees of the store. */
  readonly doorStore?: (store: Faces) => Faces;
  readonly processorStore?: (store: Faces) => Faces;
}

/** What a cloud stands on. */
export interface CloudSurroundings {
  readonly plan: Plan;
  readonly keys: Keys;
  readonly registry: Registry;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly planted: Planted;
  /** Told what no process may throw. */
  readonly failed: (error: unknown) => void;
}

/** A processor with the process that it runs in. */
interface Running {
  readonly process: Mortal;
  readonly part: Runner;
}

/** See the file. */
export class Cloud {
  readonly doors: Doors;
  readonly #around: CloudSurroundings;
  readonly #processors: (Running | undefined)[] = [];
  /** Outlives its processes, as a file does. */
  readonly #checkpoints: Sql[] = [];

  constructor(around: CloudSurroundings) {
    this.#around = around;
    this.doors = new Doors(around);
    for (let k = 0; k < around.plan.processors; k += 1) this.openProcessor(k);
  }

  /** Processor `k` begins to work, unless it does; one that was stopped goes on. */
  openProcessor(k: number): void {
    const held = this.#processors[k];
    if (held !== undefined) return held.process.resume();
    const { planted, store, plan, clock } = this.#around;
    const process = new Mortal(clock);
    const faces = store.connect(process);
    const part = openTwinsProcessor({
      ...this.#around,
      ...(planted.processorStore?.(faces) ?? faces),
      owner: `processor-${k}`,
      clock: process.clock,
      checkpoint: (this.#checkpoints[k] ??= openMemorySql()),
      tail: plan.tail,
    });
    this.#processors[k] = { process, part };
    this.#watch(this.#work({ process, part }));
  }

  endProcessor(k: number, how: "killed" | "closed" | "stopped"): void {
    const processor = this.#processors[k];
    if (processor === undefined) return;
    const { process, part } = processor;
    if (how === "stopped") return process.stop();
    this.#processors[k] = undefined;
    if (how === "killed") process.kill();
    else this.#watch(part.close().then(() => process.kill()));
  }

  /** What processor `k` has saved. */
  checkpointOf(k: number): Sql | undefined {
    return this.#checkpoints[k];
  }

  /** Round after round, with a rest in between. */
  async #work({ process, part }: Running): Promise<void> {
    while (process.lives) {
      try {
        await part.step();
      } catch (error) {
        if (!isTrouble(error)) throw error;
      }
      await process.clock.sleep(this.#around.plan.round);
    }
  }

  #watch(work: Promise<void>): void {
    work.catch(this.#around.failed);
  }
}
