/**
 * An outlet into a WebSocket: the reader says how many messages more they will take, and gets no other.
 */
import type { Socket } from "#api/route.ts";

import { createWaiting, type EndReason, type Outlet, roomBytes } from "./outlet.ts";

/** An outlet that its reader gives credit to. */
export interface SocketOutlet extends Outlet {
  /** The reader takes so many messages more. */
  readonly grant: (credit: number) => void;
  /** What waited has been sent. */
  readonly drained: () => void;
  /** The reader has gone. */
  readonly gone: () => void;
}

/** Messages that a reader may have asked for and not got yet; more are not counted. */
export const creditMost = 100_000;

/** What a close code says: 4000 and an HTTP status where one fits. */
const codes: Readonly<Record<EndReason, number>> = {
  expired: 4401,
  deaf: 4408,
  over: 1000,
  closing: 1001,
};

/** An open outlet without credit. */
export function createSocketOutlet(socket: Socket): SocketOutlet {
  let credit = 0;
  const waiting = createWaiting(() => credit > 0 && socket.getBufferedAmount() < roomBytes);
  const wakeIfRoom = (): void => {
    if (waiting.hasRoom()) waiting.wake();
  };
  return {
    room: waiting.room,
    hasRoom: waiting.hasRoom,
    ended: waiting.ended,
    send: (text) => {
      if (!waiting.isOpen() || text === "") return;
      credit--;
      socket.send(text);
    },
    close: (reason) => {
      if (waiting.isOpen()) socket.close(codes[reason], reason);
      waiting.end();
    },
    grant: (more) => {
      credit = Math.min(credit + more, creditMost);
      wakeIfRoom();
    },
    drained: wakeIfRoom,
    gone: waiting.end,
  };
}
