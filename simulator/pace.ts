/**
 * A home's own time: it starts in the past and runs `speed` times faster than the world's until both meet.
 *
 * After that they are one. Messages written on the way carry the home's time, as those of a backlog do.
 */

import type { Clock } from "#platform/clock/port.ts";
import { Instant } from "#wire/units.ts";

/** How a home's time relates to the world's. */
export interface PaceSetup {
  /** The world's time when the home begins, ms UTC. */
  readonly begun: number;
  /** How far in the past the home then is, ms. */
  readonly since: number;
  /** How many of its seconds pass in one of ours; more than 1 when there is a past to catch up. */
  readonly speed: number;
}

/** The home's time when it is `now` in the world; both ms UTC. Never ahead of the world. */
export function homeTime(pace: PaceSetup, now: number): number {
  return Math.min(now, pace.begun - pace.since + (now - pace.begun) * pace.speed);
}

/** A clock that shows another time than `clock` and waits like it. */
export function showing(clock: Clock, time: (now: number) => number): Clock {
  return {
    now: () => Instant(Math.floor(time(clock.now()))),
    monotonic: () => clock.monotonic(),
    after: (delay, name, run) => clock.after(delay, name, run),
    every: (period, name, run) => clock.every(period, name, run),
    soon: (run) => clock.soon(run),
    sleep: (delay) => clock.sleep(delay),
  };
}
