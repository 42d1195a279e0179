/**
 * From a wristband's own time to the box's: what it says was then, when was that?
 *
 * A wristband knows the time once its box has told it. What it says before that counts from its start, and `clock` says
 * later when that was. A time that lies well ahead of the box's was told by a box that knew no better: what was said
 * under it is moved to now. A start that is never told stays unknown.
 * @source spec/clinical.md F08, F09; catalogue WB-15
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Moment } from "#wire/bodies/up-body.ts";
import type { Serial } from "#wire/identity.ts";
import { fields, fits, type Shape, whole } from "#wire/shape.ts";
import { Instant, lastInstant, Minutes } from "#wire/units.ts";

import type { Facts } from "../facts.ts";
import type { Consequence } from "../journal.ts";

/** How much is to be added to a wristband's time, ms; and whether that is more than it knew itself. */
export interface Dating {
  readonly shift: number;
  readonly corrected: boolean;
}

/** When a life of a wristband began. */
interface Start {
  readonly epoch: number;
  readonly at: number;
}

/** F09. */
const skewMost = Minutes(5);

const startShape: Shape<Start> = fields<Start>({
  epoch: whole(0, 0xff_ff_ff_ff),
  at: whole(0, lastInstant),
});

/** What dating needs. */
interface DatingPorts {
  readonly device: Serial;
  readonly facts: Facts;
  readonly clock: Clock;
  /** Whether the box knows the time itself. */
  readonly isTimeKnown: () => boolean;
}

/** Dates what one wristband says. */
export class BandDating {
  readonly #ports: DatingPorts;
  #start: Start | undefined;
  /** When this link's wristband was first told the time. */
  #told: Instant | undefined;

  /** Throws the database's Trouble. */
  constructor(ports: DatingPorts) {
    this.#ports = ports;
    const kept = ports.facts.read(this.#name);
    if (fits(startShape, kept)) this.#start = kept;
  }

  /** How a moment of that life is dated; undefined when that cannot be said, or not yet. */
  of(moment: Moment, epoch: number): Dating | undefined {
    if (moment.clock === "start") {
      return this.#start?.epoch === epoch ? { shift: this.#start.at, corrected: true } : undefined;
    }
    const ahead = moment.ms - this.#ports.clock.now();
    const isWrong = ahead > skewMost && this.#ports.isTimeKnown();
    return isWrong ? { shift: -ahead, corrected: true } : { shift: 0, corrected: false };
  }

  /** The time is told over this link: what is still dated since the start was said before that. */
  timeTold(): void {
    this.#told ??= this.#ports.clock.now();
  }

  /** The link is lost: whoever comes next may have started anew. */
  unlinked(): void {
    this.#told = undefined;
  }

  /** The same, for what cannot wait to be dated: it is when it is heard, but before what was said in the knowledge of the time. */
  soon(moment: Moment, epoch: number): Instant {
    const dating = this.of(moment, epoch);
    if (dating !== undefined) return dated(moment.ms, dating);
    const now = this.#ports.clock.now();
    return this.#told === undefined ? now : Instant(Math.min(now, this.#told - 1));
  }

  /** That life began at `at`. */
  learn(epoch: number, at: number): Consequence {
    const start = { epoch, at: Math.max(0, Math.round(at)) };
    return {
      write: () => this.#ports.facts.write(this.#name, { ...start }),
      act: () => {
        this.#start = start;
      },
    };
  }

  get #name(): string {
    return `start/${this.#ports.device}`;
  }
}

/** A time of a wristband by the box's clock; what no clock can say is the nearest that one can. */
export function dated(ms: number, { shift }: Dating): Instant {
  return Instant(Math.min(lastInstant, Math.max(0, Math.round(ms + shift))));
}
