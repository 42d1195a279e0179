/**
 * The box's uplink: one connection to the cloud, made again for ever, through which the outbox
 * empties itself.
 *
 * It says `alive` every 30 s, and at once when something changes; its last will says `gone` when
 * the connection breaks, its farewell when it is closed. A reconnection waits 1, 5, 15, 60 s; the
 * steps begin anew only once a connection has lasted.
 *
 * @source DESIGN §4; clinical F17, F20–F22; catalogue BX-25, BX-26, BX-27
 */
import type { Broker, BrokerAddress, BrokerConnection } from "#platform/broker/port.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { isTrouble, type Trouble } from "#platform/trouble.ts";
import { cadence } from "#wire/cadence.ts";
import { decodeCommand, decodeDesired, decodeReceipt, encodeJson } from "#wire/codec.ts";
import type { BoxSerial, Serial, Tenant } from "#wire/identity.ts";
import type { Alive, Command, Desired, Parsed, Power, Receipt } from "#wire/messages.ts";
import { buildTopic, downFilter, parseDown } from "#wire/topics.ts";
import { Millis, Seconds } from "#wire/units.ts";

import type { Draft } from "./draft.ts";
import { EmergencyLane, type PostEmergency } from "./emergency-post.ts";
import type { Appended, Outbox } from "./outbox.ts";
import { patience } from "./patience.ts";
import { Sender } from "./sender.ts";

/** What a heartbeat says of the home besides the outbox. */
export interface HomeStatus {
  readonly power: Power;
  readonly links: Alive["links"];
}

/** What an uplink needs. */
export interface UplinkOptions {
  readonly broker: Broker;
  readonly address: BrokerAddress;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  /** Asked at each heartbeat. */
  readonly status: () => HomeStatus;
  /** The cloud's outstanding wishes for a device of this home; comes again on every connection. */
  readonly desired?: (device: Serial, desired: Desired) => void;
  /** An order for a device of this home; may come more than once under one id. */
  readonly command?: (device: Serial, command: Command) => void;
  /** The second way of emergencies. */
  readonly postEmergency?: PostEmergency;
  /** The outbox fails: `database-corrupt` wants it opened anew. */
  readonly failed?: (trouble: Trouble) => void;
  /** The connection has come up, or gone. */
  readonly online?: (isOnline: boolean) => void;
}

/** What an uplink is doing; `waiting` for its next try. */
export type UplinkState = "connecting" | "online" | "waiting" | "closed";

/** Ticks of one timer do all that must be done while connected: three make a heartbeat. */
const ticksPerHeartbeat = 3;
const tick = Millis(cadence.heartbeat.period / ticksPerHeartbeat);
/** Two heartbeats: a connection that has silently died is found out within three. */
const keepAliveSeconds = (2 * cadence.heartbeat.period) / Seconds(1);
/** How long a farewell may take. */
const farewellWithin = Seconds(2);

/** Opens the uplink: connects at once, and again for ever until closed. */
export function openUplink(options: UplinkOptions): Uplink {
  const uplink = new Uplink(options);
  uplink.open();
  return uplink;
}

