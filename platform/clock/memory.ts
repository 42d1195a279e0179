/**
 * A clock that stands still until it is told to move: the time of tests and worlds.
 *
 * Timers run in the order of their instants, then of their creation; every promise that can go on
 * without time passing has gone on before the next timer runs. Nothing here waits for the host.
 */
import { drainMicrotasks } from "bun:jsc";

import { assert } from "#platform/assert.ts";
import { type Duration, Instant } from "#wire/units.ts";

import { Agenda } from "./agenda.ts";
import type { Clock, Timer } from "./port.ts";

/** How far to move: by a length of time, or to an instant that is not past. */
export type Move = { readonly by: Duration } | { readonly to: Instant };

/** A clock moved by hand. */
export interface VirtualClock extends Clock {
  /**
   * Moves on, running what falls due on the way; resolves when nothing is left to do without more
   * time. Throws Bug when more than `most` timers run (default ten million), naming the last one:
   * something never rests.
   */
  advance(move: Move, options?: { most?: number }): Promise<void>;
  /** The instant of the next timer, or null when nobody waits. */
  next(): Instant | null;
  /** Names of the timers that wait, soonest first. */
  waiting(): readonly string[];
}

const timersMax = 10_000_000;

/** A virtual clock that shows `start`. */
export function createVirtualClock(options: { start: Instant }): VirtualClock {
  return new Virtual(options.start);
}

class Virtual implements VirtualClock {
  readonly #start: number;
  #now: number;
  readonly #agenda = new Agenda();

  constructor(start: Instant) {
    this.#start = start;
    this.#now = start;
  }

  now(): Instant {
    return Instant(Math.floor(this.#now));
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  after(delay: Duration, name: string, run: () => void): Timer {
    const due = this.#agenda.add(this.#now + delay, name, run);
    return { cancel: () => this.#agenda.cancel(due) };
  }

  every(period: Duration, name: string, run: () => void): Timer {
    assert(period > 0, `the period of ${name} is not zero`);
    let timer: Timer;
    const again = (): void => {
      timer = this.after(period, name, again);
      run();
    };
    timer = this.after(period, name, again);
    return { cancel: () => timer.cancel() };
  }

  soon(run: () => void): void {
    queueMicrotask(run);
  }

  sleep(delay: Duration): Promise<void> {
    return new Promise((resolve) => this.after(delay, "sleep", resolve));
  }

  async advance(move: Move, options: { most?: number } = {}): Promise<void> {
    const until = "to" in move ? move.to : this.#now + move.by;
    assert(until >= this.#now, "time does not go back");
    const most = options.most ?? timersMax;
    drainMicrotasks();
    for (let ran = 0; this.#isDue(until); ran += 1) {
      const due = this.#agenda.take();
      assert(due !== undefined, "what is due is there");
      assert(ran < most, `the world comes to rest, but ${due.name} keeps it going`);
      this.#now = due.at;
      due.run();
      drainMicrotasks();
    }
    this.#now = until;
  }

  next(): Instant | null {
    const due = this.#agenda.soonest();
    return due === undefined ? null : Instant(Math.ceil(due.at));
  }

  waiting(): readonly string[] {
    return this.#agenda.names();
  }

  #isDue(until: number): boolean {
    const due = this.#agenda.soonest();
    return due !== undefined && due.at <= until;
  }
}
