/**
 * The heart of a seeded body beat by beat: the rate that its means have, breathing and a little disorder around it.
 *
 * Breathing moves an interval by some 2 %, the rest of the variability of old age by as much again.
 */
import { Seconds } from "#wire/units.ts";

import { bell, chance } from "./chance.ts";
import { channels } from "./channels.ts";
import { dayNumber, rememberDay } from "./day.ts";
import { personOf } from "./person.ts";
import { vitalsAt } from "./vitals.ts";

/** One heartbeat. */
export interface Beat {
  /** ms UTC. */
  readonly t: number;
  /** Since the beat before, ms. */
  readonly interval: number;
  /** How clearly a sensor on the wrist saw it, 0–100. */
  readonly quality: number;
}

/** A heart, asked onwards only. */
export interface Heart {
  /** The beats after those told before, up to `t` (ms UTC). */
  upTo(t: number): readonly Beat[];
}

/** A rate holds for so long before the body is asked again. */
const steady = Seconds(10);
const breath = Seconds(4);
const breathShare = 0.02;
const disorder = 0.02;

/** The heart of this seed, from `start` (ms UTC) on. */
export function createHeart(seed: number, start: number): Heart {
  const person = personOf(seed);
  const dayAt = rememberDay(person);
  let number = 0;
  let asked = -Infinity;
  let rate = 0;
  let effort = 0;
  const intervalAt = (t: number): number => {
    if (t - asked >= steady) {
      ({ heartRate: rate, effort } = vitalsAt(person, dayAt(t), t));
      asked = t;
    }
    const breathing = breathShare * Math.sin((2 * Math.PI * t) / breath);
    const own = disorder * bell(seed, channels.beatInterval, number);
    return (60_000 / rate) * (1 + breathing + own);
  };
  let interval = intervalAt(start);
  let next = start + interval * chance(seed, channels.beatInterval, dayNumber(start));
  return {
    upTo: (t) => {
      const beats: Beat[] = [];
      while (next <= t) {
        const blur = 30 * effort + 12 * chance(seed, channels.beatQuality, number);
        beats.push({ t: next, interval, quality: Math.round(98 - blur) });
        number += 1;
        interval = intervalAt(next);
        next += interval;
      }
      return beats;
    },
  };
}
