/**
 * What the wristband says, made into bodies and given to the courier: emergencies in their lane, all
 * else in order.
 *
 * Readings go together where they may: while the box hears, within a moment; while it does not, as many
 * as one body carries, so that hours of them fit into the memory.
 * @source catalogue WB-06, WB-24, WB-34, WB-38
 */
import { groupLeaves, type Leaf } from "#wire/bodies/leaf.ts";
import type {
  BandAnswer,
  BandCause,
  BandEvent,
  BandReading,
  UpBody,
  UpdateState,
} from "#wire/bodies/up-body.ts";
import { encodeUp } from "#wire/bodies/up.ts";
import type { Lane } from "#wire/frames/frame.ts";

import type { Scheduler } from "./scheduler.ts";
import type { Timekeeper } from "./timekeeper.ts";

/** What speaking needs. */
export interface SpeechSetup {
  readonly scheduler: Scheduler;
  readonly timekeeper: Timekeeper;
  readonly firmware: string;
  /** Percent, whole. */
  battery(): number;
  /** Hands a body to the courier. Behind 32 emergencies that nobody hears, one more is not taken. */
  offer(lane: Lane, body: Uint8Array): void;
  linked(): boolean;
  /** The longest silence towards the box, ms. */
  contact(): number;
}

/** Says things; times are since the start. */
export interface Speech {
  reading(reading: BandReading): void;
  event(event: SaidEvent): void;
  report(t: number, leaves: readonly Leaf[]): void;
  settle(t: number, v: number, leaves: readonly SettledLeaf[]): void;
  answer(t: number, answer: SaidAnswer): void;
  update(t: number, update: SaidUpdate): void;
  /** The box has said what time it is. */
  clock(t: number, wall: number): void;
  /** The link is there: whatever waits for company goes. */
  flush(): void;
}

/** Something happened. */
export interface SaidEvent {
  readonly t: number;
  readonly event: BandEvent;
  readonly cause: BandCause;
  readonly quality: number;
}

/** A desired leaf, and why it was not applied, if so. */
export interface SettledLeaf {
  readonly path: string;
  readonly code?: string;
}

/** What became of a command. */
export interface SaidAnswer {
  readonly id: string;
  readonly state: BandAnswer;
  readonly code: string;
  readonly result: readonly Leaf[];
}

/** How far an update has come. */
export interface SaidUpdate {
  readonly image: number;
  readonly state: UpdateState;
  readonly have: number;
  readonly code: string;
}

/** Readings of one body: eight of the longest that there are fit beside its head. */
const packMost = 8;
/** Readings of short windows wait so long for others, ms; of long ones, or of none, not at all. */
const lingerMs = 5000;
/** A reading may come this much later than the longest silence, before the box is told that there is none, ms. */
const graceMs = 1000;
/** Bytes that a body has for leaves, beside its head. */
const leafRoom = 104;
const settledRoom = 96;

/** A voice. */
export function createSpeech(setup: SpeechSetup): Speech {
  const { timekeeper } = setup;
  let events = 0;
  const say = (body: UpBody, lane: Lane = "routine"): void => {
    setup.offer(lane, encodeUp(body));
  };
  const pack = createPack(setup, (t, readings) => {
    const at = timekeeper.moment(t);
    const shift = at.ms - t;
    const battery = setup.battery();
    const dated = readings.map((reading) => ({ ...reading, t: Math.round(reading.t + shift) }));
    say({ kind: "readings", t: at, battery, firmware: setup.firmware, readings: dated });
  });
  return {
    reading: (reading) => pack.add(reading),
    flush: () => pack.flush(),
    event: ({ t, event, cause, quality }) => {
      events += 1;
      const lane = isUrgent(event) ? "emergency" : "routine";
      const number = events;
      say({ kind: "event", t: timekeeper.moment(t), event, number, cause, quality }, lane);
    },
    report: (t, leaves) => {
      const at = timekeeper.moment(t);
      groupLeaves(leaves, leafRoom).forEach((group) => {
        say({ kind: "reported", t: at, leaves: group });
      });
    },
    settle: (t, v, leaves) => {
      const at = timekeeper.moment(t);
      groupSettled(leaves).forEach((group) => say({ kind: "settled", t: at, v, leaves: group }));
    },
    answer: (t, answer) => say({ kind: "answer", t: timekeeper.moment(t), ...answer }),
    update: (t, update) => say({ kind: "update", t: timekeeper.moment(t), ...update }),
    clock: (t, wall) => {
      say({ kind: "clock", t: { ms: Math.round(t), clock: "start" }, wall });
    },
  };
}

/** As many at once as fit; a code takes no more than a text of a leaf would. */
function groupSettled(leaves: readonly SettledLeaf[]): readonly (readonly SettledLeaf[])[] {
  const texts = leaves.map(({ path, code = "" }) => ({ path, value: code }));
  return groupLeaves(texts, settledRoom).map((group) =>
    group.map(({ path, value }) => (value === "" ? { path } : { path, code: `${value}` })),
  );
}

/** Whether it goes before all else: what calls people, and last words. */
function isUrgent(event: BandEvent): boolean {
  return (
    event === "fall" ||
    event === "cardiac" ||
    event === "respiratory" ||
    event === "sos" ||
    event === "power_lost"
  );
}

interface Pack {
  add(reading: BandReading): void;
  flush(): void;
}

/** Readings that wait for company; without any, the box hears that there are none. */
function createPack(
  setup: SpeechSetup,
  say: (t: number, readings: readonly BandReading[]) => void,
): Pack {
  let waiting: BandReading[] = [];
  let spokeAt = 0;
  const send = (t: number): void => {
    const readings = waiting;
    waiting = [];
    spokeAt = Math.max(t, latest(readings));
    say(spokeAt, readings);
  };
  const turn = setup.scheduler.add({
    name: "pack",
    periodMs: 0,
    run: (now) => {
      if (!setup.linked()) return false;
      if (waiting.length > 0 || now - spokeAt > setup.contact()) send(now);
      turn.wake(spokeAt + setup.contact() + graceMs);
      return false;
    },
  });
  turn.wake(setup.contact() + graceMs);
  return {
    flush: () => turn.wake(0),
    add: (reading) => {
      waiting.push(reading);
      if (waiting.length === packMost) send(latest(waiting));
      else turn.wake(isBrief(reading.window) ? reading.t + lingerMs : 0);
    },
  };
}

function isBrief(window: number): boolean {
  return window > 0 && window < lingerMs;
}

/** When the last of them ended. */
function latest(readings: readonly BandReading[]): number {
  let t = 0;
  readings.forEach((reading) => {
    t = Math.max(t, reading.t);
  });
  return t;
}
