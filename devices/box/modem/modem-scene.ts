/** The scene that the modem's tests play: a modem in memory and its driver, on one clock. */
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { createLog, type Fields, type Log } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { type Duration, Instant } from "#wire/units.ts";

import { decodePart, EmulatedModem, type Sins } from "./emulated.ts";
import { type Modem, type ModemStatus, openModem, type Outcome } from "./modem.ts";
import { encodeSms } from "./pdu.ts";
import type { Sms } from "./queue.ts";

/** When every scene begins. */
const start = Instant(1_700_000_000_000);

/** A line of the log, as a person would read it. */
interface Logged {
  readonly event: string;
  readonly fields: Fields;
}

/** A modem, its driver and all that they said. */
export class ModemScene {
  readonly clock: VirtualClock = createVirtualClock({ start });
  readonly device: EmulatedModem = new EmulatedModem(this.clock);
  readonly logged: Logged[] = [];
  readonly log: Log = createLog("modem", {
    level: "debug",
    sink: ({ event, fields = {} }) => this.logged.push({ event, fields }),
  });
  /** Faults as they came; "none" when one was gone. */
  readonly faults: string[] = [];
  /** What was asked for, and outcomes, by the message's id. */
  readonly asked = new Map<string, Sms>();
  readonly outcomes = new Map<string, Outcome>();
  readonly modem: Modem;

  constructor(sins: Sins = {}) {
    this.device.sins = sins;
    this.modem = openModem({
      line: this.device,
      clock: this.clock,
      random: createSeededRandom(1),
      log: this.log,
      changed: ({ fault }: ModemStatus) => this.faults.push(fault ?? "none"),
    });
  }

  after(by: Duration): Promise<void> {
    return this.clock.advance({ by });
  }

  /** Sends to a number of its own, a text of its own. */
  send(id: string, changes: Partial<Sms> = {}): void {
    const usual: Sms = { id, rank: "emergency", number: "+33601020304", text: `text ${id}` };
    const sms = { ...usual, ...changes };
    this.asked.set(id, sms);
    void this.modem.send(sms).then((outcome) => this.outcomes.set(id, outcome));
  }

  /** Whether all of a text has reached the network. */
  hasGone(id: string): boolean {
    return this.partsOf(id).every((part) => this.texts.includes(part));
  }

  /** What reached the network, and nobody had asked for. */
  get strays(): readonly string[] {
    const asked = new Set([...this.asked.keys()].flatMap((id) => this.partsOf(id)));
    return this.texts.filter((text) => !asked.has(text));
  }

  /** A text as it is cut. */
  partsOf(id: string): readonly string[] {
    const { number, text } = this.asked.get(id) ?? { number: "", text: "" };
    const encoded = encodeSms({ number, text, reference: 0 });
    return encoded.kind === "refused" ? [] : encoded.parts.map(({ hex }) => decodePart(hex).text);
  }

  /** What reached the network, in its order. */
  get texts(): readonly string[] {
    return this.device.delivered.map(({ text }) => text);
  }
}
