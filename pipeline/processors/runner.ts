/**
 * Feeds a worker with the streams of the partitions it holds: one consumer group, critical entries always first.
 *
 * A partition is worked at by one runner of a group at a time, so the order of a home is kept while partitions go on
 * side by side (BK-18). Everything happens in `step`: what it reads is bounded, so that a critical entry never waits
 * behind a backlog of routine ones for longer than one step (BK-17). Between steps nothing is going on.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import { origin, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { savedPositions } from "#twins/checkpoint.ts";
import type { Keys } from "#twins/keys.ts";
import { cadence } from "#wire/cadence.ts";
import { type Duration, Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import { Holdings } from "./holdings.ts";
import { exportLag, type WatchedStream } from "./lag.ts";
import type { Lease } from "./lease.ts";
import { Line, type LineDeps, type Progress, type Tally } from "./line.ts";
import { trimTail } from "./tail.ts";
import type { Worker } from "./worker.ts";

/** What every runner needs. */
export interface RunnerDeps {
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names this process among those that share the work, the same after a restart; without spaces. */
  readonly owner: string;
  /** How long routine entries are kept once everybody has them; an hour unless told. */
  readonly tail?: Duration;
}

/** A runner; `step` and `drain` are for whoever owns the time, `run` for everybody else. */
export interface Runner {
  /** One round; answers how many entries came to an end. Waits up to `blockMs` for some. Throws Trouble. */
  step(options?: { readonly blockMs: number }): Promise<number>;
  /** Rounds until nothing is left that can be done now. Throws Trouble. */
  drain(): Promise<number>;
  /** Goes on until closed; while Redis is away it waits and tries again. */
  run(): void;
  /** Ends after the current round, and gives the partitions back. */
  close(): Promise<void>;
}

/** Most entries of one round, all partitions together: at 10,000/s less than half a second. */
const roundMax = 4096;
/** Longest that a round waits for an entry: the worker's clock must be looked at. */
const roundWaitMs = 500;
/** A lease that its holder does not renew is free after that. */
const leaseTerm = Seconds(15);
const trimEvery = Minutes(1);
const retryAfter = Millis(250);
/** Events are kept for 30 days, like the emergencies in them. */
const criticalTail = cadence.emergency.kept;

/** A partition being worked at. */
interface Hold {
  readonly lease: Lease;
  readonly critical: Line;
  readonly inbound: Line;
}

/** A runner for `worker`. */
export function createRunner(deps: RunnerDeps, worker: Worker): Runner {
  return new GroupRunner(deps, worker);
}

