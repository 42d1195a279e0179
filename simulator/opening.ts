/**
 * Connects many homes without a stampede: at most so many at once are on their way, in bursts with jitter.
 *
 * A home that cannot connect (its line is cut) is not waited for: its uplink goes on trying by itself.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { Millis } from "#wire/units.ts";

/** Something that connects in its own time. */
export interface Connecting {
  readonly connected: boolean;
  open(): void;
}

/** How many may be on their way at once: about what a door handshakes in a tenth of a second. */
const together = 96;
/** Who has not arrived after so many bursts is no longer waited for. */
const patience = 40;
const period = { low: 20, high: 60 };

/** Homes that are being connected. */
export class Opening {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #waiting: Connecting[];
  #underWay: { home: Connecting; bursts: number }[] = [];
  #timer: Timer | undefined;

  private constructor(homes: readonly Connecting[], ports: { clock: Clock; random: Random }) {
    this.#ports = ports;
    this.#waiting = homes.toReversed();
  }

  /** Begins at once, in the order given. */
  static open(homes: readonly Connecting[], ports: { clock: Clock; random: Random }): Opening {
    const opening = new Opening(homes, ports);
    opening.#burst();
    return opening;
  }

  /** How many have not yet been told to connect. */
  get left(): number {
    return this.#waiting.length;
  }

  /** Connects nobody any more. */
  close(): void {
    this.#timer?.cancel();
    this.#waiting.length = 0;
  }

  #burst(): void {
    this.#underWay = this.#underWay
      .map(({ home, bursts }) => ({ home, bursts: bursts + 1 }))
      .filter(({ home, bursts }) => !home.connected && bursts < patience);
    while (this.#underWay.length < together) {
      const home = this.#waiting.pop();
      if (home === undefined) return;
      home.open();
      this.#underWay.push({ home, bursts: 0 });
    }
    const wait = Millis(this.#ports.random.integer(period));
    this.#timer = this.#ports.clock.after(wait, "connecting homes", () => this.#burst());
  }
}
