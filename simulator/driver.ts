/**
 * Drives many homes through their past, each in its turn, a slice of work at a time, until they meet the world.
 *
 * They go round: each lives as much of its past at a turn as the pace allows, and what one turn says is not read by
 * anybody before the next slice. A home meets the world when its own past is over, whatever the others still have before
 * them; from then on it lives by the world's clock.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import { type Duration, Hours, Millis } from "#wire/units.ts";

import { homeTime, type PaceSetup } from "./pace.ts";

/** Whoever has a past; all instants ms UTC. */
export interface Living {
  /** Up to when it has lived. */
  readonly lived: number;
  /** Lives up to and including that instant. */
  advance(to: number): void;
  /** Its time and the world's are one from now on. */
  meet(): void;
}

/** What a driver needs. */
export interface DriverSetup {
  readonly homes: readonly Living[];
  readonly clock: Clock;
  readonly pace: PaceSetup;
}

/** Turns of one slice: some milliseconds of work, so that connections get theirs. */
const sliceTurns = 4;
/** How much of its own time a home lives at one turn. */
const stride = Hours(1);
/** Between two rounds in which there is little to do, ms. */
const grain = Millis(50);

/** Homes that catch up. */
export class Driver {
  readonly #setup: DriverSetup;
  /** Those of this round, whose turn it is, and those of the next round. */
  #behind: readonly Living[];
  #turn = 0;
  #left: Living[] = [];
  #timer: Timer | undefined;

  private constructor(setup: DriverSetup) {
    this.#setup = setup;
    this.#behind = setup.homes;
  }

  /** Begins at once. */
  static open(setup: DriverSetup): Driver {
    const driver = new Driver(setup);
    driver.#runLater(Millis(0));
    return driver;
  }

  /** Whether all homes live in the world's time. */
  get met(): boolean {
    return this.#behind.length === 0 && this.#left.length === 0;
  }

  /** Up to when everybody has lived, ms UTC. */
  get lived(): number {
    const all = [...this.#behind, ...this.#left].map(({ lived }) => lived);
    return all.reduce((least, one) => Math.min(least, one), this.#setup.clock.now());
  }

  /** Nobody is driven any further. */
  close(): void {
    this.#timer?.cancel();
  }

  #runLater(delay: Duration): void {
    this.#timer = this.#setup.clock.after(delay, "homes", () => this.#run());
  }

  #run(): void {
    const { clock, pace } = this.#setup;
    for (let turns = 0; turns < sliceTurns; turns += 1) {
      const home = this.#behind[this.#turn];
      if (home === undefined) return this.#endRound();
      const now = clock.now();
      const target = Math.floor(homeTime(pace, now));
      home.advance(Math.min(target, home.lived + stride));
      if (home.lived < target) continue;
      this.#turn += 1;
      if (target === now) home.meet();
      else this.#left.push(home);
    }
    this.#runLater(Millis(0));
  }

  #endRound(): void {
    this.#behind = this.#left;
    this.#left = [];
    this.#turn = 0;
    if (!this.met) this.#runLater(grain);
  }
}
