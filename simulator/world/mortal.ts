/**
 * A process of the world: it can be killed or stopped between any two things that it does.
 *
 * What it set in motion ends with it: none of its timers runs after its death, and nothing that it waited for is ever
 * answered. What it had asked of others may still happen. Stopped (as by SIGSTOP), it takes everything up late.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";

/** One life of a process. */
export class Mortal {
  /** The clock as this process sees it. */
  readonly clock: Clock;
  #state: "running" | "stopped" | "dead" = "running";
  /** What would have run while it was stopped. */
  #late: (() => void)[] = [];

  constructor(world: Clock) {
    const every = (period: Parameters<Clock["every"]>[0], name: string, run: () => void): Timer =>
      world.every(period, name, () => this.deliver(run));
    this.clock = {
      now: () => world.now(),
      monotonic: () => world.monotonic(),
      after: (delay, name, run) => world.after(delay, name, () => this.deliver(run)),
      every,
      soon: (run) => world.soon(() => this.deliver(run)),
      sleep: (delay) =>
        new Promise((resolve) => world.after(delay, "sleep", () => this.deliver(resolve))),
    };
  }

  /** Whether it will ever do anything again. */
  get lives(): boolean {
    return this.#state !== "dead";
  }

  /** Something reaches it from outside: now, when it goes on, or never. */
  deliver(run: () => void): void {
    if (this.#state === "running") run();
    else if (this.#state === "stopped") this.#late.push(run);
  }

  kill(): void {
    this.#state = "dead";
    this.#late = [];
  }

  stop(): void {
    if (this.#state === "running") this.#state = "stopped";
  }

  /** Goes on after a {@link stop}, with everything that has come meanwhile. */
  resume(): void {
    if (this.#state !== "stopped") return;
    this.#state = "running";
    const late = this.#late;
    this.#late = [];
    for (const run of late) this.deliver(run);
  }
}