class GroupRunner implements Runner {
  readonly #deps: RunnerDeps;
  readonly #worker: Worker;
  readonly #lineDeps: LineDeps;
  readonly #holdings: Holdings<Hold>;
  #trimDueAt = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(deps: RunnerDeps, worker: Worker) {
    const { metrics, owner } = deps;
    const { group } = worker;
    this.#deps = deps;
    this.#worker = worker;
    this.#holdings = new Holdings<Hold>({
      ...{ ...deps, group, term: leaseTerm },
      take: (lease) => this.#take(lease),
      drop: ({ lease }) => worker.drop(lease),
    });
    const entries = metrics.counter("vigie_entries_total", "Entries by what became of them", [
      "group",
      "outcome",
    ]);
    const count = (outcome: Tally, by: number): void => entries.add(by, { group, outcome });
    this.#lineDeps = { ...deps, worker, consumer: { group, consumer: owner }, count };
    exportLag(deps, group, () => this.#watched());
  }

  async step(options: { readonly blockMs: number } = { blockMs: 0 }): Promise<number> {
    await this.#holdings.keep();
    let ended = await this.#each(({ critical }) => critical.resume());
    ended += await this.#each(({ inbound }) => inbound.resume());
    await this.#read(ended === 0 ? options.blockMs : 0);
    ended += await this.#each(({ critical }) => critical.settle());
    ended += await this.#each(({ inbound }) => inbound.settle());
    await this.#worker.tick();
    await this.#trim();
    return ended;
  }

  async drain(): Promise<number> {
    let all = 0;
    for (;;) {
      const some = await this.step();
      if (some === 0) return all;
      all += some;
    }
  }

  run(): void {
    this.#running ??= this.#runUntilClosed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#holdings.close();
  }

  async #runUntilClosed(): Promise<void> {
    const { clock, log } = this.#deps;
    let troubled = false;
    while (!this.#closed) {
      try {
        await this.step({ blockMs: roundWaitMs });
        if (troubled) log.info("going on", { group: this.#worker.group });
        troubled = false;
        if (this.#holdings.all.length === 0) await clock.sleep(retryAfter);
      } catch (error) {
        if (!isTrouble(error)) throw error;
        if (!troubled) log.warn("waiting", { group: this.#worker.group, code: error.code });
        troubled = true;
        await clock.sleep(retryAfter);
      }
    }
  }

  async #take(lease: Lease): Promise<Hold> {
    const { streams, keys } = this.#deps;
    const { partition } = lease;
    const [critical, inbound] = [keys.critical(partition), keys.inbound(partition)] as const;
    await streams.createGroup(critical, this.#worker.group, origin);
    await streams.createGroup(inbound, this.#worker.group, origin);
    await this.#worker.take(lease);
    return {
      lease,
      critical: new Line(this.#lineDeps, { key: critical, lease }),
      inbound: new Line(this.#lineDeps, { key: inbound, lease }),
    };
  }

  /** One read over all streams that are held: the critical ones first in the answer, and first in what follows. */
  async #read(blockMs: number): Promise<void> {
    const holds = this.#holdings.all;
    if (holds.length === 0) return;
    const lines = [...holds.map((hold) => hold.critical), ...holds.map((hold) => hold.inbound)];
    const byKey = new Map(lines.map((line) => [line.key, line]));
    const limit = Math.max(1, Math.floor(roundMax / holds.length));
    try {
      const { consumer } = this.#lineDeps;
      const batches = await this.#deps.streams.readGroup([...byKey.keys()], consumer, {
        limit,
        blockMs,
      });
      for (const { key, entries } of batches) byKey.get(key)?.receive(entries);
    } catch (error) {
      for (const line of lines) line.suspect();
      if (isTrouble(error, "group-missing")) this.#dropAll();
      throw error;
    }
  }

  /** The streams are not what they were: everything is taken anew. */
  #dropAll(): void {
    for (const hold of this.#holdings.all) this.#holdings.lose(hold);
  }

  /** Works at all partitions side by side; waits for all of them, then throws the first Trouble. */
  async #each(work: (hold: Hold) => Promise<Progress>): Promise<number> {
    const holds = this.#holdings.all;
    const outcomes = await Promise.allSettled(holds.map(work));
    let ended = 0;
    for (const [index, hold] of holds.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status !== "fulfilled") continue;
      if (outcome.value === "fenced") this.#holdings.lose(hold);
      else ended += outcome.value;
    }
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return ended;
  }

  async #trim(): Promise<void> {
    const { clock, cells, keys, tail = Hours(1) } = this.#deps;
    if (clock.monotonic() < this.#trimDueAt) return;
    this.#trimDueAt = clock.monotonic() + trimEvery;
    const saved = await savedPositions({ cells, keys });
    for (const { key, name } of this.#watched()) {
      const keep = name === "critical" ? criticalTail : tail;
      await trimTail(this.#deps, { key, keep, saved: saved.get(key) ?? null });
    }
  }

  #watched(): WatchedStream[] {
    return this.#holdings.all.flatMap(({ lease: { partition }, critical, inbound }) => [
      { key: critical.key, partition, name: "critical" },
      { key: inbound.key, partition, name: "in" },
    ]);
  }
}
