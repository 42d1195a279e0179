/**
 * The MQTT door: aedes speaks the protocol, the door decides.
 *
 * Over TLS the certificate is the identity; the client id and the user name are free, so that plain `mosquitto_pub` works.
 * The plain listener is for development on a loopback address only: there the user name, or else the client id, is the
 * box's serial. Nothing is fanned out, retained or queued: what goes down is written to its one box.
 *
 * @source DESIGN §4, §5; catalogue BK; clinical §4.6 F24, F25
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

import {
  Aedes,
  type Client,
  type ConnectPacket,
  type PublishPacket,
  type Subscription,
} from "aedes";

import { assert } from "#platform/assert.ts";
import type { Log } from "#platform/log.ts";
import type { Registry } from "#twins/registry-port.ts";
import { cadence } from "#wire/cadence.ts";
import { parseBox } from "#wire/identity.ts";
import { isShadowTopic } from "#wire/shadow-topics.ts";
import { downFilter, parseTopic } from "#wire/topics.ts";

import { type Identified, identify, type ServerTls } from "./certificate.ts";
import type { Door } from "./door.ts";
import type { Peer } from "./link.ts";
import { Listener } from "./listener.ts";
import { MqttConnection, Writes } from "./mqtt-connection.ts";
import { FrameGuard } from "./mqtt-frames.ts";
import { createMqttMemory } from "./mqtt-memory.ts";

/** How to open an MQTT door. Without `tls` it is the development listener, on a loopback address. */
export interface MqttDoorOptions {
  readonly door: Door;
  readonly registry: Registry;
  readonly log: Log;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls?: ServerTls;
  /** Connections at once (default 20,000); more are closed at once. */
  readonly connectionsMost?: number;
}

/** A listening door. */
export interface MqttDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Longest topic and packet id beside the payload. */
const envelope = 2 + 192 + 2;
/** Longest CONNECT: nobody is known yet. */
const connectMost = 2_048;
const connectTimeoutMs = 10_000;
/** A box that asks for no keep-alive gets this one, and nobody gets a longer one. */
const keepAliveMost = 300;

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
const returnCodes = { unavailable: 3, unauthorised: 5 } as const;

/** Listens. Throws what the socket throws when the address is taken. */
export async function openMqttDoor(options: MqttDoorOptions): Promise<MqttDoor> {
  const broker = new MqttBroker(options);
  await broker.open();
  return broker;
}

class MqttBroker implements MqttDoor {
  readonly #options: MqttDoorOptions;
  readonly #aedes: Aedes;
  readonly #listener: Listener;
  readonly #writes = new Writes();
  readonly #guards = new WeakMap<object, FrameGuard>();
  readonly #peers = new WeakMap<object, Peer>();
  readonly #pending = new WeakMap<Client, Identified & { readonly willed: boolean }>();
  readonly #connections = new WeakMap<Client, MqttConnection>();
  #count = 0;

