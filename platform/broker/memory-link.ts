/** One connection of the network in memory, with its two directions and its two ends. */
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { Millis, Seconds } from "#wire/units.ts";

import type { BrokerConnection, BrokerSession, QoS } from "./port.ts";
import type { Weather } from "./weather.ts";

/** A message that a client published. */
export interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
}

/**
 * How a connection ended, seen from the acceptor. `will`: without farewell, by a client that left
 * one.
 */
type Ending = "farewell" | "will" | "cut";

/** What the acceptor may do to a connection. */
export interface AcceptedLink {
  /** At QoS 1: `acknowledged` is called when the client's PUBACK arrives. */
  send(topic: string, payload: string | Uint8Array, acknowledged?: () => void): void;
  close(reason: string): void;
}

/** What the acceptor makes of a connection. */
export interface AcceptedSession {
  /** The client has subscribed and is about to be told that it is connected. */
  subscribed(filters: readonly string[]): void;
  /** Resolves when the message may be acknowledged. */
  receive(
    message: Published,
  ): Promise<{ readonly kind: "accepted" } | { readonly kind: "disconnect"; reason: string }>;
  /** Called once, whichever side ended it. */
  ended(how: Ending, will: { topic: string; payload: Uint8Array } | undefined): void;
}

/** Takes a connection, or says why not. */
export type Acceptor = (
  clientId: string,
  link: AcceptedLink,
) => AcceptedSession | { readonly kind: "refused"; readonly code: "not-authorised" };

/** What a link needs of its network. */
interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  weather(): Weather;
  forget(): void;
}

const utf8 = new TextEncoder();

/** A connection from its CONNECT to its end. */
export class Link implements BrokerConnection {
  readonly #client: BrokerSession;
  readonly #around: Surroundings;
  readonly #waiting = new Set<(error?: Trouble) => void>();
  #server: AcceptedSession | undefined;
  #state: "opening" | "open" | "over" = "opening";
  #opened: () => void = () => undefined;
  #isFrozen = false;
  readonly #arrivals = { up: 0, down: 0 };

  constructor(client: BrokerSession, around: Surroundings) {
    this.#client = client;
    this.#around = around;
  }

  /** Resolves at the SUBACK. */
  async open(acceptor: Acceptor): Promise<BrokerConnection> {
    const accepted = acceptor(this.#client.clientId, {
      send: (topic, payload, acknowledged) =>
        this.#send({ topic, payload: bytesOf(payload) }, acknowledged),
      close: (reason) => this.#closeServer(reason),
    });
    if ("kind" in accepted) {
      this.#around.forget();
      throw new Trouble(accepted.code, { retry: "safe" });
    }
    this.#server = accepted;
    await new Promise<void>((resolve) => {
      this.#opened = resolve;
      this.#travel("down", () => {
        if (this.#state === "opening") this.#state = "open";
        resolve();
      });
      accepted.subscribed(this.#client.subscribe);
    });
    if (this.#isOver()) throw new Trouble("connection-refused", { retry: "safe" });
    return this;
  }

  publish(topic: string, payload: Uint8Array | string, qos: QoS): Promise<void> {
    if (this.#isOver()) return Promise.reject(closed());
    const message = { topic, payload: bytesOf(payload), qos };
    if (qos === 0) {
      this.#travel("up", () => this.#deliverOnce(message));
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const settle = (error?: Trouble): void => {
        if (!this.#waiting.delete(settle)) return;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#waiting.add(settle);
      this.#travel("up", () => this.#deliver(message, settle));
    });
  }

  close({ abrupt = false }: { abrupt?: boolean } = {}): Promise<void> {
    if (this.#isOver()) return Promise.resolve();
    this.#travel("up", () => this.#endServer(abrupt ? "broken" : "farewell"));
    this.#endClient(abrupt ? "cut" : "closed");
    return Promise.resolve();
  }

  /** Both ends learn that the connection is broken. */
  cut(reason: string): void {
    this.#endClient(reason);
    this.#endServer("broken");
  }

  /** The acceptor's process is gone. */
  orphan(): void {
    this.#server = undefined;
    this.#around.forget();
    this.#endClient("cut");
  }

  /** Nothing passes any more; each end gives up after one and a half keepalive periods. */
  freeze(): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    const patience = Seconds(this.#client.keepAliveSeconds * 1.5);
    const { clock } = this.#around;
    clock.after(patience, "keepalive of a client", () => this.#endClient("keepalive"));
    clock.after(patience, "keepalive of an acceptor", () => this.#endServer("broken"));
  }

  #deliver(message: Published, settle: (error?: Trouble) => void): void {
    const { swallow, repeat, lostAck } = this.#around.weather();
    const chance = this.#around.random;
    if (chance.next() < swallow) {
      this.#travel("down", settle);
      return;
    }
    const isAckLost = chance.next() < lostAck;
    if (chance.next() < repeat) void this.#receive(message);
    void this.#receive(message).then((isAccepted) =>
      isAccepted ? this.#acknowledge(settle, isAckLost) : undefined,
    );
  }

  #acknowledge(settle: () => void, isLost: boolean): void {
    if (isLost) this.cut("cut before an acknowledgement");
    else this.#travel("down", settle);
  }

  #deliverOnce(message: Published): void {
    if (this.#around.random.next() >= this.#around.weather().swallow) void this.#receive(message);
  }

  async #receive(message: Published): Promise<boolean> {
    const verdict = await this.#server?.receive(message);
    if (verdict?.kind === "disconnect") this.#closeServer(verdict.reason);
    return verdict?.kind === "accepted";
  }

  #send(message: { topic: string; payload: Uint8Array }, acknowledged?: () => void): void {
    this.#travel("down", () => {
      if (this.#state !== "open") return;
      this.#client.receive(message.topic, message.payload);
      if (acknowledged !== undefined) this.#travel("up", acknowledged);
    });
  }

  /**
   * Lets `arrive` happen at the other end: later, in order, unless the connection is over or
   * frozen.
   */
  #travel(direction: "up" | "down", arrive: () => void): void {
    const { clock, random } = this.#around;
    const { low, high } = this.#around.weather().latency;
    const now = clock.monotonic();
    const at = Math.max(this.#arrivals[direction], now + low + random.next() * (high - low));
    this.#arrivals[direction] = at;
    clock.after(Millis(at - now), `a packet ${direction}`, () => {
      if (!this.#isFrozen && (direction === "down" || this.#server !== undefined)) arrive();
    });
  }

  #isOver(): boolean {
    return this.#state === "over";
  }

  #endClient(reason: string): void {
    const before = this.#state;
    this.#state = "over";
    if (before === "opening") this.#opened();
    if (before !== "open") return;
    for (const settle of this.#waiting) settle(closed());
    this.#client.closed(reason);
  }

  /** The acceptor ends the connection; the client learns of it when that arrives. */
  #closeServer(reason: string): void {
    if (this.#server === undefined) return;
    this.#endServer("broken");
    this.#travel("down", () => this.#endClient(reason));
  }

  #endServer(how: "farewell" | "broken"): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#around.forget();
    const { will } = this.#client;
    if (how === "farewell") server.ended("farewell", undefined);
    else if (will === undefined) server.ended("cut", undefined);
    else server.ended("will", { topic: will.topic, payload: bytesOf(will.payload) });
  }
}

function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === "string" ? utf8.encode(payload) : payload;
}

function closed(): Trouble {
  return new Trouble("connection-closed", { retry: "ambiguous" });
}
