/**
 * Sends what waits in the outbox over one connection, and sends it again until it is receipted.
 *
 * An acknowledgement of the broker only says that the broker has it (a broker killed then has
 * lost it): what stays without receipt is sent again. Messages go in lanes, each with its own
 * window and place, so that an emergency never waits behind a backlog, a live reading neither,
 * and none of them behind messages that the door withholds. The backlog keeps its order of
 * arrival, because the door remembers only so many holes per counter.
 *
 * @source DESIGN §4; clinical §4.4.1, F17, F22; catalogue BX-25
 */
import type { BrokerConnection } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { cadence } from "#wire/cadence.ts";
import type { BoxSerial, Tenant } from "#wire/identity.ts";
import { buildTopic } from "#wire/topics.ts";

import type { Rank, Waiting } from "./outbox-row.ts";
import type { Outbox } from "./outbox.ts";

/**
 * One lane: a rank from the beginning, a rank since the connection was made (`live`), or the
 * vital and routine messages that waited when it was made.
 */
type Lane =
  | { readonly rank: Rank; readonly isLive: boolean; readonly window: number }
  | { readonly rank: "backlog"; readonly window: number };

const { window } = cadence.outbox;

/**
 * In the order they are filled. One declaration at a time: each makes room at the door for the
 * next.
 */
const lanes: readonly Lane[] = [
  { rank: "emergency", isLive: false, window },
  { rank: "declaration", isLive: false, window: 1 },
  { rank: "vital", isLive: true, window },
  { rank: "routine", isLive: true, window },
  { rank: "backlog", window },
];

/** A message on its way. */
interface Sent {
  readonly lane: number;
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
  readonly #places: { after: number; open: number }[];
  readonly #sent = new Map<number, Sent>();
  #isDrained: boolean;

  constructor(ports: SenderPorts, connection: BrokerConnection) {
    this.#ports = ports;
    this.#connection = connection;
    this.#backlogEnd = ports.outbox.last();
    this.#isDrained = this.#backlogEnd === 0;
    this.#places = lanes.map((lane) => ({
      after: lane.rank !== "backlog" && lane.isLive ? this.#backlogEnd : 0,
      open: 0,
    }));
  }

  /** Sends as much as the windows allow. */
  fill(): void {
    for (const [index, lane] of lanes.entries()) this.#fillLane(index, lane);
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
    for (const [id, { lane, at, isAcknowledged }] of this.#sent) {
      if (!isAcknowledged || at > before) continue;
      const message = this.#ports.outbox.read(id);
      if (message === undefined) this.#forget(id);
      else this.#send(message, lane);
    }
    this.fill();
  }

  #fillLane(index: number, lane: Lane): void {
    const place = this.#places[index];
    if (place === undefined || place.open >= lane.window) return;
    for (const message of this.#waiting(lane, place.after, lane.window - place.open)) {
      place.after = message.id;
      place.open += 1;
      this.#send(message, index);
    }
  }

  #waiting(lane: Lane, after: number, limit: number): Waiting[] {
    const { outbox } = this.#ports;
    return lane.rank === "backlog"
      ? outbox.nextOfBacklog({ after, upTo: this.#backlogEnd, limit })
      : outbox.next({ rank: lane.rank, after, limit });
  }

  #send(message: Waiting, lane: number): void {
    const sent: Sent = { lane, at: this.#ports.clock.monotonic(), isAcknowledged: false };
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
    const place = sent && this.#places[sent.lane];
    if (place === undefined) return;
    this.#sent.delete(id);
    place.open -= 1;
  }
}
