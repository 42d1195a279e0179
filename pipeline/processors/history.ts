/**
 * The history processor: follows the change streams of the partitions it holds, and records what becomes of each twin.
 *
 * How far it has come stands beside the records, in one transaction with them (twins/history/recorder.ts): no group, no
 * acknowledgement, nothing twice. What was trimmed away before it was read is a gap, and every twin of the partition is
 * then recorded as it stands. Streams are cut behind what is recorded; where nobody records, they are cut at a bound.
 */
import { assert } from "#platform/assert.ts";
import { type Batch, type Entry, origin } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { parseChange } from "#twins/changes.ts";
import { readTwins } from "#twins/fleet-reader.ts";
import type { HistoryBook } from "#twins/history/book.ts";
import type { Look, PlacedChange } from "#twins/history/drafting.ts";
import { createFraming, dropOldFrames, type Framing } from "#twins/history/frames.ts";
import {
  createRecorder,
  type Gap,
  type Reading,
  type Recorded,
  type Recorder,
} from "#twins/history/recorder.ts";
import { letGo } from "#twins/history/retention.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import { Instant, Millis, Seconds } from "#wire/units.ts";

import { createTrail, cutBefore, isWhole, type Trail } from "./history-stream.ts";
import { Holdings } from "./holdings.ts";
import type { Lease } from "./lease.ts";
import type { Runner, RunnerDeps } from "./runner.ts";

/** What the history processor needs. */
export interface HistoryProcessorDeps extends Omit<RunnerDeps, "tail"> {
  /** Stays the caller's to close. */
  readonly book: HistoryBook;
}

/** Names its leases. */
export const historyGroup = "history";

/** The history processor, at rest until it is stepped, drained or run. */
export function openHistoryProcessor(deps: HistoryProcessorDeps): Runner {
  return new HistoryRunner(deps);
}

/** Most changes of one round, all partitions together: some 25 ms, during which nothing else of the process goes on. */
const roundMax = 1024;
/** Between rounds that found little: each ends with a sync of the disk. */
const pace = Millis(100);
/** Twins looked at in one go. */
const handful = 512;
const roundWaitMs = 500;
const leaseTerm = Seconds(15);
const retryAfter = Millis(250);
/** Records looked at by retention at once, of each class: 50 ms when all of them go, and as many a second as are made. */
const letGoMost = 500;
const letGoEvery = Seconds(1);

/** A partition whose changes are followed. */
interface Followed {
  readonly lease: Lease;
  readonly key: string;
  readonly trail: Trail;
  /** Up to where its changes are recorded; null when none ever was. */
  place: string | null;
  /** Whether changes after the place may be gone. */
  isDoubtful: boolean;
  /** All that happened until then is recorded. */
  complete: Instant;
}