/** See {@link openUplink}. */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #emergencies: EmergencyLane | undefined;
  #state: UplinkState = "waiting";
  #connection: BrokerConnection | undefined;
  #sender: Sender | undefined;
  /** The next try, or the ticks while connected. */
  #timer: Timer | undefined;
  #failures = 0;
  #ticks = 0;

  constructor(options: UplinkOptions) {
    this.#options = options;
    const { postEmergency: post, outbox, clock, random, log } = options;
    if (post !== undefined) {
      this.#emergencies = new EmergencyLane({ outbox, post, clock, random, log });
    }
  }

  /** Begins; called once. */
  open(): void {
    this.#connect();
    this.#emergencies?.wake();
  }

  get state(): UplinkState {
    return this.#state;
  }

  /** Keeps the messages in the outbox and sends them when it can. Throws the outbox's Trouble. */
  offer(drafts: readonly Draft[]): Appended[] {
    const appended = this.#options.outbox.append(drafts);
    this.appended();
    return appended;
  }

  /** There is more in the outbox. */
  appended(): void {
    this.#emergencies?.wake();
    if (this.#sender !== undefined) this.#guarded(() => this.#sender?.fill());
  }

  /** Something of {@link HomeStatus} has changed: says so at once. */
  changed(): void {
    if (this.#connection !== undefined) this.#guarded(() => this.#beat());
  }

  /**
   * Ends for good: with a farewell or, when `abrupt`, as a cut cable would. The outbox stays as
   * it is.
   */
  async close({ abrupt = false }: { abrupt?: boolean } = {}): Promise<void> {
    const connection = this.#connection;
    this.#state = "closed";
    this.#emergencies?.close();
    this.#lose();
    if (connection === undefined) return;
    if (!abrupt) await this.#sayFarewell(connection);
    await connection.close({ abrupt });
  }

  #connect(): void {
    const { broker, address, box, tenant } = this.#options;
    this.#state = "connecting";
    const session = {
      clientId: box,
      keepAliveSeconds,
      will: { topic: this.#homeTopic("gone"), payload: '{"cause":"lost"}', qos: 1 as const },
      subscribe: [downFilter(tenant, box)],
      receive: (topic: string, payload: Uint8Array) =>
        this.#guarded(() => this.#receive(topic, payload)),
      closed: (reason: string) => this.#ended({ reason }),
    };
    broker.connect(address, session).then(
      (connection) => this.#connected(connection),
      (error: unknown) => {
        if (!isTrouble(error)) throw error;
        this.#ended({ code: error.code, reason: error.message });
      },
    );
  }

  #connected(connection: BrokerConnection): void {
    if (this.#state === "closed") {
      void connection.close({ abrupt: true });
      return;
    }
    const { outbox, clock, tenant, box, log } = this.#options;
    log.debug(() => ["connected", { box }]);
    this.#state = "online";
    this.#connection = connection;
    this.#timer = clock.every(tick, "uplink", () => this.#guarded(() => this.#ticked()));
    this.#guarded(() => {
      outbox.declare();
      this.#sender = new Sender({ outbox, clock, tenant, box }, connection);
      this.#beat();
      this.#sender.fill();
    });
    this.#options.online?.(true);
  }

  /** The connection has ended, or could not be made. */
  #ended(why: { reason: string; code?: string }): void {
    if (this.#state === "closed") return;
    this.#lose();
    this.#failures += 1;
    this.#state = "waiting";
    this.#options.online?.(false);
    const { clock, random, log, box } = this.#options;
    const wait = patience(this.#failures, random);
    log.debug(() => ["not connected", { box, ...why, tryInMs: Math.round(wait) }]);
    this.#timer = clock.after(wait, "uplink reconnects", () => this.#connect());
  }

  #lose(): void {
    this.#timer?.cancel();
    this.#connection = undefined;
    this.#sender = undefined;
  }

  #ticked(): void {
    this.#failures = 0;
    this.#ticks += 1;
    this.#sender?.repeatStale();
    if (this.#ticks >= ticksPerHeartbeat) this.#beat();
  }

  #beat(): void {
    const { outbox, clock, status } = this.#options;
    this.#ticks = 0;
    const { power, links } = status();
    const alive = { t: clock.now(), sent: outbox.sent(), links, buffer: outbox.depth(), power };
    if (this.#connection === undefined) return;
    void unlessLost(this.#connection.publish(this.#homeTopic("alive"), encodeJson(alive), 0));
  }

  #receive(topic: string, payload: Uint8Array): void {
    // The outbox may have a new owner already.
    if (this.#state === "closed") return;
    const down = parseDown(topic);
    const { desired, command } = this.#options;
    switch (down?.channel) {
      case "stored":
        this.#read(topic, decodeReceipt(payload), (receipt) => this.#settle(down.device, receipt));
        break;
      case "desired":
        this.#read(topic, decodeDesired(payload), (wishes) => desired?.(down.device, wishes));
        break;
      case "command":
        this.#read(topic, decodeCommand(payload), (order) => command?.(down.device, order));
        break;
      case undefined:
        this.#options.log.warn("unknown topic", { topic });
    }
  }

  #read<T>(topic: string, parsed: Parsed<T>, use: (message: T) => void): void {
    if (parsed.kind === "parsed") use(parsed.value);
    else this.#options.log.warn("illegible message", { topic, code: parsed.code });
  }

  #settle(device: Serial, receipt: Receipt): void {
    const { outbox, log } = this.#options;
    const { received, refused } = outbox.receive(device, receipt);
    for (const { seq, code } of refused) log.warn("message refused", { device, seq, code });
    outbox.declare();
    const ids = [...received, ...refused.map(({ id }) => id)];
    const isDrained = this.#sender?.settled(ids) === true;
    this.#sender?.fill();
    if (isDrained) this.#beat();
  }

  /**
   * Runs what the network or the clock asked for. Trouble of the outbox ends the connection:
   * nothing is lost, since what has no receipt is sent again, and the next connection finds the
   * disk better, or its owner puts it right.
   */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#options.log.error("outbox fails", { box: this.#options.box, code: error.code });
      void this.#connection?.close({ abrupt: true });
      this.#options.failed?.(error);
    }
  }

  async #sayFarewell(connection: BrokerConnection): Promise<void> {
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(farewellWithin, "farewell", resolve);
    });
    const topic = this.#homeTopic("gone");
    await Promise.race([unlessLost(connection.publish(topic, '{"cause":"farewell"}', 1)), tooLong]);
    timer?.cancel();
  }

  #homeTopic(channel: "alive" | "gone"): string {
    const { tenant, box } = this.#options;
    return buildTopic({ tenant, box, device: box, channel });
  }
}

/** Waits for what was published; a connection that ends is told elsewhere. */
async function unlessLost(published: Promise<void>): Promise<void> {
  try {
    await published;
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
