/**
 * How fast one device may speak: 20 messages a second with a burst of 200. What comes faster waits; nothing is dropped.
 *
 * One number per device: when its bucket will be empty again (the generic cell rate algorithm).
 * @source DESIGN §5 limits; catalogue BK-10
 */
import { cadence } from "#wire/cadence.ts";

const { messagesPerSecond, burst } = cadence.limits;
const interval = 1000 / messagesPerSecond;
const tolerance = interval * (burst - 1);

/** Rates of all devices of a door; times are milliseconds of a clock that never goes back. */
export class Throttle {
  readonly #emptyAt = new Map<string, number>();

  /** Takes a message of `device` into account; answers how long it must wait, 0 for not at all. */
  admit(device: string, now: number): number {
    const emptyAt = Math.max(now, this.#emptyAt.get(device) ?? now);
    this.#emptyAt.set(device, emptyAt + interval);
    return Math.max(0, emptyAt - now - tolerance);
  }

  /** Forgets devices that have been quiet for long enough. */
  sweep(now: number): void {
    for (const [device, emptyAt] of this.#emptyAt) {
      if (emptyAt <= now) this.#emptyAt.delete(device);
    }
  }
}
