/**
 * Commits what doors admit: one commit in flight per partition, everything that comes meanwhile in the next.
 *
 * A job is folded against marks that are only guessed (`mark-cache.ts`). When a commit finds a guess wrong, or the store
 * is away, the job is folded again: its number in the mark makes that harmless. Urgent jobs go first.
 *
 * @source DESIGN §5 atomic commit; clinical §4.4
 */
import type { Cells, Check, Outcome, Unit, Write } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { isRepeatable, isTrouble, type Trouble } from "#platform/trouble.ts";
import type { Keys } from "#twins/keys.ts";
import type { Mark } from "#twins/mark.ts";
import { Millis } from "#wire/units.ts";

import { type Counter, type MarkCache, replaceMark, type Slot } from "./mark-cache.ts";
import { Queue } from "./queue.ts";

/** What one fold wants written. */
export interface Writing {
  /** The marks as they are to be, in the order of the job's counters; empty when they stay. */
  readonly marks: readonly Mark[];
  readonly writes: readonly Write[];
  /** Checks besides those of the marks. */
  readonly checks: readonly Check[];
}

/** Something to be written once, whatever it takes. */
export interface Job {
  readonly partition: number;
  readonly urgent: boolean;
  /** About how much text it writes. */
  readonly bytes: number;
  /** Counters that {@link fold} needs, in the order in which it gets them. */
  readonly counters: readonly Counter[];
  /** Set when a try may have been committed without a word. */
  tried: boolean;
  /** What is to be written, given the slots; undefined when nothing is. Called again after each failed try. */
  fold(slots: readonly Slot[]): Writing | undefined;
  /** One of its own checks found this. */
  collided(found: string | null): void;
  /** It is durable, or there was nothing to write. */
  settle(): void;
  /** It can never be written: the store refuses it for what it is. */
  fail(): void;
}

/**
 * Most units and about most text of one commit. A quarter of what the store takes costs no more per message, and an
 * emergency that comes while sixteen lanes are busy waits for 30 ms of their work instead of 120.
 */
const unitsMost = 128;
const bytesMost = 1_048_576;
/** Waits between tries while the store is away, ms. */
const patience = { first: 50, last: 2_000 } as const;

/** What a committer stands on. */
export interface CommitterDeps {
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly cache: MarkCache;
  /** Told the size of each commit, and how long it took in ms. */
  readonly observe: (units: number, took: number) => void;
}

/** One lane per partition. */
export class Committer {
  readonly #lanes: Lane[];
  readonly #state = { closed: false };

  constructor(deps: CommitterDeps) {
    this.#lanes = Array.from({ length: deps.keys.partitions }, (_, p) => {
      return new Lane(p, deps, this.#state);
    });
  }

  submit(job: Job): void {
    this.#lanes[job.partition]?.submit(job);
  }

  /** Why the store could not be written to lately, if it could not. */
  get trouble(): Trouble | undefined {
    return this.#lanes.find((lane) => lane.trouble !== undefined)?.trouble;
  }

  /** Waits for the commits in flight; what still waits is left to its box. */
  async close(): Promise<void> {
    this.#state.closed = true;
    await Promise.all(this.#lanes.map((lane) => lane.stopped()));
  }
}

/** A job as it was folded, with the place of its own checks among those of its unit. */
interface Folded {
  readonly job: Job;
  readonly slots: readonly Slot[];
  readonly marks: readonly Mark[];
  readonly ownChecksFrom: number;
}

class Lane {
  readonly #marksKey: string;
  readonly #deps: CommitterDeps;
  readonly #state: { readonly closed: boolean };
  readonly #urgent = new Queue<Job>();
  readonly #routine = new Queue<Job>();
  #wait: number = patience.first;
  /** How many jobs are still to be committed one by one, to find the one that the store refuses. */
  #alone = 0;
  trouble: Trouble | undefined;
  /** Jobs whose marks could not be read. */
  readonly #ignorant: Job[] = [];
  #running: Promise<void> | undefined;

  constructor(partition: number, deps: CommitterDeps, state: { readonly closed: boolean }) {
    this.#marksKey = deps.keys.marks(partition);
    this.#deps = deps;
    this.#state = state;
  }

  submit(job: Job): void {
    (job.urgent ? this.#urgent : this.#routine).push(job);
    this.#running ??= this.#run();
  }

  async stopped(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whatever arrives in the same turn, such as all packets of one read, shares the first commit.
    await Promise.resolve();
    while (!this.#state.closed) {
      const batch: Folded[] = [];
      const units = this.#gather(batch);
      if (units.length === 0) break;
      const outcomes = await this.#commit(units, batch);
      for (const [at, outcome] of outcomes.entries()) {
        const folded = batch[at];
        if (folded !== undefined) this.#conclude(folded, outcome);
      }
    }
    this.#running = undefined;
  }

  /** Folds what waits into units; jobs whose marks are not known yet step aside to have them read. */
  #gather(batch: Folded[]): Unit[] {
    const units: Unit[] = [];
    const most = this.#alone > 0 ? 1 : unitsMost;
    let bytes = 0;
    while (units.length < most && bytes < bytesMost) {
      const job = this.#urgent.take() ?? this.#routine.take();
      if (job === undefined) break;
      const slots = this.#slotsOf(job);
      if (slots === undefined) {
        void this.#learn(job);
        continue;
      }
      const writing = job.fold(slots);
      if (writing === undefined) {
        job.settle();
        continue;
      }
      const { unit, ownChecksFrom } = this.#unitOf(slots, writing);
      units.push(unit);
      batch.push({ job, slots, marks: writing.marks, ownChecksFrom });
      bytes += job.bytes;
    }
    return units;
  }

