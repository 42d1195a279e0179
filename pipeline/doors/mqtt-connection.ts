/**
 * One MQTT connection between the broker's client and the door's session: what is held, what goes back.
 *
 * The door acknowledges QoS 1 itself, when the commit has held, and lets the broker read on meanwhile: a routine
 * message that must wait never stands before an emergency. Only a connection that has too much under way is not read.
 */
import type { Client, PublishPacket } from "aedes";

import { isShadowTopic } from "#wire/shadow-topics.ts";
import { matchesFilter } from "#wire/topic-filter.ts";

import type { DoorSession, Link, Peer, Reception } from "./link.ts";
import { type FrameGuard, puback, publish } from "./mqtt-frames.ts";

/** How much of one connection may be under way before it is no longer read. */
const heldMost = { messages: 1_024, bytes: 1_048_576 } as const;
/** Bytes that may wait for a peer that does not read. */
const unreadMost = 1_048_576;

/** How the broker is told that it may go on. */
type GoOn = (error?: Error | null) => void;

/** Writes of one turn of the event loop leave together. */
export class Writes {
  readonly #dirty = new Set<MqttConnection>();

  add(connection: MqttConnection): void {
    if (this.#dirty.size === 0) queueMicrotask(() => this.#flush());
    this.#dirty.add(connection);
  }

  #flush(): void {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const connection of dirty) connection.flush();
  }
}

/** A connection whose peer is known. */
export class MqttConnection implements Link {
  readonly peer: Peer;
  readonly #client: Client;
  readonly #writes: Writes;
  #session: DoorSession | undefined;
  /** QoS that the box has been granted for what goes down; undefined while it does not listen. */
  #granted: 0 | 1 | undefined;
  /** QoS granted to each filter of the shadow service. */
  readonly #shadowFilters = new Map<string, 0 | 1>();
  #out: Uint8Array[] = [];
  #nextId = 0;
  /** Packets of which somebody wants to know that they arrived. */
  readonly #awaited = new Map<number, () => void>();
  #heldMessages = 0;
  #heldBytes = 0;
  #halted: GoOn[] = [];
  readonly #willed: boolean;
  readonly #guard: FrameGuard;

  constructor(
    client: Client,
    peer: Peer,
    options: { writes: Writes; guard: FrameGuard; willed: boolean },
  ) {
    this.#client = client;
    this.peer = peer;
    this.#writes = options.writes;
    this.#guard = options.guard;
    this.#willed = options.willed;
  }

  /** Speaks through this session from now on. */
  open(session: DoorSession): void {
    this.#session = session;
    this.#client.conn.once("close", () => session.ended(this.#ending()));
  }

  /** A message from the box; the broker goes on when it is told to. */
  receive(packet: PublishPacket, goOn: GoOn): void {
    const session = this.#session;
    if (session === undefined) return goOn(new Error("not connected"));
    const { qos, messageId, topic } = packet;
    const payload =
      typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    const reception = session.receive({ topic, payload, qos });
    if (qos === 2) {
      void reception.then((became) => this.#conclude(became, goOn));
      return;
    }
    // The broker would acknowledge QoS 1 at once; as QoS 0 it leaves that to us.
    packet.qos = 0;
    this.#heldMessages++;
    this.#heldBytes += payload.length;
    void reception.then((became) => {
      this.#heldMessages--;
      this.#heldBytes -= payload.length;
      this.#conclude(became, () => {
        if (qos === 1 && messageId !== undefined) this.#write(puback(messageId));
      });
      this.#resume();
    });
    if (this.#isFull()) this.#halted.push(goOn);
    else goOn(null);
  }

  /** The box listens. */
  listen(granted: 0 | 1): void {
    this.#granted = granted;
    this.#session?.subscribed();
  }

  /** The box listens to a filter of the shadow service. */
  follow(filter: string, granted: 0 | 1): void {
    this.#shadowFilters.set(filter, granted);
  }

  /** It does so no more. */
  forget(filter: string): void {
    this.#shadowFilters.delete(filter);
  }

  hears(topic: string): boolean {
    return this.#shadowQos(topic) !== undefined;
  }

  send(topic: string, payload: string, acknowledged?: () => void): void {
    const granted = isShadowTopic(topic) ? this.#shadowQos(topic) : this.#granted;
    if (granted === undefined) return;
    this.#nextId = (this.#nextId % 65_535) + 1;
    if (acknowledged !== undefined && granted === 1) this.#awaited.set(this.#nextId, acknowledged);
    this.#write(publish(topic, payload, granted === 1 ? this.#nextId : undefined));
  }

  /** A PUBACK came. */
  acknowledged(id: number): void {
    const tell = this.#awaited.get(id);
    this.#awaited.delete(id);
    tell?.();
  }

  close(): void {
    this.#client.conn.destroy();
  }

  /** Hands what has been written to the socket. */
  flush(): void {
    const out = this.#out;
    this.#out = [];
    const { conn } = this.#client;
    const [first] = out;
    if (first === undefined || conn.destroyed) return;
    conn.write(out.length === 1 ? first : Buffer.concat(out));
    if (conn.writableLength > unreadMost) conn.destroy();
  }

  /** The highest that any filter over the topic was granted. */
  #shadowQos(topic: string): 0 | 1 | undefined {
    let highest: 0 | 1 | undefined;
    for (const [filter, granted] of this.#shadowFilters) {
      if (granted !== highest && highest !== 1 && matchesFilter(filter, topic)) highest = granted;
    }
    return highest;
  }

  #write(bytes: Uint8Array): void {
    this.#out.push(bytes);
    this.#writes.add(this);
  }

  #conclude(became: Reception, accept: () => void): void {
    if (became.kind === "accepted") accept();
    else this.close();
  }

  #isFull(): boolean {
    return this.#heldMessages >= heldMost.messages || this.#heldBytes >= heldMost.bytes;
  }

  #resume(): void {
    if (this.#halted.length === 0 || this.#isFull()) return;
    const halted = this.#halted;
    this.#halted = [];
    for (const goOn of halted) goOn(null);
  }

  #ending(): "farewell" | "will" | "cut" {
    if (this.#guard.farewell) return "farewell";
    return this.#willed ? "will" : "cut";
  }
}
