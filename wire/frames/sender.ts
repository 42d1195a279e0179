/**
 * The sending half: it holds every body until the other side has it, and says which frame goes next.
 *
 * Emergencies first, always; within a lane the oldest first; what was sent and not acknowledged is sent
 * again after a while, for ever. When memory is short the oldest routine body goes; an emergency never.
 * @source catalogue WB-24, WB-38; DESIGN §4 (oldest routine first, an emergency never)
 */
import { type AckFrame, encodeFrame, type Lane, lanes, windowMost } from "./frame.ts";

/** What a sender may use. */
export interface SenderLimits {
  /** Body bytes of routine frames that are held; beyond, the oldest goes. */
  readonly routineBytes: number;
  /** Emergencies that are held; beyond, none is taken. */
  readonly emergencies: number;
  /** Numbers of one lane under way at once, at most {@link windowMost}. */
  readonly window: number;
  /** How long an acknowledgement is waited for, ms. */
  readonly resendAfter: { readonly emergency: number; readonly routine: number };
}

/** A wristband's: nine hours without the box, of some 22 bodies of 20 bytes each half hour. */
export const bandLimits: SenderLimits = {
  routineBytes: 8 * 1024,
  emergencies: 32,
  window: 16,
  resendAfter: { emergency: 300, routine: 2000 },
};

/** One body that is held. */
interface Held {
  readonly number: number;
  readonly body: Uint8Array;
  /** When it may be sent, ms of the sender's own clock. */
  due: number;
}

/** One lane's bodies, oldest first. */
interface Queue {
  readonly lane: Lane;
  held: Held[];
  given: number;
}

/** Sends over a radio that loses, doubles and swaps frames. Times are ms of any clock that never goes back. */
export class FrameSender {
  readonly #epoch: number;
  readonly #limits: SenderLimits;
  readonly #queues: readonly Queue[];
  #routineBytes = 0;
  #dropped = 0;

  /** `epoch`: 32 random bits, new after every reboot. */
  constructor(epoch: number, limits: SenderLimits = bandLimits) {
    if (limits.window > windowMost) throw new RangeError("a window has a bit for each number");
    this.#epoch = epoch;
    this.#limits = limits;
    this.#queues = lanes.map((lane) => ({ lane, held: [], given: 0 }));
  }

  /** Bodies that wait for their acknowledgement. */
  get waiting(): number {
    return this.#queues.reduce((sum, { held }) => sum + held.length, 0);
  }

  /** Bodies of one lane that wait likewise. */
  waitingIn(lane: Lane): number {
    return this.#queueOf(lane).held.length;
  }

  /** Routine bodies that went because memory was short. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes a body; its number, or undefined when there is no room for one more emergency. The bytes are
   * kept as they are: they must not be changed.
   */
  offer(lane: Lane, body: Uint8Array): number | undefined {
    const queue = this.#queueOf(lane);
    if (lane === "emergency" && queue.held.length >= this.#limits.emergencies) return undefined;
    queue.given += 1;
    queue.held.push({ number: queue.given, body, due: 0 });
    if (lane === "routine") {
      this.#routineBytes += body.length;
      this.#makeRoom(queue);
    }
    return queue.given;
  }

  /** The next frame to be sent at `now`, which counts as sent; undefined when none is due. */
  next(now: number): Uint8Array | undefined {
    for (const queue of this.#queues) {
      const frame = this.#nextOf(queue, now);
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** When the next frame is due; Infinity when nothing waits. */
  nextDue(): number {
    let due = Infinity;
    for (const queue of this.#queues) {
      for (const held of this.#underWay(queue)) due = Math.min(due, held.due);
    }
    return due;
  }

  /** The link is up again: all that may be under way is sent at once. */
  resume(): void {
    for (const queue of this.#queues) for (const held of queue.held) held.due = 0;
  }

  /** Lets go of what the other side has; an acknowledgement of another epoch says nothing. */
  acknowledge(ack: AckFrame): void {
    const queue = this.#queueOf(ack.lane);
    if (ack.epoch !== this.#epoch || ack.upTo > queue.given) return;
    const left = queue.held.filter(({ number }) => !covers(ack, number));
    if (ack.lane === "routine") this.#routineBytes = bytesOf(left);
    queue.held = left;
  }

  #nextOf(queue: Queue, now: number): Uint8Array | undefined {
    const oldest = queue.held[0];
    const held = this.#underWay(queue).find(({ due }) => due <= now);
    if (oldest === undefined || held === undefined) return undefined;
    held.due = now + this.#limits.resendAfter[queue.lane];
    return encodeFrame({
      kind: "data",
      lane: queue.lane,
      epoch: this.#epoch,
      number: held.number,
      behind: held.number - oldest.number,
      body: held.body,
    });
  }

  /** What may be under way: numbers that an acknowledgement could name beside the oldest. */
  #underWay({ held }: Queue): readonly Held[] {
    const oldest = held[0]?.number ?? 0;
    const most = held.slice(0, this.#limits.window);
    return most.filter(({ number }) => number < oldest + this.#limits.window);
  }

  #makeRoom(queue: Queue): void {
    while (this.#routineBytes > this.#limits.routineBytes) {
      const oldest = queue.held.shift();
      if (oldest === undefined) return;
      this.#routineBytes -= oldest.body.length;
      this.#dropped += 1;
    }
  }

  #queueOf(lane: Lane): Queue {
    const queue = this.#queues[lanes.indexOf(lane)];
    if (queue === undefined) throw new RangeError("there are two lanes");
    return queue;
  }
}

/** Whether an acknowledgement names a number. */
function covers({ upTo, bits }: AckFrame, number: number): boolean {
  if (number <= upTo) return true;
  const bit = number - upTo - 1;
  return bit < windowMost && ((bits >>> bit) & 1) === 1;
}

function bytesOf(held: readonly Held[]): number {
  return held.reduce((sum, { body }) => sum + body.length, 0);
}