  #unitOf(slots: readonly Slot[], writing: Writing): { unit: Unit; ownChecksFrom: number } {
    const checks: Check[] = [];
    const writes: Write[] = [];
    const into = { key: this.#marksKey, checks, writes };
    for (const [at, mark] of writing.marks.entries()) {
      const slot = slots[at];
      if (slot !== undefined) replaceMark(slot, mark, into);
    }
    const ownChecksFrom = checks.length;
    checks.push(...writing.checks);
    writes.push(...writing.writes);
    return { unit: { checks, writes }, ownChecksFrom };
  }

  #slotsOf(job: Job): Slot[] | undefined {
    const slots: Slot[] = [];
    for (const counter of job.counters) {
      const slot = this.#deps.cache.peek(counter.field);
      if (slot === undefined) return undefined;
      slots.push(slot);
    }
    return slots;
  }

  async #learn(job: Job): Promise<void> {
    if (this.#ignorant.length > 0) return void this.#ignorant.push(job);
    try {
      await this.#load(job);
      this.submit(job);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#complain(error);
      if (this.#ignorant.push(job) === 1) void this.#learnLater(job);
    }
  }

  /** While the marks cannot be read one job asks for all, however many wait and however long. */
  async #learnLater(first: Job): Promise<void> {
    for (let wait: number = patience.first; ; wait = longer(wait)) {
      await this.#pause(wait);
      if (this.#state.closed) return;
      try {
        await this.#load(first);
        break;
      } catch (error) {
        if (!isTrouble(error)) throw error;
      }
    }
    for (const job of this.#ignorant.splice(0)) this.submit(job);
  }

  async #load(job: Job): Promise<void> {
    await Promise.all(job.counters.map((counter) => this.#deps.cache.load(counter)));
  }

  /** The outcomes, or none when the whole commit failed; its jobs then wait again. */
  async #commit(units: readonly Unit[], batch: readonly Folded[]): Promise<readonly Outcome[]> {
    const { cells, clock, observe } = this.#deps;
    const start = clock.monotonic();
    try {
      const outcomes = await cells.commit(units);
      observe(units.length, clock.monotonic() - start);
      this.#recover();
      return outcomes;
    } catch (error) {
      if (!isTrouble(error)) throw error;
      await this.#retry(batch, error);
      return [];
    }
  }

  async #retry(batch: readonly Folded[], trouble: Trouble): Promise<void> {
    this.#complain(trouble);
    for (const { job } of batch) {
      this.#forget(job);
      job.tried ||= trouble.retry === "ambiguous";
    }
    const [only] = batch;
    if (!isRepeatable(trouble) && batch.length === 1) {
      this.#alone--;
      return only?.job.fail();
    }
    if (!isRepeatable(trouble)) this.#alone = batch.length;
    this.#putBack(batch.map(({ job }) => job));
    await this.#pause(this.#wait);
    this.#wait = longer(this.#wait);
  }

  #conclude({ job, slots, marks, ownChecksFrom }: Folded, outcome: Outcome): void {
    if (outcome.kind === "committed") {
      for (const [at, slot] of slots.entries()) slot.durable = marks[at] ?? slot.durable;
      return job.settle();
    }
    this.#forget(job);
    if (outcome.check >= ownChecksFrom) job.collided(outcome.found);
    this.submit(job);
  }

  #forget(job: Job): void {
    for (const { field } of job.counters) this.#deps.cache.forget(field);
  }

  #putBack(jobs: readonly Job[]): void {
    this.#urgent.putBack(jobs.filter((job) => job.urgent));
    this.#routine.putBack(jobs.filter((job) => !job.urgent));
  }

  #complain(trouble: Trouble): void {
    if (this.trouble === undefined) {
      this.#deps.log.warn("the store cannot be written to; messages wait", { code: trouble.code });
    }
    this.trouble = trouble;
  }

  /** Not quite as long as asked, so that the lanes of many doors do not come back in one instant. */
  #pause(wait: number): Promise<void> {
    const { clock, random } = this.#deps;
    return clock.sleep(Millis(wait * (1 - random.next() / 2)));
  }

  #recover(): void {
    if (this.trouble !== undefined) this.#deps.log.info("the store can be written to again");
    this.trouble = undefined;
    this.#wait = patience.first;
    if (this.#alone > 0) this.#alone--;
  }
}

function longer(wait: number): number {
  return Math.min(wait * 2, patience.last);
}