  constructor(options: MqttDoorOptions) {
    this.#options = options;
    this.#aedes = new Aedes({
      persistence: createMqttMemory(),
      connectTimeout: connectTimeoutMs,
      maxInflightInbound: 64,
      maxClientsIdLength: 64,
      maxTopicLevels: 16,
      heartbeatInterval: 3_600_000,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authenticate: (client, ...[, , done]) => this.#authenticate(client, done),
      authorizePublish: (client, packet, done) => this.#publish(client, packet, done),
      authorizeSubscribe: (client, wanted, done) => done(null, this.#grant(client, wanted)),
    });
    detachRouting(this.#aedes);
    this.#aedes.on("subscribe", (granted, client) => {
      const connection = this.#connections.get(client);
      for (const { topic, qos } of granted) if (qos <= 2) subscribed(connection, topic, qos);
    });
    this.#aedes.on("unsubscribe", (filters, client) => {
      for (const filter of filters) this.#connections.get(client)?.forget(filter);
    });
    this.#aedes.on("ack", (packet, client) => {
      const { messageId } = packet;
      if (messageId !== undefined) this.#connections.get(client)?.acknowledged(messageId);
    });
    this.#aedes.on("clientError", (client, error) => this.#fault(client, error));
    this.#aedes.on("connectionError", (client, error) => this.#fault(client, error));
    this.#listener = new Listener({ ...options, accept: (socket) => this.#accept(socket) });
  }

  get port(): number {
    return this.#listener.port;
  }

  async open(): Promise<void> {
    await this.#aedes.listen();
    await this.#listener.open();
  }

  async close(): Promise<void> {
    await this.#listener.close();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const guard = new FrameGuard(connectMost);
    this.#guards.set(socket, guard);
    guardReads(socket, guard, () => {
      const peer = this.#peers.get(socket);
      this.#options.door.turnedAway({ what: "oversize", ...peer, detail: "announced length" });
    });
    this.#aedes.handle(socket);
  }

  /** Names the client after its box and this connection: no client can close another by taking its id. */
  #preConnect(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, success: boolean) => void,
  ): void {
    const identified = this.#identify(client, packet);
    const will = packet.will;
    const box = identified.kind === "known" ? identified.peer.box : "unknown";
    const judged = this.#judgeWill(identified, will);
    this.#pending.set(client, { ...judged, willed: will !== undefined });
    packet.clientId = `${box}.${++this.#count}`;
    packet.clean = true;
    packet.keepalive = Math.min(packet.keepalive || keepAliveMost, keepAliveMost);
    delete packet.will;
    done(null, true);
  }

  #identify({ conn }: Client, { username, clientId }: ConnectPacket): Identified {
    const { registry } = this.#options;
    if (conn instanceof TLSSocket) return identify(conn, registry);
    const box = parseBox(username ?? clientId);
    const found = box === undefined ? undefined : registry.device(box);
    if (box === undefined || found === undefined || found.revokedAt !== null) {
      return { kind: "refused", code: "credentials_refused", box: box ?? "" };
    }
    return { kind: "known", peer: { tenant: found.tenant, box } };
  }

  /** A last will may only say that the box itself is gone; one to the shadow service says nothing to it (A29). */
  #judgeWill(identified: Identified, will: ConnectPacket["will"]): Identified {
    if (identified.kind === "refused" || will === undefined) return identified;
    const { tenant, box } = identified.peer;
    const topic = parseTopic(will.topic);
    const isOwn = topic?.channel === "gone" && topic.tenant === tenant && topic.box === box;
    const isVoid = this.#options.door.admitsShadow?.(identified.peer, will.topic) === true;
    return isOwn || isVoid ? identified : { kind: "refused", code: "foreign_topic", box };
  }

  #authenticate(client: Client, done: (error: ConnectError | null, ok: boolean) => void): void {
    const identified = this.#pending.get(client);
    const { door } = this.#options;
    if (identified === undefined) return done(refusal(returnCodes.unauthorised), false);
    if (identified.kind === "refused") {
      const { code, box } = identified;
      door.turnedAway({ what: code, ...(box === undefined || box === "" ? {} : { box }) });
      return done(refusal(returnCodes.unauthorised), false);
    }
    if (!door.accepting) {
      door.turnedAway({ what: "overloaded", ...identified.peer });
      return done(refusal(returnCodes.unavailable), false);
    }
    const guard = this.#guards.get(client.conn);
    assert(guard !== undefined, "every connection is guarded before it is read");
    guard.most = cadence.limits.payloadBytes + envelope;
    const { peer, willed } = identified;
    this.#peers.set(client.conn, peer);
    const connection = new MqttConnection(client, peer, { writes: this.#writes, guard, willed });
    this.#connections.set(client, connection);
    connection.open(door.connect(peer, connection));
    done(null, true);
  }

  #publish(
    client: Client | null,
    packet: PublishPacket,
    goOn: (error?: Error | null) => void,
  ): void {
    const connection = client === null ? undefined : this.#connections.get(client);
    if (connection === undefined) return goOn(new Error("not connected"));
    connection.receive(packet, goOn);
  }

  /** A box listens to what is sent down to its home, and to nothing else. */
  #grant(client: Client, wanted: Subscription): Subscription | null {
    const peer = this.#connections.get(client)?.peer;
    if (peer === undefined) return null;
    const { door } = this.#options;
    const isOwn = wanted.topic === downFilter(peer.tenant, peer.box);
    if (isOwn || door.admitsShadow?.(peer, wanted.topic) === true) {
      return { ...wanted, qos: wanted.qos === 0 ? 0 : 1 };
    }
    door.turnedAway({
      what: "foreign_subscription",
      ...peer,
      detail: wanted.topic.slice(0, 200),
    });
    return null;
  }

  /** A client that the broker has given up: its silence and broken lines are no news, broken rules are. */
  #fault(client: Client, error: Error): void {
    const ordinary =
      "code" in error || "errorCode" in error || error.message === "keep alive timeout";
    if (ordinary) return;
    this.#options.door.turnedAway({
      what: "protocol_error",
      ...this.#connections.get(client)?.peer,
      detail: error.message,
    });
  }
}

/** A refusal as the broker turns it into a CONNACK. */
type ConnectError = Error & { readonly returnCode: 3 | 5 };

function refusal(returnCode: 3 | 5): ConnectError {
  return Object.assign(new Error("connection refused"), { returnCode });
}

function subscribed(connection: MqttConnection | undefined, filter: string, qos: number): void {
  const granted = qos === 0 ? 0 : 1;
  if (isShadowTopic(filter)) connection?.follow(filter, granted);
  else connection?.listen(granted);
}

/** Takes the broker's own delivery out: no message that comes in is meant for another client. */
function detachRouting(aedes: Aedes): void {
  const settle = (...given: unknown[]): void => {
    const done = given.at(-1);
    if (typeof done === "function") done();
  };
  aedes.publish = settle;
  aedes.subscribe = settle;
  aedes.unsubscribe = settle;
}

/** Lets no byte of an oversize packet reach the parser. */
function guardReads(socket: Socket, guard: FrameGuard, oversize: () => void): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array) || guard.take(chunk)) return chunk;
    oversize();
    socket.destroy();
    return null;
  };
}
