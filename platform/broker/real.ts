/**
 * MQTT 3.1.1 over TLS 1.3 or plain TCP, by mqtt.js, with everything switched off that would act
 * on its own: no reconnection, no queue, no stored session. One connection lives once.
 *
 * mqtt.js forgets callbacks: a publish that waits for its acknowledgement, or for the socket to
 * drain, is told nothing when the connection ends some other way than by `end(true)`. Whatever
 * waits is therefore kept and settled here.
 * @source clinical §4.3, mqtt.js 5.16.0 client.ts
 */
import { connect as connectClient, type IClientOptions, type MqttClient } from "mqtt";

import { Trouble } from "#platform/trouble.ts";

import type { Broker, BrokerAddress, BrokerConnection, BrokerSession, QoS } from "./port.ts";

/** How long a connection may take to be made, from the first packet to the broker's answer, ms. */
const connectMs = 30_000;
/** How long a broker may take to close a connection that was ended politely, ms. */
const farewellMs = 1_000;
/** What a SUBACK answers for a filter that is refused. */
const subscriptionRefused = 0x80;

/** The network. */
export const realBroker: Broker = {
  connect: (address, session) =>
    new Promise((resolve, reject) => {
      const client = connectClient(address.url, optionsOf(address, session));
      const connection = new Connection(client, session);
      let fault: unknown;
      client.on("error", (error) => {
        fault ??= error;
      });
      client.on("message", (topic, payload) => session.receive(topic, payload));
      client.on("close", () => {
        if (!connection.ended(fault)) reject(refusalOf(fault));
      });
      client.on("connect", () => {
        subscribe(client, session.subscribe, (error) => {
          if (error === undefined) {
            connection.established = true;
            resolve(connection);
            return;
          }
          fault = error;
          client.end(true);
        });
      });
    }),
};

function optionsOf(address: BrokerAddress, session: BrokerSession): IClientOptions {
  const { will, clientId, keepAliveSeconds } = session;
  return {
    clientId,
    keepalive: keepAliveSeconds,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: connectMs,
    queueQoSZero: false,
    resubscribe: false,
    // Its workers are for browsers that put tabs to sleep.
    timerVariant: "native",
    ...(will && { will: { ...will, payload: Buffer.from(will.payload), retain: false } }),
    ...(address.tls && { ...address.tls, minVersion: "TLSv1.3", rejectUnauthorized: true }),
  };
}

function subscribe(
  client: MqttClient,
  filters: readonly string[],
  done: (error: unknown) => void,
): void {
  if (filters.length === 0) {
    done(undefined);
    return;
  }
  client.subscribe([...filters], { qos: 1 }, (error, granted) => {
    const isRefused = granted?.some(({ qos }) => qos >= subscriptionRefused) === true;
    if (error) done(error);
    else done(isRefused ? new Trouble("not-authorised", { retry: "safe" }) : undefined);
  });
}

class Connection implements BrokerConnection {
  established = false;
  readonly #client: MqttClient;
  readonly #session: BrokerSession;
  readonly #waiting = new Set<(error: unknown) => void>();
  #leaving: string | undefined;
  #isOver = false;
  #gone: (() => void) | undefined;

  constructor(client: MqttClient, session: BrokerSession) {
    this.#client = client;
    this.#session = session;
  }

  publish(topic: string, payload: Uint8Array | string, qos: QoS): Promise<void> {
    if (this.#isOver || this.#leaving !== undefined) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const settle = (error: unknown): void => {
        if (!this.#waiting.delete(settle)) return;
        if (error) reject(closed(error));
        else resolve();
      };
      this.#waiting.add(settle);
      this.#client.publish(topic, bytesOf(payload), { qos }, settle);
    });
  }

  async close({ abrupt = false }: { abrupt?: boolean } = {}): Promise<void> {
    if (this.#isOver || this.#leaving !== undefined) return;
    this.#leaving = abrupt ? "cut" : "closed";
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve;
    });
    this.#settleAll();
    if (abrupt) {
      this.#client.stream.destroy();
      await gone;
      return;
    }
    // With messages unacknowledged, `end` would wait for them for ever.
    for (const id of Object.keys(this.#client.outgoing)) {
      this.#client.removeOutgoingMessage(Number(id));
    }
    this.#client.end(false);
    const patience = setTimeout(() => this.#client.stream.destroy(), farewellMs);
    await gone;
    clearTimeout(patience);
  }

  /** The socket is closed. Answers whether there was a connection to end. */
  ended(fault: unknown): boolean {
    if (!this.established) return false;
    if (this.#isOver) return true;
    this.#isOver = true;
    this.#settleAll();
    this.#gone?.();
    this.#session.closed(this.#leaving ?? (fault instanceof Error ? fault.message : "lost"));
    return true;
  }

  #settleAll(): void {
    for (const settle of this.#waiting) settle(new Error("the connection has ended"));
  }
}

function bytesOf(payload: Uint8Array | string): Buffer | string {
  if (typeof payload === "string") return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

function closed(cause?: unknown): Trouble {
  return new Trouble("connection-closed", { retry: "ambiguous", cause });
}

/** CONNACK return codes 4 and 5, MQTT 3.1.1 §3.2.2.3: bad credentials, not authorised. */
const unauthorised: readonly unknown[] = [4, 5];
/** TLS alerts about our certificate, RFC 8446 §6.2, as OpenSSL and BoringSSL name them. */
const certificateAlert = /ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/;

function refusalOf(fault: unknown): Trouble {
  if (fault instanceof Trouble) return fault;
  const code: unknown = fault instanceof Error && "code" in fault ? fault.code : undefined;
  const detail = fault instanceof Error ? fault.message : "the broker closed the connection";
  const isAlert = typeof code === "string" && certificateAlert.test(code);
  const kind = unauthorised.includes(code) || isAlert ? "not-authorised" : "connection-refused";
  return new Trouble(kind, { retry: "safe", detail, cause: fault });
}
