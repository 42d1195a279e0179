/**
 * Sends what waits in the outbox over one connection, and sends it again until it is receipted.
 *
 * An acknowledgement of the broker only says that the broker has it (a broker killed then has
 * lost it): what stays without receipt is sent again. Messages stand in queues, each with its own
 * window and place: emergencies, declarations, and for each counter the live ones and the backlog.
 * So an emergency never waits behind a backlog, a live reading neither, no sensor behind another
 * one's flood, and none of them behind messages that the door withholds. Within a counter numbers
 * go in order, because the door remembers only so many holes.
 *
 * @source DESIGN §4; clinical §4.4.1, F17, F22; catalogue BX-18, BX-25
 */
import type { BrokerConnection } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { cadence } from "#wire/cadence.ts";
import type { BoxSerial, Tenant } from "#wire/identity.ts";
import { buildTopic } from "#wire/topics.ts";

import type { MessageNumber, Waiting } from "./outbox-row.ts";
import type { Outbox } from "./outbox.ts";

const { window } = cadence.outbox;
/** One at a time: each makes room at the door for the next. */
const declarationWindow = 1;
/** Ours: what is late is in less of a hurry. */
const backlogWindow = window / 2;

/** How far one queue has come. */
interface Place {
  /** How many of it may be on their way at once. */
  readonly window: number;
  /** What orders it: order of arrival on this box, or the counter's. */
  readonly by: "id" | "seq";
  /** The last one sent. */
  after: number;
  /** Sent, and not receipted. */
  open: number;
}

/** The queues of one counter: its numbers up to `end` waited when the connection was made. */
interface CounterQueues {
  readonly backlog: Place;
  readonly end: number;
  readonly live: Place;
}

/** A message on its way. */
interface Sent {
  readonly place: Place;
  /** Monotonic; when it was sent or, once the broker has it, acknowledged. */
  at: number;
  isAcknowledged: boolean;
}

interface SenderPorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly tenant: Tenant;
  readonly box: BoxSerial;
}

/**
 * One connection's worth of sending; a new connection begins anew, with everything that is not
 * receipted.
 */
export class Sender {
  readonly #ports: SenderPorts;
  readonly #connection: BrokerConnection;
  /** Id of the newest message when the connection was made: the end of the backlog. */
  readonly #backlogEnd: number;
  readonly #ranks: readonly (readonly [rank: "emergency" | "declaration", place: Place])[] = [
    ["emergency", { window, by: "id", after: 0, open: 0 }],
    ["declaration", { window: declarationWindow, by: "id", after: 0, open: 0 }],
  ];
  readonly #counters = new Map<string, CounterQueues>();
  readonly #sent = new Map<number, Sent>();
  #isDrained: boolean;

  constructor(ports: SenderPorts, connection: BrokerConnection) {
    this.#ports = ports;
    this.#connection = connection;
    this.#backlogEnd = ports.outbox.last();
    this.#isDrained = this.#backlogEnd === 0;
    for (const counter of ports.outbox.counters()) this.#queuesOf(counter, counter.seq);
  }

  /** Sends as much as the windows allow. */
  fill(): void {
    const { outbox } = this.#ports;
    for (const [rank, place] of this.#ranks) {
      this.#fill(place, (room) => outbox.next({ rank, ...room }));
    }
    const counters = outbox.counters();
    for (const counter of counters) {
      const { live } = this.#queuesOf(counter, 0);
      this.#fill(live, (room) => outbox.nextOfCounter(counter, { upTo: counter.seq, ...room }));
    }
    for (const counter of counters) {
      const { backlog, end } = this.#queuesOf(counter, 0);
      this.#fill(backlog, (room) => outbox.nextOfCounter(counter, { upTo: end, ...room }));
    }
  }

  /** These messages are no longer ours. Answers whether that was the last of the backlog. */
  settled(ids: readonly number[]): boolean {
    for (const id of ids) this.#forget(id);
    if (this.#isDrained) return false;
    const first = this.#ports.outbox.first();
    this.#isDrained = first === 0 || first > this.#backlogEnd;
    return this.#isDrained;
  }

  /** Sends again what the broker has had for long enough without a receipt. */
  repeatStale(): void {
    const before = this.#ports.clock.monotonic() - cadence.outbox.resendAfter;
    for (const [id, { place, at, isAcknowledged }] of this.#sent) {
      if (!isAcknowledged || at > before) continue;
      const message = this.#ports.outbox.read(id);
      if (message === undefined) this.#forget(id);
      else this.#send(message, place);
    }
    this.fill();
  }

  /** The queues of a counter, of which numbers up to `end` are backlog when it is a new one. */
  #queuesOf({ device, epoch }: MessageNumber, end: number): CounterQueues {
    const key = `${device}/${epoch}`;
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    const queues: CounterQueues = {
      backlog: { window: backlogWindow, by: "seq", after: 0, open: 0 },
      end,
      live: { window, by: "seq", after: end, open: 0 },
    };
    this.#counters.set(key, queues);
    return queues;
  }

  #fill(place: Place, next: (room: { after: number; limit: number }) => Waiting[]): void {
    const { after, open } = place;
    if (open >= place.window) return;
    for (const message of next({ after, limit: place.window - open })) {
      place.after = message[place.by];
      place.open += 1;
      this.#send(message, place);
    }
  }

  #send(message: Waiting, place: Place): void {
    const sent: Sent = { place, at: this.#ports.clock.monotonic(), isAcknowledged: false };
    this.#sent.set(message.id, sent);
    void this.#publish(message, sent);
  }

  async #publish(message: Waiting, sent: Sent): Promise<void> {
    try {
      await this.#connection.publish(this.#topicOf(message), message.payload, 1);
    } catch (error) {
      // The connection's end is told to its owner, who begins anew.
      if (isTrouble(error)) return;
      throw error;
    }
    sent.isAcknowledged = true;
    sent.at = this.#ports.clock.monotonic();
  }

  #topicOf({ device, channel, topicId }: Waiting): string {
    const { tenant, box } = this.#ports;
    const address = { tenant, box, device, channel };
    return buildTopic(topicId === undefined ? address : { ...address, id: topicId });
  }

  #forget(id: number): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) return;
    this.#sent.delete(id);
    sent.place.open -= 1;
  }
}
