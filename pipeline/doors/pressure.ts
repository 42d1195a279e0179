/**
 * What a door lets through when the store runs out of memory, and when it holds too much itself.
 *
 * Shed first: ambient readings, then activity, then everything routine, at 80, 85 and 90 % of the store's memory, by
 * withholding the acknowledgement. An emergency always passes.
 * @source DESIGN §5; clinical §4.4 (12)
 */
import { cadence } from "#wire/cadence.ts";
import type { ReadingsPack } from "#wire/messages.ts";
import { metrics } from "#wire/metrics.ts";

/** How much a message matters; critical is never shed. */
export type Weight = "ambient" | "activity" | "routine" | "critical";

const rising: readonly Weight[] = ["ambient", "activity", "routine", "critical"];

/** What a pack weighs: as much as its weightiest reading. */
export function weightOf(readings: ReadingsPack["readings"]): Weight {
  let heaviest = 0;
  for (const { metric } of readings) {
    const kind = metrics[metric].class;
    heaviest = Math.max(heaviest, rising.indexOf(kind === "vital" ? "routine" : kind));
  }
  return rising[heaviest] ?? "routine";
}

/** How scarce the store's memory is. */
export class Pressure {
  /** Weights below this one wait. */
  #floor = 0;

  /** Whether a message of this weight may pass now. */
  passes(weight: Weight): boolean {
    return rising.indexOf(weight) >= this.#floor;
  }

  /** Whether anything is shed. */
  get sheds(): boolean {
    return this.#floor > 0;
  }

  /** Takes a new measure, `limit` 0 for none; answers whether something that was shed may pass now. */
  measure({ used, limit }: { used: number; limit: number }): boolean {
    const { ambient, activity, routine } = cadence.stream.shedAt;
    const share = limit === 0 ? 0 : used / limit;
    const before = this.#floor;
    this.#floor = [ambient, activity, routine].filter((threshold) => share >= threshold).length;
    return this.#floor < before;
  }
}

/** What a door holds in memory until it can be acknowledged: bounded, emergencies last. */
export class Holdings {
  readonly #most: { readonly messages: number; readonly bytes: number };
  #messages = 0;
  #bytes = 0;

  constructor(most: { messages: number; bytes: number } = { messages: 65_536, bytes: 67_108_864 }) {
    this.#most = most;
  }

  /** Whether nothing routine can be taken in. */
  get full(): boolean {
    return this.#messages >= this.#most.messages || this.#bytes >= this.#most.bytes;
  }

  /** Takes a message in; false when it must be turned away. */
  take(bytes: number, urgent: boolean): boolean {
    const most = urgent ? 2 : 1;
    if (this.#messages >= most * this.#most.messages) return false;
    if (this.#bytes >= most * this.#most.bytes) return false;
    this.#messages++;
    this.#bytes += bytes;
    return true;
  }

  /** Lets go of a message that was taken in. */
  give(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
  }

  /** How many are held. */
  get messages(): number {
    return this.#messages;
  }
}
