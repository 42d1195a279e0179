/**
 * A home's own clock: driven through a past, as fast as the host can, then going with the world's.
 *
 * Timers run in the order of their instants, each at its own; what was promised has gone on before the next one runs. So a
 * home does the same whether a day of it is lived in one stride or in a thousand.
 */
import { drainMicrotasks } from "bun:jsc";

import { assert } from "#platform/assert.ts";
import { Agenda } from "#platform/clock/agenda.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import { type Duration, Instant, Millis } from "#wire/units.ts";

/** See above; times are ms UTC. */
export class OwnClock implements Clock {
  readonly #start: number;
  readonly #world: Clock;
  readonly #agenda = new Agenda();
  #time: number;
  #isRunning = false;
  /** Whether it goes with the world. */
  #hasMet = false;
  /** In the world, for what is due next here. */
  #timer: Timer | undefined;
  #timerAt = Infinity;

  constructor(start: number, world: Clock) {
    this.#start = start;
    this.#time = start;
    this.#world = world;
  }

  now(): Instant {
    return Instant(Math.floor(this.#read()));
  }

  monotonic(): number {
    return this.#read() - this.#start;
  }

  after(delay: Duration, name: string, run: () => void): Timer {
    const due = this.#agenda.add(this.#read() + delay, name, run);
    this.#plan();
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
    this.#world.soon(run);
  }

  sleep(delay: Duration): Promise<void> {
    return new Promise((resolve) => void this.after(delay, "sleep", resolve));
  }

  /** Lives up to and including `to`. */
  advance(to: number): void {
    assert(!this.#isRunning, "a home lives one life");
    this.#isRunning = true;
    for (;;) {
      const due = this.#agenda.soonest();
      if (due === undefined || due.at > to) break;
      this.#agenda.take();
      this.#time = Math.max(this.#time, due.at);
      due.run();
      drainMicrotasks();
    }
    this.#time = Math.max(this.#time, to);
    this.#isRunning = false;
    this.#plan();
  }

  /** From now on it goes with the world. */
  meet(): void {
    this.#hasMet = true;
    this.#plan();
  }

  /** Nothing runs any more. */
  stop(): void {
    this.#hasMet = false;
    this.#timer?.cancel();
  }

  #read(): number {
    if (!this.#hasMet || this.#isRunning) return this.#time;
    // The world's clock may be set back; a home's own is not.
    return Math.max(this.#time, this.#world.now());
  }

  /** One timer in the world, whatever the number of those in the home. */
  #plan(): void {
    if (!this.#hasMet || this.#isRunning) return;
    const at = this.#agenda.soonest()?.at ?? Infinity;
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    if (at === Infinity) return;
    const wait = Millis(Math.max(0, at - this.#read()));
    this.#timer = this.#world.after(wait, "home", () => {
      this.#timerAt = Infinity;
      this.advance(Math.max(at, this.#read()));
    });
  }
}
