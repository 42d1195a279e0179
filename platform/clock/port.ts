import type { Duration, Instant } from "#wire/units.ts";

/** A pending call; cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

/** What time it is, and the only way to wait. */
export interface Clock {
  /** Wall time, UTC. May jump when the host's clock is set. */
  now(): Instant;
  /** Milliseconds from an arbitrary start, never going back; for measuring lengths of time. */
  monotonic(): number;
  /** Calls `run` once, `delay` from now. `name` says in diagnostics what waits. */
  after(delay: Duration, name: string, run: () => void): Timer;
  /** Calls `run` every `period` until cancelled, first after one period. */
  every(period: Duration, name: string, run: () => void): Timer;
  /** Calls `run` at once, but after everything that has come in by now has been begun. */
  soon(run: () => void): void;
  /** Resolves `delay` from now. */
  sleep(delay: Duration): Promise<void>;
}
