/**
 * Carries bodies over one end of the radio, and takes those of the other end: the wristband's and the
 * box's are the same.
 *
 * What comes is kept first, with the mark that says so, and acknowledged then. What goes is sent until
 * it is acknowledged, emergencies at once.
 * @source catalogue WB-24, WB-27, WB-38; spec/clinical.md F12, F14
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import {
  type AckFrame,
  type DataFrame,
  decodeFrame,
  encodeFrame,
  type Lane,
} from "#wire/frames/frame.ts";
import { acknowledgementOf, type LaneMark, takeFrame } from "#wire/frames/receiver.ts";
import type { FrameSender } from "#wire/frames/sender.ts";
import { Millis } from "#wire/units.ts";

import type { RadioEnd } from "./radio.ts";

/** What a courier keeps of what has come. */
export interface Inbox {
  /** What has come of a lane of an epoch. */
  markOf(lane: Lane, epoch: number): LaneMark | undefined;
  /**
   * Keeps a mark and, when it is fresh, the frame's body, both or neither; false when it could not, and
   * the frame will come again.
   */
  keep(mark: LaneMark, fresh: DataFrame | undefined): boolean;
  /** The latest mark of each lane: told to the other end when the link comes up. */
  latest(): readonly LaneMark[];
}

/** What a courier works with. */
export interface CourierSetup {
  readonly clock: Pick<Clock, "monotonic" | "after">;
  readonly end: RadioEnd;
  readonly sender: FrameSender;
  readonly inbox: Inbox;
  /** What is called when the link comes up, before anything is sent, or goes down. */
  readonly linked?: (up: boolean) => void;
}

/** Carries until it is closed. */
export interface Courier {
  /** Takes a body to carry; its number, or undefined when there is no room. */
  offer(lane: Lane, body: Uint8Array): number | undefined;
  close(): void;
}

/** Frames that one connection interval carries, and how long it lasts. */
const perInterval = 4;
const interval = Millis(30);

/** A courier at one end. */
export function openCourier(setup: CourierSetup): Courier {
  const courier = new EndCourier(setup);
  courier.open();
  return courier;
}

class EndCourier implements Courier {
  readonly #setup: CourierSetup;
  #timer: Timer | undefined;
  /** Frames that may still go in this interval. */
  #room = perInterval;

  constructor(setup: CourierSetup) {
    this.#setup = setup;
  }

  open(): void {
    this.#setup.end.onFrame((bytes) => this.#receive(bytes));
    this.#setup.end.onLink((up) => this.#relink(up));
    this.#pump();
  }

  offer(lane: Lane, body: Uint8Array): number | undefined {
    const number = this.#setup.sender.offer(lane, body);
    // An emergency does not wait for its turn in the interval.
    if (lane === "emergency") this.#room = Math.max(1, this.#room);
    this.#pump();
    return number;
  }

  close(): void {
    this.#timer?.cancel();
    this.#setup.end.onFrame(() => {});
    this.#setup.end.onLink(() => {});
  }

  #relink(up: boolean): void {
    const { end, inbox, linked, sender } = this.#setup;
    this.#timer?.cancel();
    linked?.(up);
    if (!up) return;
    for (const mark of inbox.latest()) end.send(encodeFrame(acknowledgementOf(mark)));
    sender.resume();
    this.#room = perInterval;
    this.#pump();
  }

  /** Sends what is due and fits into this interval, and sets the clock for the rest. */
  #pump(): void {
    const { clock, end, sender } = this.#setup;
    if (!end.up) return;
    while (this.#room > 0) {
      const frame = sender.next(clock.monotonic());
      if (frame === undefined) break;
      this.#room -= 1;
      end.send(frame);
    }
    this.#timer?.cancel();
    const due = sender.nextDue();
    if (due === Infinity && this.#room === perInterval) return;
    const wait = Math.max(interval, due === Infinity ? 0 : due - clock.monotonic());
    this.#timer = clock.after(Millis(wait), "radio interval", () => {
      this.#room = perInterval;
      this.#pump();
    });
  }

  #receive(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame.kind === "ack") this.#acknowledged(frame);
    else if (frame.kind === "data") this.#take(frame);
  }

  #acknowledged(ack: AckFrame): void {
    this.#setup.sender.acknowledge(ack);
    this.#pump();
  }

  #take(frame: DataFrame): void {
    const { end, inbox } = this.#setup;
    const { mark, outcome } = takeFrame(inbox.markOf(frame.lane, frame.epoch), frame);
    const kept = inbox.keep(mark, outcome === "fresh" ? frame : undefined);
    if (kept) end.send(encodeFrame(acknowledgementOf(mark)));
  }
}
