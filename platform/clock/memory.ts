/**
 * A clock that stands still until it is told to move: the time of tests and worlds.
 *
 * Timers run in the order of their instants, then of their creation; every promise that can go on without time passing
 * has gone on before the next timer runs. Nothing here waits for the host.
 */
import { drainMicrotasks } from "bun:jsc";

import { assert } from "#platform/assert.ts";
import { type Duration, Instant } from "#wire/units.ts";

import type { Clock, Timer } from "./port.ts";

/** How far to move: by a length of time, or to an instant that is not past. */
export type Move = { readonly by: Duration } | { readonly to: Instant };

/** A clock moved by hand. */
export interface VirtualClock extends Clock {
  /**
   * Moves on, running what falls due on the way; resolves when nothing is left to do without more time.
   * Throws Bug when more than `most` timers run (default ten million), naming the last one: something never rests.
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

interface Due {
  readonly at: number;
  readonly order: number;
  readonly name: string;
  /** Null once cancelled or run. */
  run: (() => void) | null;
}

class Virtual implements VirtualClock {
  readonly #start: number;
  #now: number;
  #order = 0;
  /** A binary heap: the soonest first, cancelled ones swept out when they surface. */
  readonly #heap: Due[] = [];

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
    return this.#wait(this.#now + delay, { name, run });
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

  sleep(delay: Duration): Promise<void> {
    return new Promise((resolve) => this.after(delay, "sleep", resolve));
  }

  async advance(move: Move, options: { most?: number } = {}): Promise<void> {
    const until = "to" in move ? move.to : this.#now + move.by;
    assert(until >= this.#now, "time does not go back");
    const most = options.most ?? timersMax;
    drainMicrotasks();
    for (let ran = 0, due = this.#soonest(); due !== null && due.at <= until; ran += 1) {
      assert(ran < most, `the world comes to rest, but ${due.name} keeps it going`);
      this.#fire(due);
      due = this.#soonest();
    }
    this.#now = until;
  }

  next(): Instant | null {
    const due = this.#soonest();
    return due === null ? null : Instant(Math.ceil(due.at));
  }

  waiting(): readonly string[] {
    return this.#heap
      .filter(({ run }) => run !== null)
      .toSorted(before)
      .map(({ name }) => name);
  }

  #fire(due: Due): void {
    this.#pop();
    this.#now = due.at;
    const run = due.run;
    due.run = null;
    run?.();
    drainMicrotasks();
  }

  #soonest(): Due | null {
    while (this.#heap[0] !== undefined && this.#heap[0].run === null) this.#pop();
    return this.#heap[0] ?? null;
  }

  #wait(at: number, what: { name: string; run: () => void }): Timer {
    this.#order += 1;
    const due: Due = { at, order: this.#order, name: what.name, run: what.run };
    this.#push(due);
    return {
      cancel: () => {
        due.run = null;
      },
    };
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(due);
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || before(parent, due) <= 0) break;
      heap[hole] = parent;
      hole = up;
    }
    heap[hole] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let down = hole * 2 + 1;
      let child = heap[down];
      const right = heap[down + 1];
      if (child === undefined) break;
      if (right !== undefined && before(right, child) < 0) {
        down += 1;
        child = right;
      }
      if (before(last, child) <= 0) break;
      heap[hole] = child;
      hole = down;
    }
    heap[hole] = last;
  }
}

function before(a: Due, b: Due): number {
  return a.at - b.at || a.order - b.order;
}
