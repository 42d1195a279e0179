/**
 * The broker as a client sees it: one MQTT 3.1.1 connection. Reconnecting is the caller's business.
 */

/** 0 at most once, 1 at least once, 2 exactly once per hop. */
export type QoS = 0 | 1 | 2;

/** How to connect. */
export interface BrokerAddress {
  /** `mqtts://host:port` or `mqtt://host:port`. */
  readonly url: string;
  /** PEM texts for mutual TLS; the server's certificate is checked against `ca`. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** What this connection is and wants. */
export interface BrokerSession {
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  readonly will?: { readonly topic: string; readonly payload: string; readonly qos: QoS };
  /** Topic filters, subscribed at QoS 1 before `connect` resolves. */
  readonly subscribe: readonly string[];
  receive(topic: string, payload: Uint8Array): void;
  /** Called once, when an established connection has ended, for whatever reason (also `close`). */
  closed(reason: string): void;
}

/** An established connection. */
export interface BrokerConnection {
  /**
   * Resolves at PUBACK (QoS 1), PUBCOMP (QoS 2), or when handed to the socket (QoS 0).
   * Throws Trouble `connection-closed` (ambiguous).
   */
  publish(topic: string, payload: Uint8Array | string, qos: QoS): Promise<void>;
  /**
   * Ends the connection: politely, or as a cut cable would (`abrupt`, so that the will is sent).
   */
  close(options?: { abrupt?: boolean }): Promise<void>;
}

/**
 * Opens connections. Throws Trouble `connection-refused` (safe), `not-authorised` (safe; a
 * certificate may be renewed).
 */
export interface Broker {
  connect(address: BrokerAddress, session: BrokerSession): Promise<BrokerConnection>;
}
