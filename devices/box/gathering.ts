/**
 * Measures that wait on the disk for the rest of their batch, or of their series, and then go together.
 *
 * How long is a matter of rules, which are data: so many, so old, or so long without another one.
 * @source catalogue BX-09 to BX-13; MD-02, MD-05
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import { type Duration, Instant, Millis } from "#wire/units.ts";

import type { Draft } from "./draft.ts";
import { closeJson, type Keeping, openJson } from "./facts.ts";
import type { Consequence, Journal } from "./journal.ts";
import { keepingQueries as queries } from "./keeping-queries.ts";
import { integer, text } from "./outbox-row.ts";

/** A measure that waits. */
export interface Gathered {
  readonly id: number;
  /** When it came, by the box's clock. */
  readonly at: Instant;
  /** What was gathered; to be read with a guard. */
  readonly value: unknown;
}

/** When the measures of one flow go, and as what; whichever comes first. */
export interface FlowRule {
  readonly count: number;
  /** Since the first of them came. */
  readonly age: Duration;
  /** Since the last of them came. */
  readonly quiet?: Duration;
  /** Whether nothing more is to be waited for; asked whenever one has come. */
  readonly isWhole?: (gathered: readonly Gathered[]) => boolean;
  /** What they come to, oldest first, and how many of the oldest are still wanted: none unless it says. */
  readonly close: (device: Serial, gathered: readonly Gathered[]) => Closed;
}

/** What a batch or a series comes to. */
export interface Closed {
  readonly drafts: readonly Draft[];
  readonly write?: () => void;
  /** Those that stay, and wait for others. */
  readonly stays?: readonly Gathered[];
}

/** What gathering needs. */
interface GatheringPorts {
  readonly keeping: Keeping;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly ruleOf: (device: Serial, flow: string) => FlowRule;
}

/** What waits of one flow; times on the monotonic clock, so that setting the other one delays nothing. */
interface Flow {
  readonly device: Serial;
  readonly flow: string;
  readonly count: number;
  readonly since: number;
  readonly last: number;
}

/** Measures of one flow that one message takes: the door's limit, with room for its other records. */
const togetherMax = 500;
/** A flow that could not be kept as messages is tried again so soon, ms. */
const retryAfter = 1000;

/** See above. */
export class Gathering {
  readonly #ports: GatheringPorts;
  readonly #flows = new Map<string, Flow>();
  #timer: Timer | undefined;
  #dueAt = Infinity;

  constructor(ports: GatheringPorts) {
    this.#ports = ports;
  }

  /** Goes on with what waits on the disk. Throws the database's Trouble. */
  open(): void {
    const { keeping, clock } = this.#ports;
    const { sql, box } = keeping;
    for (const row of sql.all(queries.flows, box)) {
      const device = parseSerial(text(row, "device"));
      if (device === undefined) continue;
      const flow = text(row, "flow");
      const since = clock.monotonic() - Math.max(0, clock.now() - integer(row, "since"));
      const count = integer(row, "measures");
      const last = since + integer(row, "last") - integer(row, "since");
      this.#flows.set(`${device}/${flow}`, { device, flow, count, since, last });
    }
    this.#plan();
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Measures that join their flow. */
  gather(device: Serial, flow: string, values: readonly Json[]): Consequence {
    const { keeping, clock } = this.#ports;
    const { sql, box, seal } = keeping;
    const now = clock.monotonic();
    return {
      write: () => {
        for (const value of values) {
          sql.run(queries.gather, box, device, flow, clock.now(), closeJson(seal, value));
        }
      },
      act: () => this.#joined({ device, flow, count: values.length, since: now, last: now }),
    };
  }

  /** Lets go at once what waits of a flow, under the rule it has now. */
  flush(device: Serial, flow: string): void {
    const waiting = this.#flows.get(`${device}/${flow}`);
    if (waiting !== undefined) this.#close(waiting);
    this.#plan();
  }

  /** What waits of a flow, oldest first. Throws the database's Trouble. */
  read(device: Serial, flow: string): Gathered[] {
    const { sql, box, seal } = this.#ports.keeping;
    return sql.all(queries.gathered, box, device, flow, togetherMax).map((row) => ({
      id: integer(row, "id"),
      at: Instant(integer(row, "at")),
      value: openJson(seal, row["payload"]),
    }));
  }

  /** The flows of a device that wait. */
  waiting(device: Serial): string[] {
    return [...this.#flows.values()]
      .filter((flow) => flow.device === device)
      .map(({ flow }) => flow);
  }

  #joined(more: Flow): void {
    const key = `${more.device}/${more.flow}`;
    const known = this.#flows.get(key);
    const flow =
      known === undefined ? more : { ...more, count: known.count + more.count, since: known.since };
    this.#flows.set(key, flow);
    const isWhole = this.#ports.ruleOf(flow.device, flow.flow).isWhole;
    const isOver = isWhole?.(this.read(flow.device, flow.flow)) === true;
    if (isOver || this.#dueOf(flow) <= more.last) this.#close(flow);
    this.#plan();
  }

  #dueOf({ device, flow, count, since, last }: Flow): number {
    const rule = this.#ports.ruleOf(device, flow);
    if (count >= rule.count) return last;
    return Math.min(since + rule.age, last + (rule.quiet ?? Infinity));
  }

  #close(waiting: Flow): void {
    const { journal, ruleOf } = this.#ports;
    const { device, flow } = waiting;
    const gathered = this.read(device, flow);
    const { drafts, write, stays = [] } = ruleOf(device, flow).close(device, gathered);
    journal.commit({
      drafts,
      write: () => {
        this.#release(waiting, gathered, stays);
        write?.();
      },
      act: () => this.#closed(waiting, gathered.length - stays.length),
    });
  }

  #release(
    { device, flow }: Flow,
    gathered: readonly Gathered[],
    stays: readonly Gathered[],
  ): void {
    const { sql, box } = this.#ports.keeping;
    const last = gathered.at(-1);
    if (stays.length === 0 && last !== undefined) {
      sql.run(queries.releaseUpTo, box, device, flow, last.id);
      return;
    }
    for (const { id } of gathered) {
      if (!stays.some((one) => one.id === id)) sql.run(queries.release, id);
    }
  }

  #closed(flow: Flow, gone: number): void {
    const key = `${flow.device}/${flow.flow}`;
    const count = flow.count - gone;
    // What stays has been looked at; another one begins a new wait.
    if (count === 0 || gone < togetherMax) this.#flows.delete(key);
    else this.#flows.set(key, { ...flow, count });
  }

  /** One timer, for whatever is due first. */
  #plan(): void {
    const { clock } = this.#ports;
    const dueAt = Math.min(...[...this.#flows.values()].map((flow) => this.#dueOf(flow)));
    if (dueAt === this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    if (dueAt === Infinity) return;
    const wait = Math.max(retryAfter, dueAt - clock.monotonic());
    this.#timer = clock.after(Millis(wait), "gathering", () => this.#due());
  }

  #due(): void {
    const now = this.#ports.clock.monotonic();
    this.#dueAt = Infinity;
    for (const flow of [...this.#flows.values()]) if (this.#dueOf(flow) <= now) this.#close(flow);
    this.#plan();
  }
}
