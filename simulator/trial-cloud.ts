/** A cloud for tests: takes what homes publish, remembers it decoded, and sends the receipts that a door would. */
import { assert } from "#platform/assert.ts";
import type { AcceptedLink, Acceptor, Published } from "#platform/broker/memory-link.ts";
import { decodeAlive, decodeEvent, decodeReadings, encodeJson } from "#wire/codec.ts";
import type { Epoch } from "#wire/identity.ts";
import type { Alive, Desired, DeviceEvent, Reading } from "#wire/messages.ts";
import { numberOf } from "#wire/number-of.ts";
import { addNumber, contains, normalise, type Ranges, size } from "#wire/ranges.ts";
import { type Address, downTopic, parseTopic, type Topic } from "#wire/topics.ts";
import { Instant } from "#wire/units.ts";

/** What one message was; of `unreadable` bytes only where they came. */
export interface Taken {
  readonly topic: Topic;
  readonly text: string;
}

/** See the file. One cloud serves any number of homes. */
export class TrialCloud {
  /** Messages of new numbers, in order of arrival. */
  readonly taken: Taken[] = [];
  /** `device metric t window` of every reading. */
  readonly readings = new Map<string, Reading>();
  readonly events: DeviceEvent[] = [];
  readonly heartbeats: Alive[] = [];
  /** Messages that had come before, readings that had, and bytes that are no message. */
  repeated = 0;
  repeatedReadings = 0;
  unreadable = 0;
  /** What a box is told whenever it comes. */
  readonly wishes: { readonly to: Address; readonly desired: Desired }[] = [];
  readonly #counters = new Map<Epoch, Ranges>();

  readonly accept: Acceptor = (clientId, link) => ({
    subscribed: () => this.#wish(clientId, link),
    receive: async (message) => {
      this.#receive(message, link);
      return { kind: "accepted" };
    },
    ended: () => undefined,
  });

  /** How many different numbers have come. */
  get received(): number {
    return [...this.#counters.values()].reduce((sum, ranges) => sum + size(ranges), 0);
  }

  #wish(clientId: string, link: AcceptedLink): void {
    for (const { to, desired } of this.wishes) {
      if (to.box === clientId) link.send(downTopic(to, "desired"), encodeJson({ ...desired }));
    }
  }

  #receive({ topic: text, payload }: Published, link: AcceptedLink): void {
    const topic = parseTopic(text);
    assert(topic !== undefined, "homes publish on topics that they may");
    if (topic.channel === "gone") return;
    if (topic.channel === "alive") {
      const alive = decodeAlive(payload, { device: topic.device });
      assert(alive.kind === "parsed", "a box sends sound heartbeats");
      this.heartbeats.push(alive.value);
      return;
    }
    const number = numberOf(payload);
    if (number === undefined) this.unreadable += 1;
    else this.#take(topic, payload, { ...number, link });
  }

  #take(
    topic: Topic,
    payload: Uint8Array,
    from: { epoch: Epoch; seq: number; link: AcceptedLink },
  ): void {
    const { epoch, seq, link } = from;
    const before = this.#counters.get(epoch) ?? [];
    const after = addNumber(before, seq);
    this.#counters.set(epoch, after);
    if (contains(before, seq)) this.repeated += 1;
    else this.#note(topic, payload);
    const receipt = encodeJson({ epoch, ...normalise(0, after), refused: [] });
    link.send(downTopic(topic, "stored"), receipt);
  }

  #note(topic: Topic, payload: Uint8Array): void {
    const { device } = topic;
    this.taken.push({ topic, text: Buffer.from(payload).toString("latin1") });
    if (topic.channel === "event") {
      const event = decodeEvent(payload, { device });
      assert(event.kind === "parsed", "a home's events can be read");
      this.events.push(event.value);
    }
    if (topic.channel !== "readings") return;
    const pack = decodeReadings(payload, { device, receivedAt: Instant(0) });
    assert(pack.kind === "parsed", "a home's packs can be read");
    for (const reading of pack.value.readings) {
      const key = `${device} ${reading.metric} ${reading.t} ${reading.window}`;
      if (this.readings.has(key)) this.repeatedReadings += 1;
      this.readings.set(key, reading);
    }
  }
}
