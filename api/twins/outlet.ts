/**
 * The writing end of what one reader is told: it says when there is room, so that a slow reader costs a bounded amount.
 */

/** Bytes that may wait in the server for one reader. */
export const roomBytes = 65_536;

/** Why a telling ends: the token expired, the reader took nothing, there is nothing more to tell, or we close. */
export type EndReason = "expired" | "deaf" | "over" | "closing";

/** What is written into. */
export interface Outlet {
  /** Resolves true once there is room, false once nobody reads any more. */
  readonly room: () => Promise<boolean>;
  /** Whether there is room now. */
  readonly hasRoom: () => boolean;
  /** To be called only when there is room. */
  readonly send: (text: string) => void;
  readonly close: (reason: EndReason) => void;
  /** Resolves once it has ended, by whichever side. */
  readonly ended: Promise<void>;
}

/** The waiting for room, which every outlet does alike. */
export interface Waiting extends Pick<Outlet, "room" | "hasRoom" | "ended"> {
  readonly isOpen: () => boolean;
  /** There may be room again. */
  readonly wake: () => void;
  /** There never will be. */
  readonly end: () => void;
}

/** Waiting for room where `isRoomy` says whether there is some. */
export function createWaiting(isRoomy: () => boolean): Waiting {
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<void>();
  const waiting = new Set<(isOpen: boolean) => void>();
  let isOpen = true;
  const hasRoom = (): boolean => isOpen && isRoomy();
  const wake = (): void => {
    for (const resolve of waiting) resolve(isOpen);
    waiting.clear();
  };
  return {
    ended,
    hasRoom,
    isOpen: () => isOpen,
    wake,
    room: () => {
      if (!isOpen || hasRoom()) return Promise.resolve(isOpen);
      return new Promise((resolve) => waiting.add(resolve));
    },
    end: () => {
      if (!isOpen) return;
      isOpen = false;
      wake();
      tellEnd();
    },
  };
}

/** An answer being written. */
export interface BodyOutlet extends Outlet {
  readonly body: ReadableStream<Uint8Array>;
}

/** An open outlet into the body of an answer. */
export function createBodyOutlet(): BodyOutlet {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const waiting = createWaiting(() => (controller?.desiredSize ?? 0) > 0);
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: waiting.wake,
      cancel: waiting.end,
    },
    { highWaterMark: roomBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  return {
    body,
    room: waiting.room,
    hasRoom: waiting.hasRoom,
    ended: waiting.ended,
    send: (text) => {
      if (waiting.isOpen()) controller?.enqueue(encoder.encode(text));
    },
    close: () => {
      if (waiting.isOpen()) controller?.close();
      waiting.end();
    },
  };
}
