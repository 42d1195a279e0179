/** Follows the change streams of a state as any reader may, and holds each change against those before it. */
import { origin } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { parseChange } from "#twins/changes.ts";
import type { Change } from "#twins/document.ts";

import type { State } from "./state.ts";

/** Changes of one reading. */
const atOnce = 2_000;

/** A reader of all changes since the state was made. */
export class ChangeWatcher {
  readonly #state: State;
  /** Id of the last change read, by stream. */
  readonly #positions: Map<string, string>;
  readonly #revisions = new Map<string, number>();
  /** Time of each leaf, by `id part/path`. */
  readonly #times = new Map<string, number>();
  /** Times of a leaf that were told to the system and not yet to us. */
  readonly #expected = new Map<string, number[]>();
  readonly #wrong: string[] = [];
  readonly #delays: number[] = [];
  #changes = 0;
  #isClosed = false;
  #ended: Promise<void> = Promise.resolve();

  private constructor(state: State) {
    this.#state = state;
    const { keys } = state;
    const streams = Array.from({ length: keys.partitions }, (_, q) => keys.changes(q));
    this.#positions = new Map(streams.map((key) => [key, origin]));
  }

  static open(state: State): ChangeWatcher {
    const watcher = new ChangeWatcher(state);
    watcher.#ended = watcher.#follow();
    return watcher;
  }

  /** Leaves that went back, and revisions that were missed. */
  get wrong(): readonly string[] {
    return this.#wrong;
  }

  get changes(): number {
    return this.#changes;
  }

  /** Milliseconds from the time of an expected leaf until its twin had it; in order of reading. */
  get delays(): readonly number[] {
    return this.#delays;
  }

  /** How many expected leaves have not been seen. */
  get outstanding(): number {
    return [...this.#expected.values()].reduce((sum, times) => sum + times.length, 0);
  }

  /** A leaf, `id part/path`, was told to the system with the time `t`, which is now. */
  expect(leaf: string, t: number): void {
    this.#expected.set(leaf, [...(this.#expected.get(leaf) ?? []), t]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ended;
  }

  async #follow(): Promise<void> {
    try {
      while (!this.#isClosed) await this.#read();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#wrong.push(`the watcher saw no more: ${error.message}`);
    }
  }

  async #read(): Promise<void> {
    const { streams } = this.#state;
    const batches = await streams.read(this.#positions, { limit: atOnce, blockMs: 200 });
    for (const { key, entries } of batches) {
      for (const { id, fields } of entries) {
        this.#positions.set(key, id);
        const change = parseChange(fields);
        if (change !== undefined) this.#judge(change);
      }
    }
  }

  #judge({ id, rev, at, changed }: Change): void {
    const before = this.#revisions.get(id) ?? 0;
    if (rev !== before + 1) this.#wrong.push(`${id} goes from revision ${before} to ${rev}`);
    this.#revisions.set(id, rev);
    this.#changes += 1;
    for (const { path, t } of changed) {
      const leaf = `${id} ${path}`;
      if (t < (this.#times.get(leaf) ?? 0)) this.#wrong.push(`${leaf} goes back`);
      this.#times.set(leaf, t);
      this.#notice(leaf, { t, at });
    }
  }

  #notice(leaf: string, { t, at }: { t: number; at: number }): void {
    const expected = this.#expected.get(leaf);
    if (expected === undefined) return;
    this.#delays.push(...expected.filter((told) => told <= t).map((told) => at - told));
    this.#expected.set(
      leaf,
      expected.filter((told) => told > t),
    );
  }
}
