/** What the listeners of both doors have in common: a TLS or plain server, its connections counted, its end in order. */
import { createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import { assert } from "#platform/assert.ts";

import { type ServerTls, tlsOptions } from "./certificate.ts";
import type { Door } from "./door.ts";

/** How to listen. Without `tls` it is a development listener, on a loopback address. */
export interface ListenerOptions {
  readonly door: Pick<Door, "turnedAway">;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls?: ServerTls;
  /** Connections at once (default 20,000); more are closed at once. */
  readonly connectionsMost?: number;
  /** Takes a connection whose handshake is done. */
  readonly accept: (socket: Socket) => void;
}

/** A server and its connections. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: ListenerOptions) {
    const { tls, host } = options;
    assert(
      tls !== undefined || isLoopback(host),
      "a plain listener is for a loopback address only",
    );
    this.#options = options;
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#server =
      tls === undefined
        ? createPlainServer(accept)
        : this.#reporting(createTlsServer(tlsOptions(tls), accept));
  }

  get port(): number {
    const address = this.#server.address();
    assert(address !== null && typeof address === "object", "a listening server has a port");
    return address.port;
  }

  /** Throws what the socket throws when the address is taken. */
  open(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: 4_096 }, () => resolve());
    });
  }

  /** Cuts every connection. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  /** A handshake that fails, such as one of TLS 1.2, is written down. */
  #reporting(server: Server): Server {
    return server.on("tlsClientError", (error: Error, socket: Socket) => {
      const detail = "code" in error ? String(error.code) : error.message;
      this.#options.door.turnedAway({ what: "tls_refused", detail });
      socket.destroy();
    });
  }

  #accept(socket: Socket): void {
    const { door, connectionsMost = 20_000, accept } = this.#options;
    // A socket that ends badly says so by closing; without a listener its error would end the process.
    socket.on("error", () => socket.destroy());
    if (this.#sockets.size >= connectionsMost) {
      door.turnedAway({ what: "overloaded", detail: "too many connections" });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    accept(socket);
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
