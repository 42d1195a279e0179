/** A TCP proxy that can be cut or frozen, for tests on real sockets. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Where it listens, and what it can do to every connection through it. */
export interface Proxy {
  readonly port: number;
  /** Breaks every connection at both ends. */
  readonly cut: () => void;
  /** Passes nothing more on existing connections, without closing them. */
  readonly freeze: () => void;
  readonly close: () => void;
}

/** Listens on a free port of loopback and passes everything on to `target` there. */
export async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    const far = keep(connect(target, "127.0.0.1"));
    keep(near).pipe(far);
    far.pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const freeze = (): void => {
    for (const socket of sockets) {
      socket.unpipe();
      socket.pause();
    }
  };
  const port = await listen(server);
  return {
    port,
    cut,
    freeze,
    close: () => {
      cut();
      server.close();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address !== null && typeof address === "object") resolve(address.port);
      else reject(new Error("a TCP server has a port"));
    });
  });
}
