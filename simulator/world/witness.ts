/**
 * The witness: it stands at the store itself and notes every entry in the instant in which it becomes durable.
 *
 * Checkers hold what the system says of itself against what the witness has seen; trimming takes nothing from it.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Outcome, Unit } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { parseChange } from "#twins/changes.ts";
import type { Change } from "#twins/document.ts";
import type { Keys } from "#twins/keys.ts";
import { parseEntry, type StreamEntry } from "#wire/entry.ts";
import type { Instant } from "#wire/units.ts";

/** An entry that became durable. */
export interface Sighting {
  readonly entry: StreamEntry;
  readonly at: Instant;
  /** It went to the critical stream. */
  readonly isCritical: boolean;
}

/** Everything seen so far, oldest first. */
export class Witness {
  readonly entries: Sighting[] = [];
  readonly changes: Change[] = [];
  /** Readings, and whole messages, put aside. */
  readonly aside: Readonly<Record<string, string>>[] = [];
  /** The store, with the witness at it. */
  readonly cells: Cells;
  readonly #clock: Clock;
  readonly #notes = new Map<string, (fields: Readonly<Record<string, string>>) => void>();

  constructor(cells: Cells, { clock, keys }: { clock: Clock; keys: Keys }) {
    this.#clock = clock;
    this.cells = { ...cells, commit: (units) => this.#watch(cells, units) };
    for (let p = 0; p < keys.partitions; p += 1) {
      this.#notes.set(keys.critical(p), (fields) => this.#noteEntry(fields, true));
      this.#notes.set(keys.inbound(p), (fields) => this.#noteEntry(fields, false));
      this.#notes.set(keys.changes(p), (fields) => this.#noteChange(fields));
      this.#notes.set(keys.quarantine(p), (fields) => void this.aside.push(fields));
    }
  }

  async #watch(cells: Cells, units: readonly Unit[]): Promise<Outcome[]> {
    const outcomes = await cells.commit(units);
    for (const [index, unit] of units.entries()) {
      if (outcomes[index]?.kind !== "committed") continue;
      for (const write of unit.writes) {
        if (write.op === "XADD") this.#notes.get(write.key)?.(write.fields);
      }
    }
    return outcomes;
  }

  #noteEntry(fields: Readonly<Record<string, string>>, isCritical: boolean): void {
    const entry = parseEntry(fields);
    assert(entry !== undefined, "a door writes entries and nothing else");
    this.entries.push({ entry, at: this.#clock.now(), isCritical });
  }

  #noteChange(fields: Readonly<Record<string, string>>): void {
    const change = parseChange(fields);
    assert(change !== undefined, "a change stream holds changes and nothing else");
    this.changes.push(change);
  }
}
