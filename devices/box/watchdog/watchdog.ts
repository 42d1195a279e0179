/**
 * Keeps a program running: starts it again when it has ended, and ends it when it has fallen silent.
 *
 * A program says that it lives by a byte every few seconds, written by the loop that does its work: one that hangs says
 * nothing. It keeps nothing that it could lose but on its disk, so it may be ended at any moment.
 * @source catalogue BX-02, BX-28
 */
import type { Child } from "#platform/children.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { type Duration, Millis, Minutes, Seconds } from "#wire/units.ts";

import { patience } from "../patience.ts";

/** How often a program says that it lives. */
export const sayEvery = Seconds(5);
/** Silent for so long, it hangs: with five seconds to end it and one to start it, well within the minute. */
const usualSilence = Seconds(40);
/** A program that has lived so long had a good start: the next one comes at once. */
const settledAfter = Minutes(1);
/** The longest wait before a start: a box that cannot start still tries four times a minute. */
const waitMost = Seconds(15);

/** What is watched. */
interface Watched {
  readonly name: string;
  /** Starts it; `alive` is called with whatever it says. */
  readonly start: (alive: () => void) => Child;
  /** How long it may say nothing. */
  readonly silentMost?: Duration;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Keeps it running until it is stopped. */
export interface Watchdog {
  stop(): Promise<void>;
}

/** Starts the program, and watches it. */
export function openWatchdog(watched: Watched): Watchdog {
  const dog = new Dog(watched);
  dog.start();
  return dog;
}

class Dog implements Watchdog {
  readonly #watched: Watched;
  #child: Child | undefined;
  #silence: Timer | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  start(): void {
    const { start, clock, log, name } = this.#watched;
    const since = clock.monotonic();
    const child = start(() => this.#listen(child));
    this.#child = child;
    this.#listen(child);
    void child.exited.then((code) => {
      if (this.#isStopped) return;
      log.warn("program ended", { program: name, code });
      this.#ended(clock.monotonic() - since >= settledAfter);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#silence?.cancel();
    this.#retry?.cancel();
    await this.#child?.stop();
  }

  /** It has said something: its silence begins anew. */
  #listen(child: Child | undefined): void {
    const { clock, log, name, silentMost = usualSilence } = this.#watched;
    if (child === undefined || child !== this.#child || this.#isStopped) return;
    this.#silence?.cancel();
    this.#silence = clock.after(silentMost, "program silent", () => {
      log.error("program hangs", { program: name });
      void child.stop();
    });
  }

  #ended(wasSettled: boolean): void {
    const { clock, random } = this.#watched;
    this.#silence?.cancel();
    this.#child = undefined;
    this.#failures = wasSettled ? 1 : this.#failures + 1;
    const wait = Millis(Math.min(waitMost, patience(this.#failures, random)));
    this.#retry = clock.after(wait, "program starts again", () => this.start());
  }
}
