/**
 * The scene that the uplink's tests play: a box, a road and a cloud in memory, on one clock that
 * they move.
 */
import { assert } from "#platform/assert.ts";
import type { AcceptedLink, Acceptor, Published } from "#platform/broker/memory-link.ts";
import { createMemoryNetwork, type MemoryNetwork } from "#platform/broker/memory.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { cadence } from "#wire/cadence.ts";
import { decodeAlive, decodeReported, encodeJson } from "#wire/codec.ts";
import { type Epoch, parseBox, parseSerial, parseTenant, type Serial } from "#wire/identity.ts";
import type { Alive } from "#wire/messages.ts";
import { numberOf } from "#wire/number-of.ts";
import { addNumber, addRange, contains, normalise, type Ranges, size } from "#wire/ranges.ts";
import { droppedIn } from "#wire/shapes.ts";
import { downTopic, parseTopic, type Topic } from "#wire/topics.ts";
import { type Duration, Instant } from "#wire/units.ts";

import { type Draft, eventDraft, reportedDraft } from "./draft.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import { type HomeStatus, openUplink, type Uplink, type UplinkOptions } from "./uplink.ts";

/** The home of every scene, and when it begins. */
export const tenant = known(parseTenant("demo"));
export const box = known(parseBox("X-1"));
export const device = known(parseSerial("B-1"));
export const start = Instant(1_700_000_000_000);

function known<T>(parsed: T | undefined): T {
  assert(parsed !== undefined, "the scene's names are names");
  return parsed;
}

/** A door that keeps numbers, sends receipts, and notes in which order things came. */
export class Cloud {
  /** Numbers as they came; `again` before one that had come before. */
  readonly order: string[] = [];
  readonly heartbeats: { readonly at: number; readonly alive: Alive }[] = [];
  readonly farewells: string[] = [];
  /** What it took, each once, in the order in which it came. */
  readonly taken: { readonly topic: Topic; readonly payload: Uint8Array }[] = [];
  readonly counters = new Map<Epoch, Ranges>();
  /** Channels whose messages it neither takes nor acknowledges. */
  readonly withheld = new Set<string>();
  readonly #clock: VirtualClock;
  readonly #links = new Set<AcceptedLink>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly accept: Acceptor = (_clientId, link) => {
    this.#links.add(link);
    return {
      subscribed: () => {
        for (const epoch of this.counters.keys()) this.#sendReceipt(epoch);
      },
      receive: (message) => this.#receive(message),
      ended: (how, will) => {
        this.#links.delete(link);
        if (will !== undefined) this.farewells.push(`${how} ${textOf(will.payload)}`);
      },
    };
  };

  /** How many numbers it has, of all counters. */
  get received(): number {
    return [...this.counters.values()].reduce((sum, ranges) => sum + size(ranges), 0);
  }

  /** Sends down to a device of the home. */
  send(leaf: Parameters<typeof downTopic>[1], payload: Uint8Array, to: Serial = device): void {
    for (const link of this.#links)
      link.send(downTopic({ tenant, box, device: to }, leaf), payload);
  }

  #receive({ topic: text, payload }: Published): Promise<{ kind: "accepted" }> {
    const topic = known(parseTopic(text));
    if (this.withheld.has(topic.channel)) return new Promise(() => undefined);
    if (topic.channel === "alive") this.#noteHeartbeat(payload);
    else if (topic.channel === "gone") this.farewells.push(textOf(payload));
    else this.#take(topic, payload);
    return Promise.resolve({ kind: "accepted" });
  }

  #noteHeartbeat(payload: Uint8Array): void {
    const alive = decodeAlive(payload, { device: box });
    assert(alive.kind === "parsed", "a box sends sound heartbeats");
    this.heartbeats.push({ at: this.#clock.now() - start, alive: alive.value });
  }

  #take(topic: Topic, payload: Uint8Array): void {
    const from = topic.device;
    const { epoch, seq } = known(numberOf(payload));
    const before = this.counters.get(epoch) ?? [];
    const isRepeat = contains(before, seq);
    this.order.push(`${isRepeat ? "again " : ""}${seq}`);
    if (!isRepeat) this.taken.push({ topic, payload });
    const reported = decodeReported(payload, { device: from });
    const dropped = reported.kind === "parsed" ? droppedIn(reported.value) : [];
    const after = dropped.reduce(
      (ranges, range) => addRange(ranges, range.from, range.to),
      addNumber(before, seq),
    );
    const holes = normalise(0, after).ranges.length;
    assert(holes <= cadence.limits.rangesMax, "a box never asks a door for more ranges");
    this.counters.set(epoch, after);
    this.#sendReceipt(epoch, from);
  }

  #sendReceipt(epoch: Epoch, to?: Serial): void {
    const received = normalise(0, this.counters.get(epoch) ?? []);
    this.send("stored", encodeJson({ epoch, ...received, refused: [] }), to);
  }
}

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

/** What a scene may choose. */
export type Choices = Pick<UplinkOptions, "desired" | "command" | "postEmergency"> & {
  readonly seed?: number;
  /** How many messages the outbox holds. */
  readonly messages?: number;
};

/** A box with its outbox and uplink, the network and the cloud. */
export class Scene {
  readonly clock: VirtualClock = createVirtualClock({ start });
  readonly cloud: Cloud = new Cloud(this.clock);
  readonly network: MemoryNetwork;
  status: HomeStatus = { power: "mains", links: [] };
  outbox: Outbox;
  uplink: Uplink;
  readonly #sql: Sql = openMemorySql();
  readonly #choices: Choices;

  constructor(choices: Choices = {}) {
    this.#choices = choices;
    const random = this.#random("network");
    this.network = createMemoryNetwork({ clock: this.clock, random });
    this.network.listen(this.cloud.accept);
    migrate(this.#sql, outboxSchema);
    this.outbox = this.#openOutbox();
    this.uplink = this.openUplink();
  }

  /** The box dies and starts again with what is on its disk. */
  async restart(): Promise<void> {
    await this.uplink.close({ abrupt: true });
    this.outbox = this.#openOutbox();
    this.uplink = this.openUplink();
  }

  after(by: Duration): Promise<void> {
    return this.clock.advance({ by });
  }

  #openOutbox(): Outbox {
    const limits = { messages: this.#choices.messages ?? 10_000, bytes: 10_000_000 };
    const random = this.#random("outbox");
    return openOutbox({ sql: this.#sql, box, clock: this.clock, random, limits });
  }

  /** An uplink for the outbox, on another broker if one is given. */
  openUplink(changes: Partial<UplinkOptions> = {}): Uplink {
    const { seed: _seed, messages: _messages, ...choices } = this.#choices;
    return openUplink({
      broker: this.network.broker,
      address: { url: "mqtt://cloud" },
      outbox: this.outbox,
      clock: this.clock,
      random: this.#random("uplink"),
      log: silent,
      tenant,
      box,
      status: () => this.status,
      ...choices,
      ...changes,
    });
  }

  #random(name: string) {
    return createSeededRandom(this.#choices.seed ?? 1).fork(name);
  }
}

let events = 0;

/** An emergency, a routine and a vital message, and many of one. */
export function fall(): Draft {
  events += 1;
  return eventDraft({ id: `event-${events}-abcdef`, kind: "fall", device, t: start });
}
export function report(): Draft {
  return reportedDraft(device, { t: start, parts: { power: { battery: 50 } } });
}
export function vital(): Draft {
  return { ...report(), rank: "vital" };
}
export function many(count: number, one: () => Draft): Draft[] {
  return Array.from({ length: count }, one);
}
