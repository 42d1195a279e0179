/**
 * Lets many homes live on one timer: whoever is due first lives first, a slice of work at a time.
 *
 * While the homes catch up with the world each lives as much of its own past at a turn as the pace allows, a day at most,
 * and what one turn says is one write to the disk. A home meets the world when its own past is over, whatever the others
 * still have before them; from then on it lives at its own due times.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import { Hours, Millis } from "#wire/units.ts";

import { Agenda } from "./agenda.ts";
import { hasMet, homeTime, type PaceSetup } from "./pace.ts";

/** Whoever lives by due times; all instants ms UTC. */
export interface Living {
  readonly nextDue: number;
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
const sliceTurns = { catchingUp: 2, met: 16 };
/** How much of its own time a home lives at one turn while catching up. */
const stride = Hours(24);
/** The shortest wait, ms: homes that are due this close to one another share a slice. */
const grain = { catchingUp: 50, met: 10 };

/** Homes that live. */
export class Driver {
  readonly #setup: DriverSetup;
  readonly #agenda = new Agenda<Living>();
  /** Homes whose past is not over yet. */
  readonly #catchingUp: Set<Living>;
  #timer: Timer | undefined;

  private constructor(setup: DriverSetup) {
    this.#setup = setup;
    this.#catchingUp = new Set(setup.homes);
    for (const home of setup.homes) this.#agenda.add(home.nextDue, home);
  }

  /** Begins at once. */
  static open(setup: DriverSetup): Driver {
    const driver = new Driver(setup);
    driver.#runLater(Millis(0));
    return driver;
  }

  /** Whether all homes live in the world's time. */
  get met(): boolean {
    return this.#catchingUp.size === 0;
  }

  /** Up to when everybody has lived, ms UTC. */
  get lived(): number {
    return Math.min(this.#target(), this.#agenda.nextDue - 1);
  }

  /** Nobody lives any further. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #target(): number {
    return homeTime(this.#setup.pace, this.#setup.clock.now());
  }

  #runLater(delay: number): void {
    this.#timer = this.#setup.clock.after(Millis(delay), "homes", () => this.#run());
  }

  #run(): void {
    const { clock, pace } = this.#setup;
    const target = this.#target();
    this.#slice(target);
    const { nextDue } = this.#agenda;
    if (nextDue <= target) return this.#runLater(0);
    // Nothing more is due: also whoever had no turn has lived up to now.
    if (!this.met && hasMet(pace, clock.now()))
      this.#catchingUp.forEach((home) => this.#meet(home));
    const speed = this.met ? 1 : pace.speed;
    const wait = Math.min((nextDue - target) / speed, Hours(1));
    this.#runLater(Math.max(wait, this.met ? grain.met : grain.catchingUp));
  }

  #slice(target: number): void {
    const turns = this.met ? sliceTurns.met : sliceTurns.catchingUp;
    for (let turn = 0; turn < turns; turn++) {
      const due = this.#agenda.nextDue;
      if (due > target) return;
      const home = this.#agenda.take();
      if (home === undefined) return;
      home.advance(Math.min(target, due + stride));
      this.#agenda.add(home.nextDue, home);
      if (home.nextDue > target && hasMet(this.#setup.pace, target)) this.#meet(home);
    }
  }

  #meet(home: Living): void {
    if (this.#catchingUp.delete(home)) home.meet();
  }
}
