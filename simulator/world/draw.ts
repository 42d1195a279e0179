/**
 * What one seed makes of the world: how large it is, what its roads are like, what breaks and when.
 *
 * A plan is data: it is printed before a failing run, and the same seed always draws the same one. Kinds of fault are left
 * out at random (swarm testing): a world with every fault at once hides what a world with two of them shows.
 */
import { outboxLimits } from "#devices/box/limits.ts";
import { calmAir, type Weather as Air } from "#devices/link/radio.ts";
import { calm, type Weather } from "#platform/broker/weather.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import type { Random } from "#platform/random/port.ts";
import { type Sin, sins } from "#simulator/sins.ts";
import type { ProfileName } from "#wire/cadence.ts";
import type { EventKind } from "#wire/messages.ts";
import { type Duration, Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import { clear, type StoreWeather } from "./store.ts";

/** One home of a world. */
export interface HomePlan {
  readonly body: number;
  readonly tenant: "nice" | "lyon";
  /** How far its clocks are ahead of the cloud's, ms; negative when behind. */
  readonly skew: number;
  readonly sin: Sin | null;
  /** Messages that its outbox holds. */
  readonly outbox: number;
  /** Whether emergencies also go by HTTPS. */
  readonly posts: boolean;
  /** Between its wristband and its box. */
  readonly air: Air;
}

/** What becomes of emergencies posted over HTTPS; chances from 0 to 1. */
export interface PostWeather {
  readonly lost: number;
  /** Taken, and the answer lost. */
  readonly unanswered: number;
}

/** What may break. `home` and `processor` are places in their lists. */
export type Broken =
  /** `silent`: neither end is told; each finds out by its keepalive. */
  | { readonly kind: "line"; readonly home: number; readonly silent: boolean }
  | { readonly kind: "region"; readonly silent: boolean }
  | { readonly kind: "box"; readonly home: number }
  /** The disk of its box is set back, at the end, to what it was at the beginning. */
  | { readonly kind: "disk"; readonly home: number }
  | { readonly kind: "store" }
  /** So much of the store's memory is used, of what it may use from then on. */
  | { readonly kind: "memory"; readonly used: number }
  | {
      readonly kind: "door";
      readonly door: number;
      readonly how: "killed" | "closed";
      /** The one that comes in its place has another name. */
      readonly renamed: boolean;
    }
  | {
      readonly kind: "processor";
      readonly processor: number;
      readonly how: "killed" | "closed" | "stopped";
    };

/** A fault: from `at` after the start, for `length`; null when it stands until it is healed. */
export interface Fault {
  readonly at: Duration;
  readonly length: Duration | null;
  readonly what: Broken;
}

/** Somebody calls for help at `at` after the start. */
export interface Call {
  readonly at: Duration;
  readonly home: number;
  readonly kind: Extract<EventKind, "fall" | "cardiac" | "respiratory" | "sos">;
}

/** Somebody wishes, at `at` after the start, that a device were otherwise. */
export interface Wished {
  readonly at: Duration;
  readonly home: number;
  readonly device: "box" | "wristband";
  /** A leaf of the part `config`. */
  readonly leaf: string;
  readonly value: string | number;
  /** Whether the device can be so. */
  readonly isPossible: boolean;
}

/** A world before it is lived. */
export interface Plan {
  readonly seed: number;
  readonly profile: ProfileName;
  /** When in the day it begins. */
  readonly hour: number;
  /** How long faults go on. */
  readonly length: Duration;
  readonly partitions: number;
  readonly doors: number;
  readonly processors: number;
  /** From the end of a processor's round to the beginning of the next. */
  readonly round: Duration;
  /** How long entries are kept. */
  readonly tail: Duration;
  readonly network: Weather;
  readonly posts: PostWeather;
  readonly store: StoreWeather;
  readonly homes: readonly HomePlan[];
  readonly faults: readonly Fault[];
  readonly calls: readonly Call[];
  readonly wishes: readonly Wished[];
}

/** The plan of a seed. */
export function drawPlan(seed: number): Plan {
  const dice = new Dice(createSeededRandom(seed).fork("plan"));
  const profile = dice.happens(0.4) ? "dense" : "seed";
  const length =
    profile === "dense" ? dice.length(Minutes(2), Minutes(15)) : dice.length(Minutes(20), Hours(6));
  const homes = dice.list(dice.whole(1, 8), () => drawHome(dice, profile));
  const doors = dice.happens(0.3) ? 2 : 1;
  const processors = dice.happens(0.3) ? 2 : 1;
  return {
    seed,
    profile,
    hour: dice.whole(0, 23),
    length,
    partitions: dice.one([1, 2, 4, 4, 8, 16]),
    doors,
    processors,
    // A long world is not looked at more often than a short one.
    round: dice.length(Millis(Math.max(200, length / 4000)), Seconds(20)),
    tail: dice.one([Minutes(1), Minutes(10), Hours(1)]),
    network: drawNetwork(dice),
    posts: { lost: dice.share(0.2), unanswered: dice.share(0.2) },
    store: drawStore(dice),
    homes,
    faults: drawFaults(dice, { length, homes: homes.length, doors, processors }),
    calls: dice.list(dice.whole(0, 6), () => ({
      at: dice.within(length),
      home: dice.whole(0, homes.length - 1),
      kind: dice.one(["fall", "cardiac", "respiratory", "sos"]),
    })),
    wishes: dice.list(dice.whole(0, 6), () => drawWish(dice, { length, homes: homes.length })),
  };
}

/** One in five cannot be. */
function drawWish(
  dice: Dice,
  { length, homes }: { readonly length: Duration; readonly homes: number },
): Wished {
  const wish = {
    at: dice.within(length),
    home: dice.whole(0, homes - 1),
    isPossible: dice.happens(0.8),
  };
  if (dice.happens(0.5)) {
    const zone = dice.one(["Europe/Paris", "Atlantic/Azores", "Indian/Reunion"]);
    const value = wish.isPossible ? zone : "Nowhere";
    return { ...wish, device: "box", leaf: "zone", value };
  }
  const value = wish.isPossible ? dice.whole(80, 92) : 12;
  return { ...wish, device: "wristband", leaf: "hypoxaemia", value };
}

function drawHome(dice: Dice, profile: ProfileName): HomePlan {
  return {
    body: dice.whole(0, 1_000_000),
    tenant: dice.one(["nice", "lyon"]),
    skew: drawSkew(dice),
    sin: dice.happens(0.15) ? dice.one(sins.filter((sin) => sin !== "flaps")) : null,
    outbox: dice.happens(0.25) ? dice.whole(3, 60) : outboxLimits(profile).messages,
    posts: dice.happens(0.8),
    air: drawAir(dice),
  };
}

function drawAir(dice: Dice): Air {
  if (dice.happens(0.4)) return calmAir;
  const share = (most: number): number => (dice.happens(0.5) ? dice.share(most) : 0);
  return { loss: share(0.3), duplication: share(0.2), swap: share(0.2), damage: share(0.05) };
}

/** Most clocks are right; some are a little off, a few are far off. */
function drawSkew(dice: Dice): number {
  if (dice.happens(0.7)) return 0;
  if (dice.happens(0.7)) return dice.whole(-100_000, 100_000);
  if (dice.happens(0.5)) return dice.length(Minutes(3), Hours(5));
  const behind: number = dice.length(Minutes(3), Hours(80));
  return -behind;
}

function drawNetwork(dice: Dice): Weather {
  if (dice.happens(0.2)) return calm;
  const low = dice.length(Millis(1), Millis(200));
  const share = (most: number): number => (dice.happens(0.5) ? dice.share(most) : 0);
  return {
    latency: { low, high: Millis(low + dice.length(Millis(1), Seconds(2))) },
    swallow: share(0.2),
    repeat: share(0.3),
    lostAck: share(0.05),
  };
}

function drawStore(dice: Dice): StoreWeather {
  const fails = (): number => (dice.happens(0.5) ? dice.share(0.05) : 0);
  const high = dice.length(Millis(1), Seconds(2));
  return {
    latency: dice.happens(0.4) ? clear.latency : { low: Millis(high / 10), high },
    failsBefore: fails(),
    failsAfter: fails(),
  };
}

/** How long each kind lasts, and how often it comes at most. */
const habits: Readonly<
  Record<Broken["kind"], { shortest: Duration; longest: Duration; most: number }>
> = {
  line: { shortest: Seconds(2), longest: Hours(3), most: 6 },
  box: { shortest: Seconds(1), longest: Minutes(30), most: 6 },
  disk: { shortest: Seconds(10), longest: Hours(1), most: 2 },
  region: { shortest: Seconds(2), longest: Hours(2), most: 2 },
  store: { shortest: Millis(100), longest: Minutes(5), most: 4 },
  memory: { shortest: Seconds(10), longest: Minutes(10), most: 2 },
  door: { shortest: Seconds(1), longest: Minutes(3), most: 4 },
  processor: { shortest: Seconds(1), longest: Minutes(10), most: 4 },
};

/** Kinds in the order in which they are drawn: what stops the flow, then what strikes while it comes back. */
const kinds = [
  ...(["line", "region", "store", "memory"] as const),
  ...(["box", "disk", "door", "processor"] as const),
];
/** A backlog drains for about as long. */
const returning = { shortest: Millis(10), longest: Seconds(30) };

/** How much there is to break. */
interface Extent {
  readonly length: Duration;
  readonly homes: number;
  readonly doors: number;
  readonly processors: number;
}

function drawFaults(dice: Dice, world: Extent): Fault[] {
  const faults: Fault[] = [];
  /** When something comes back. */
  const ends: number[] = [];
  for (const kind of kinds) {
    if (!dice.happens(kind === "disk" ? 0.15 : 0.5)) continue;
    const { shortest, longest, most } = habits[kind];
    for (let left = dice.whole(1, most); left > 0; left -= 1) {
      const at = drawInstant(dice, world.length, ends);
      const length = dice.happens(0.15) ? null : dice.length(shortest, longest);
      faults.push({ at, length, what: drawBroken(dice, kind, world) });
      if (length !== null && at + length < world.length) ends.push(at + length);
    }
  }
  return faults.toSorted((a, b) => a.at - b.at);
}

/** Any instant, or one of those in which a backlog drains: two faults at random seldom meet. */
function drawInstant(dice: Dice, length: Duration, ends: readonly number[]): Duration {
  if (ends.length === 0 || dice.happens(0.5)) return dice.within(length);
  return Millis(dice.one(ends) + dice.length(returning.shortest, returning.longest));
}

function drawBroken(
  dice: Dice,
  kind: Broken["kind"],
  { homes, doors, processors }: Extent,
): Broken {
  switch (kind) {
    case "line":
      return { kind, home: dice.whole(0, homes - 1), silent: dice.happens(0.3) };
    case "region":
      return { kind, silent: dice.happens(0.3) };
    case "box":
    case "disk":
      return { kind, home: dice.whole(0, homes - 1) };
    case "door": {
      const how = dice.one(["killed", "killed", "closed"] as const);
      return { kind, door: dice.whole(0, doors - 1), how, renamed: dice.happens(0.3) };
    }
    case "processor": {
      const how = dice.one(["killed", "stopped", "closed"] as const);
      return { kind, processor: dice.whole(0, processors - 1), how };
    }
    case "store":
      return { kind };
    case "memory":
      return { kind, used: 0.7 + dice.share(0.4) };
    default:
      return kind satisfies never;
  }
}

/** Chance in the words of a plan. */
class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  happens(share: number): boolean {
    return this.#random.next() < share;
  }

  whole(low: number, high: number): number {
    return this.#random.integer({ low, high });
  }

  share(most: number): number {
    return Math.round(this.#random.next() * most * 1000) / 1000;
  }

  one<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const choice = choices[this.whole(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError("there is something to choose from");
    return choice;
  }

  list<T>(length: number, draw: () => T): T[] {
    return Array.from({ length }, draw);
  }

  /** Short ones as likely as long ones: even in the logarithm; whole milliseconds. */
  length(shortest: Duration, longest: Duration): Duration {
    const span = Math.log(longest / shortest);
    return Millis(Math.round(shortest * Math.exp(this.#random.next() * span)));
  }

  within(length: Duration): Duration {
    return Millis(Math.floor(this.#random.next() * length));
  }
}
