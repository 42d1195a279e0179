/** A wristband at a local socket, for live tests: it talks without end, and notes what its box has acknowledged. */
import type { Socket } from "bun";

import { type Courier, openCourier } from "#devices/link/courier.ts";
import { createInbox } from "#devices/link/inbox.ts";
import type { Clock } from "#platform/clock/port.ts";
import { encodeUp } from "#wire/bodies/up.ts";
import { type AckFrame, decodeFrame, type Lane, windowMost } from "#wire/frames/frame.ts";
import { FrameSender } from "#wire/frames/sender.ts";
import { Minutes } from "#wire/units.ts";

import { framed, FrameReader } from "./socket-radio.ts";

/** The one life that it lives. */
export const bandEpoch = 0x1234_5678;

/** Every so many-th thing it says is a fall. */
const fallEvery = 10;
/** Things that it has said, and not heard of. */
const ahead = 12;

/** When the mean with this number ended, for a band that lives since `start`. */
export function meanTime(start: number, number: number): number {
  return start + number * 1000;
}

/** See the file. */
export class SocketBand {
  /** Numbers of means and of falls that the box has acknowledged. */
  readonly acknowledged: Readonly<Record<Lane, Set<number>>> = {
    routine: new Set(),
    emergency: new Set(),
  };
  readonly start: number;
  readonly #clock: Clock;
  #most: number;
  readonly #sender = new FrameSender(bandEpoch);
  readonly #said: Record<Lane, number> = { routine: 0, emergency: 0 };
  #courier: Courier | undefined;
  #server: { stop(closeAll: boolean): void } | undefined;

  /** Says at most so many things, if it is told how many. */
  constructor({ clock, start, most = Infinity }: { clock: Clock; start: number; most?: number }) {
    this.#clock = clock;
    this.start = start;
    this.#most = most;
  }

  /** Listens at `path` for its box, and for the next one when that has died. */
  listen(path: string): void {
    const readers = new Map<Socket, { take: (frame: Uint8Array) => void; reader: FrameReader }>();
    this.#server = Bun.listen({
      unix: path,
      socket: {
        open: (socket) => {
          readers.set(socket, { reader: new FrameReader(), take: this.#meet(socket) });
          this.#talk();
        },
        data: (socket, bytes) => {
          const { reader, take } = readers.get(socket) ?? {};
          for (const frame of reader?.read(bytes) ?? []) take?.(frame);
        },
        close: (socket) => void readers.delete(socket),
      },
    });
  }

  /** Has so many more things to say. */
  sayMore(things: number): void {
    this.#most += things;
    this.#talk();
  }

  stop(): void {
    this.#courier?.close();
    this.#server?.stop(true);
  }

  /** A box has come: what is not acknowledged goes to it. */
  #meet(socket: Socket): (frame: Uint8Array) => void {
    this.#courier?.close();
    this.#sender.resume();
    let take: (frame: Uint8Array) => void = () => {};
    this.#courier = openCourier({
      clock: this.#clock,
      sender: this.#sender,
      inbox: createInbox(() => {}),
      end: {
        up: true,
        send: (frame) => void socket.write(framed(frame)),
        onFrame: (listener) => {
          take = listener;
        },
        onLink: () => {},
      },
    });
    return (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame.kind === "ack") this.#note(frame);
      take(bytes);
      this.#talk();
    };
  }

  #note({ lane, epoch, upTo, bits }: AckFrame): void {
    if (epoch !== bandEpoch) return;
    const has = this.acknowledged[lane];
    for (let number = upTo; number > 0 && !has.has(number); number -= 1) has.add(number);
    for (let bit = 0; bit < windowMost; bit += 1) {
      if (((bits >>> bit) & 1) === 1) has.add(upTo + 1 + bit);
    }
  }

  #talk(): void {
    while (this.#sender.waiting < ahead) {
      const total = this.#said.routine + this.#said.emergency + 1;
      if (total > this.#most) return;
      if (total % fallEvery === 0) this.#sayFall();
      else this.#sayMean();
    }
  }

  #sayMean(): void {
    this.#said.routine += 1;
    const ms = meanTime(this.start, this.#said.routine);
    const reading = { metric: "heart-rate", value: 62, t: ms, window: Minutes(2), quality: 90 };
    const body = {
      battery: 80,
      firmware: "2.4.1",
      readings: [{ ...reading, metric: "heart-rate" as const }],
    };
    const t = { ms, clock: "wall" as const };
    this.#courier?.offer("routine", encodeUp({ kind: "readings", t, ...body }));
  }

  #sayFall(): void {
    this.#said.emergency += 1;
    const t = { ms: this.start, clock: "wall" as const };
    const how = { event: "fall" as const, cause: "impact" as const, quality: 95 };
    const number = this.#said.emergency;
    this.#courier?.offer("emergency", encodeUp({ kind: "event", t, number, ...how }));
  }
}
