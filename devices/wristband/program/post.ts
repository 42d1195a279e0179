/**
 * The wristband's end of the radio: a courier on the scheduler, and the bodies that come in, one at a
 * time.
 * @source catalogue WB-05, WB-24, WB-38; devices/link/README.md
 */
import { openCourier } from "#devices/link/courier.ts";
import { createInbox } from "#devices/link/inbox.ts";
import type { RadioEnd } from "#devices/link/radio.ts";
import { decodeDown, type DownBody } from "#wire/bodies/down.ts";
import type { Lane } from "#wire/frames/frame.ts";
import { FrameSender, type SenderLimits } from "#wire/frames/sender.ts";

import type { BandClock } from "./ports.ts";
import type { Scheduler } from "./scheduler.ts";

/** What the end of the radio is made of. */
export interface PostSetup {
  readonly clock: BandClock;
  readonly scheduler: Scheduler;
  readonly radio: RadioEnd;
  /** Names this life of the counters: 32 random bits. */
  readonly epoch: number;
  readonly limits: SenderLimits;
  /** Takes a body that came, in its own turn. */
  told(body: DownBody, now: number): void;
  linked(up: boolean): void;
}

/** The end. */
export interface Post {
  offer(lane: Lane, body: Uint8Array): number | undefined;
  /** Bodies of a lane that the box has not acknowledged. */
  waiting(lane: Lane): number;
  /** Routine bodies that had to go. */
  dropped(): number;
}

/** Bodies that came and were not looked at yet; what comes beyond is not acknowledged, and comes again. */
export const toldMost = 16;

/** Opens the end. */
export function openPost(setup: PostSetup): Post {
  const { scheduler, radio } = setup;
  const sender = new FrameSender(setup.epoch, setup.limits);
  const told: Uint8Array[] = [];
  const turn = scheduler.add({
    name: "told",
    periodMs: 0,
    run: (now) => {
      const bytes = told.shift();
      const body = bytes && decodeDown(bytes);
      if (body !== undefined && body.kind !== "refused") setup.told(body, now);
      return told.length > 0;
    },
  });
  const inbox = createInbox(({ body }) => {
    told.push(body);
    turn.wake(0);
  });
  const courier = openCourier({
    clock: timerOf(setup.clock, scheduler),
    end: radio,
    sender,
    inbox: {
      markOf: (lane, epoch) => inbox.markOf(lane, epoch),
      latest: () => inbox.latest(),
      keep: (mark, fresh) =>
        fresh !== undefined && told.length >= toldMost ? false : inbox.keep(mark, fresh),
    },
    linked: (up) => setup.linked(up),
  });
  return {
    offer: (lane, body) => courier.offer(lane, body),
    waiting: (lane) => sender.waitingIn(lane),
    dropped: () => sender.dropped,
  };
}

/** The scheduler as the courier's clock: it waits for one thing at a time. */
function timerOf(
  clock: BandClock,
  scheduler: Scheduler,
): Parameters<typeof openCourier>[0]["clock"] {
  let run: (() => void) | undefined;
  const turn = scheduler.add({
    name: "radio",
    periodMs: 0,
    run: () => {
      const due = run;
      run = undefined;
      due?.();
      return false;
    },
  });
  return {
    monotonic: () => clock.now(),
    after: (delay, _name, then) => {
      run = then;
      turn.rest();
      turn.wake(clock.now() + delay);
      return {
        cancel: () => {
          if (run !== then) return;
          run = undefined;
          turn.rest();
        },
      };
    },
  };
}
