/** Where a transport and the door meet: a connection's peer, its way in and its way back. */
import type { BoxSerial, Tenant } from "#wire/identity.ts";

import type { AuditCode } from "./audit.ts";

/** Who a connection belongs to, as its certificate and the registry say. */
export interface Peer {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
}

/** The way back to a box. */
export interface Link {
  /** `acknowledged` is called when the other end has it, and never when that cannot be known. */
  send(topic: string, payload: string, acknowledged?: () => void): void;
  /** Whether the box has asked to hear what is sent on a topic of the shadow service. */
  hears?(topic: string): boolean;
  close(reason: string): void;
}

/** A message as it came. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
}

/** What is to be done about a message: acknowledge it, or end the connection without doing so. */
export type Reception =
  { readonly kind: "accepted" } | { readonly kind: "disconnect"; readonly reason: AuditCode };

/** A connection as the transport sees it. */
export interface DoorSession {
  /** Resolves when the message may be acknowledged, however long that takes. */
  receive(message: Message): Promise<Reception>;
  /** The box listens now: it is told all that the cloud has of its devices. */
  subscribed(): void;
  /** The connection has ended. */
  ended(how: "farewell" | "will" | "cut"): void;
}
