/**
 * A wristband at the other end of a local socket, for machines without Bluetooth: frames as they are on the air, each behind
 * its length in one byte. The socket's owner is trusted: there is one wristband, and it is bonded.
 */
import type { Socket } from "bun";

import { Trouble } from "#platform/trouble.ts";

import type { BandConnection, BandRadio } from "./port.ts";

/** The radio of the wristband that listens at `path`. */
export function openSocketRadio(path: string): BandRadio {
  return {
    scan: () => ({ stop: () => {} }),
    bond: async () => ({ kind: "bonded" }),
    bonds: async () => [path],
    forget: async () => {},
    connect: () => connect(path),
  };
}

/** Puts frames together from bytes that come cut anywhere. */
export class FrameReader {
  #rest = new Uint8Array();

  /** The frames that these bytes complete. */
  read(bytes: Uint8Array): Uint8Array[] {
    let rest = Uint8Array.from([...this.#rest, ...bytes]);
    const frames: Uint8Array[] = [];
    for (let end = 1 + (rest[0] ?? 0); rest.length > 0 && rest.length >= end;) {
      frames.push(rest.slice(1, end));
      rest = rest.slice(end);
      end = 1 + (rest[0] ?? 0);
    }
    this.#rest = rest;
    return frames;
  }
}

/** A frame as it goes into a socket. */
export function framed(frame: Uint8Array): Uint8Array {
  return Uint8Array.of(frame.length, ...frame);
}

async function connect(path: string): Promise<BandConnection> {
  const reader = new FrameReader();
  let take: (frame: Uint8Array) => void = () => {};
  let changed: (isUp: boolean) => void = () => {};
  let isUp = true;
  const ended = (): void => {
    if (isUp) changed((isUp = false));
  };
  let socket: Socket;
  try {
    socket = await Bun.connect({
      unix: path,
      socket: {
        data: (_socket, bytes) => {
          for (const frame of reader.read(bytes)) take(frame);
        },
        close: ended,
        error: ended,
      },
    });
  } catch (cause) {
    throw new Trouble("band-unreachable", { retry: "safe", detail: path, cause });
  }
  return {
    address: path,
    get up() {
      return isUp;
    },
    send: (bytes) => {
      const whole = framed(bytes);
      // Half a frame would be the head of the next one: better no link at all.
      if (isUp && socket.write(whole) < whole.length) socket.end();
    },
    onFrame: (listener) => {
      take = listener;
    },
    onLink: (listener) => {
      changed = listener;
    },
    close: async () => void socket.end(),
  };
}
