/**
 * The seeded body at fidelity `means`: day rhythm, sleep, effort, illness and the odd fall, as window values.
 *
 * Everything is a function of the seed and the instant; the only state is the plan of the last day asked for.
 */
import { Minutes } from "#wire/units.ts";

import type { Body, Wear, Window } from "./body.ts";
import { chance } from "./chance.ts";
import { channels } from "./channels.ts";
import { type Day, dayNumber, dayOf, rememberDay } from "./day.ts";
import type { Episode } from "./episodes.ts";
import { type Person, personOf } from "./person.ts";
import { readHeartRate, readSaturation } from "./sensor.ts";
import { type Vitals, vitalsAt } from "./vitals.ts";

/** Everything about a body at one instant: the truth, where the wristband is, and whether the person is asleep. */
export interface BodyState extends Vitals {
  readonly wear: Wear;
  readonly asleep: boolean;
}

/** The body of this seed at `t` (ms UTC). */
export function bodyAt(seed: number, t: number): BodyState {
  const person = personOf(seed);
  const day = dayOf(person, dayNumber(t));
  const asleep = t < day.wakes || t >= day.sleeps;
  return { ...vitalsAt(person, day, t), wear: wearAt(day, t), asleep };
}

/** A body of this seed, as a wristband meets it. */
export function createMeansBody(seed: number): Body {
  const person = personOf(seed);
  const dayAt = rememberDay(person);
  const seen = (window: Window): Vitals => {
    const middle = (window.from + window.to) / 2;
    return vitalsAt(person, dayAt(middle), middle);
  };
  const frame = (window: Window): { at: number; seconds: number } => ({
    at: window.to,
    seconds: (window.to - window.from) / 1000,
  });
  return {
    wear: (t) => wearAt(dayAt(t), t),
    heartRate: (window) => {
      const { heartRate, effort } = seen(window);
      return readHeartRate(seed, { truth: heartRate, effort, ...frame(window) });
    },
    spo2: (window) => {
      const { saturation, effort } = seen(window);
      return readSaturation(seed, { truth: saturation, effort, ...frame(window) });
    },
    steps: (window) => stepsIn(person, dayAt(window.to), window),
    fall: (window) => {
      const { fall } = dayAt(window.to);
      return fall !== undefined && fall > window.from && fall <= window.to ? fall : undefined;
    },
  };
}

/** Where the wristband is at `t`, which lies in `day`. */
export function wearAt(day: Day, t: number): Wear {
  if (holds(day.charging, t)) return "charging";
  return holds(day.shower, t) ? "off" : "worn";
}

function holds(episode: Episode | undefined, t: number): boolean {
  return episode !== undefined && t >= episode.from && t < episode.to;
}

/** Walking, and a few steps between chairs while awake. */
function stepsIn(person: Person, day: Day, window: Window): number {
  let steps = 0;
  for (const walk of day.walks) steps += overlap(walk, window) * person.stepRate;
  const awake = overlap({ from: day.wakes, to: day.sleeps }, window);
  const restless = chance(person.seed, channels.pottering, Math.floor(window.to / 1000));
  return Math.round(steps + awake * 1.6 * restless);
}

/** Minutes that both share. */
function overlap(episode: Episode, window: Window): number {
  const shared = Math.min(episode.to, window.to) - Math.max(episode.from, window.from);
  return Math.max(0, shared) / Minutes(1);
}
