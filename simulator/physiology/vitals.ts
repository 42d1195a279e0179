/**
 * What is true inside the body at an instant: heart rate and saturation, before any sensor has seen them.
 */
import { Hours, Minutes } from "#wire/units.ts";

import { drift } from "./chance.ts";
import { channels } from "./channels.ts";
import type { Day } from "./day.ts";
import { strainAt } from "./illness.ts";
import type { Person } from "./person.ts";

/** The truth at one instant. */
export interface Vitals {
  /** beat/min, 40–170. */
  readonly heartRate: number;
  /** %, 78–99.5. */
  readonly saturation: number;
  /** 0 lying still to 1 climbing stairs. */
  readonly effort: number;
}

/** Falling asleep and waking take this long. */
const doze = Minutes(40);
/** The heart answers an effort within two minutes and needs six to forget it. */
const response = Minutes(2);
const forgetting = Minutes(6);

/** The vitals of `person` at `t` (ms UTC), which lies in `day`. */
export function vitalsAt(person: Person, day: Day, t: number): Vitals {
  const awake = wakefulness(day, t);
  const effort = effortAt(day, t);
  const strain = strainAt(person.seed, t);
  const slow = drift(person.seed, channels.heartDrift, t / Minutes(50));
  const breath = drift(person.seed, channels.saturationDrift, t / Hours(2));
  const heartRate =
    person.restingHeartRate +
    (awake - 0.5) * person.wakingRise +
    effort * 34 +
    strain.heartRate +
    slow * 2.2;
  const saturation =
    person.saturation - (1 - awake) * 1.1 - effort * 0.7 - strain.saturation + breath * 0.35;
  return {
    heartRate: bounded(heartRate, { low: 40, high: 170 }),
    saturation: bounded(saturation, { low: 78, high: 99.5 }),
    effort,
  };
}

function bounded(value: number, range: { low: number; high: number }): number {
  return Math.min(range.high, Math.max(range.low, value));
}

/** 0 asleep, 1 awake, easing in between. */
function wakefulness(day: Day, t: number): number {
  const rising = (t - day.wakes) / doze;
  const setting = (day.sleeps - t) / doze;
  return bounded(Math.min(rising, setting) + 0.5, { low: 0, high: 1 });
}

/** The walk under way or just over, as the heart still feels it. */
function effortAt(day: Day, t: number): number {
  for (const walk of day.walks) {
    if (t < walk.from) return 0;
    if (t >= walk.to + forgetting) continue;
    const level = 0.35 + 0.65 * walk.effort;
    const rising = Math.min(1, (t - walk.from) / response);
    const falling = t < walk.to ? 1 : 1 - (t - walk.to) / forgetting;
    return level * rising * falling;
  }
  return 0;
}