class HistoryRunner implements Runner {
  readonly #deps: HistoryProcessorDeps;
  readonly #recorder: Recorder;
  readonly #twins: TwinStore;
  readonly #holdings: Holdings<Followed>;
  readonly #framing: Framing;
  readonly #count: (what: "records" | "gaps" | "trimmed", by: number) => void;
  #letGoAt = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(deps: HistoryProcessorDeps) {
    const { book, keys, metrics } = deps;
    this.#deps = deps;
    this.#recorder = createRecorder(book);
    this.#twins = createTwinStore(deps);
    this.#framing = createFraming({ ...deps, recorder: this.#recorder });
    this.#holdings = new Holdings<Followed>({
      ...deps,
      group: historyGroup,
      term: leaseTerm,
      take: async (lease) => {
        this.#recorder.forget();
        const place = book.positions().get(lease.partition) ?? null;
        const key = keys.changes(lease.partition);
        return { lease, key, place, trail: createTrail(), isDoubtful: true, complete: Instant(0) };
      },
      drop: () => this.#recorder.forget(),
    });
    const counters = {
      records: metrics.counter("vigie_history_records_total", "Records of changes of twins"),
      gaps: metrics.counter("vigie_history_gaps_total", "Times that changes were lost to history"),
      trimmed: metrics.counter("vigie_history_trimmed_total", "Records that were kept long enough"),
    };
    this.#count = (what, by) => counters[what].add(by);
  }

  async step(options: { readonly blockMs: number } = { blockMs: 0 }): Promise<number> {
    await this.#holdings.keep();
    for (const held of this.#holdings.all) if (held.isDoubtful) await this.#settleDoubt(held);
    const asked = this.#deps.clock.now();
    const batches = await this.#read(options.blockMs);
    const read = batches.reduce((sum, { entries }) => sum + entries.length, 0);
    if (read > 0) await this.#record(batches);
    this.#markComplete(batches, asked);
    this.#frame();
    this.#letGo();
    return read;
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
        const read = await this.step({ blockMs: roundWaitMs });
        troubled = false;
        if (this.#holdings.all.length === 0) await clock.sleep(retryAfter);
        else if (read < roundMax / 2) await clock.sleep(pace);
      } catch (error) {
        if (!isTrouble(error)) throw error;
        if (!troubled) log.warn("waiting", { group: historyGroup, code: error.code });
        troubled = true;
        for (const held of this.#holdings.all) held.isDoubtful = true;
        await clock.sleep(retryAfter);
      }
    }
  }

  /** Once a second, in the process that holds the first partition: some of what has been kept long enough goes. */
  #letGo(): void {
    const { clock, book } = this.#deps;
    const isOurs = this.#holdings.all.some(({ lease }) => lease.partition === 0);
    if (!isOurs || clock.monotonic() < this.#letGoAt) return;
    this.#letGoAt = clock.monotonic() + letGoEvery;
    this.#count("trimmed", letGo(book, clock.now(), letGoMost));
    dropOldFrames(book, clock.now());
  }

  /** What was asked for and did not come had not happened. */
  #markComplete(batches: readonly Batch[], asked: Instant): void {
    const full = limitOf(this.#holdings.all.length);
    const behind = new Set(
      batches.flatMap(({ key, entries }) => (entries.length >= full ? key : [])),
    );
    for (const held of this.#holdings.all) if (!behind.has(held.key)) held.complete = asked;
  }

  #frame(): void {
    const all = this.#holdings.all;
    if (all.length === 0) return;
    const complete = Math.min(...all.map((held) => held.complete));
    this.#framing.step(
      all.map(({ lease }) => lease.partition),
      Instant(complete),
    );
  }

  /** Looks whether anything was lost since the place; then every twin of the partition is recorded as it stands. */
  async #settleDoubt(held: Followed): Promise<void> {
    const { streams } = this.#deps;
    if (!(await isWhole(streams, held.key, held.place))) await this.#survey(held);
    held.isDoubtful = false;
  }

  async #survey(held: Followed): Promise<void> {
    const { cells, streams, keys, clock, log } = this.#deps;
    const { key, place: from } = held;
    const { partition } = held.lease;
    const to = await streams.last(key);
    const ids = (await cells.keys(keys.twinPrefix(partition))).flatMap(
      (name) => parseSerial(name.slice(keys.twinPrefix(partition).length)) ?? [],
    );
    const gap = from === null ? undefined : gapOf(from, clock.now(), ids.length);
    for (let done = 0; done <= ids.length; done += handful) {
      const looks = await this.#look(held, ids.slice(done, done + handful));
      const isLast = done + handful > ids.length;
      const step = { partition, from, to: isLast ? to : from };
      const outcome = this.#recorder.survey(step, looks, gap);
      if (outcome.kind === "fenced") return this.#holdings.lose(held);
      this.#recorded(outcome);
    }
    held.place = to;
    if (gap === undefined) return;
    this.#count("gaps", 1);
    log.error("changes were lost to history", { partition, twins: ids.length });
  }

  async #look(held: Followed, ids: readonly Serial[]): Promise<Map<Serial, Look | null>> {
    const { streams, log } = this.#deps;
    const found = await readTwins({ twins: this.#twins, log }, ids);
    const seenTo = await streams.last(held.key);
    const looks = new Map<Serial, Look | null>(ids.map((id) => [id, null]));
    for (const twin of found) looks.set(twin.id, { twin, seenTo });
    return looks;
  }

  async #read(blockMs: number): Promise<Batch[]> {
    const all = this.#holdings.all;
    if (all.length === 0) return [];
    const places = new Map(all.map(({ key, place }) => [key, place ?? origin]));
    const limit = limitOf(all.length);
    return this.#deps.streams.read(places, { limit, blockMs });
  }

  async #record(batches: readonly Batch[]): Promise<void> {
    const readings = new Map<Followed, Reading>();
    for (const { key, entries } of batches) {
      const held = this.#holdings.all.find((each) => each.key === key);
      const last = entries.at(-1);
      if (held === undefined || last === undefined) continue;
      // Only whoever is behind can be overtaken by the cutting; asked after the reading, so that what was read is whole.
      const isBehind = entries.length >= limitOf(this.#holdings.all.length);
      held.isDoubtful = isBehind && !(await isWhole(this.#deps.streams, key, held.place));
      if (held.isDoubtful) continue;
      const step = { partition: held.lease.partition, from: held.place, to: last.id };
      readings.set(held, { ...step, changes: entries.flatMap(changeIn) });
    }
    const outcome = await this.#write(readings);
    if (outcome === "fenced") return;
    for (const [held, { to, changes }] of readings) await this.#goOn(held, to, changes.length);
  }

  /** Records readings; twins that cannot be told from their changes are looked at on the way. */
  async #write(readings: ReadonlyMap<Followed, Reading>): Promise<"recorded" | "fenced"> {
    const looks = new Map<Serial, Look | null>();
    for (;;) {
      const outcome = this.#recorder.record([...readings.values()], looks);
      this.#recorded(outcome);
      if (outcome.kind === "fenced") this.#loseAll(readings.keys());
      if (outcome.kind !== "unseen") return outcome.kind;
      assert(!outcome.serials.some((id) => looks.has(id)), "a twin that was looked at is seen");
      for (const held of readings.keys()) {
        const { partition } = held.lease;
        const ids = outcome.serials.filter((id) => this.#deps.keys.of(id) === partition);
        for (const [id, look] of await this.#look(held, ids)) looks.set(id, look);
      }
    }
  }

  #recorded(outcome: Recorded): void {
    if (outcome.kind === "recorded") this.#count("records", outcome.records);
  }

  /** Those of which the place is not where we left it. */
  #loseAll(some: Iterable<Followed>): void {
    const places = this.#deps.book.positions();
    for (const held of some) {
      if ((places.get(held.lease.partition) ?? null) !== held.place) this.#holdings.lose(held);
    }
  }

  async #goOn(held: Followed, to: string | null, changes: number): Promise<void> {
    held.place = to;
    if (to !== null) held.trail.add(changes, to);
    const oldest = held.trail.cut();
    if (oldest !== undefined) await cutBefore(this.#deps.streams, held.key, oldest);
  }
}

function limitOf(partitions: number): number {
  return Math.max(1, Math.floor(roundMax / partitions));
}

function changeIn({ id: entryId, fields }: Entry): PlacedChange[] {
  const change = parseChange(fields);
  return change === undefined ? [] : [{ entryId, change }];
}

/** Everything was recorded up to the instant that a stream's id tells. */
function gapOf(place: string, until: Instant, twins: number): Gap {
  return { since: Instant(Number(place.slice(0, place.indexOf("-")))), until, twins };
}
