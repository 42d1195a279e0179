/**
 * One person's day: when they sleep, walk, shower, put the wristband on its charger, and, rarely, fall.
 *
 * Drawn from the person's seed and the number of the day alone. Days are local: UTC + 1 h, the winter time of France,
 * all year round.
 */
import { Hours, Minutes } from "#wire/units.ts";

import { between, chance } from "./chance.ts";
import { channels } from "./channels.ts";
import type { Episode } from "./episodes.ts";
import type { Person } from "./person.ts";

const dayLength = Hours(24);
const zone = Hours(1);

/** A walk, and how hard it is: 0 strolling to 1 climbing stairs. */
export interface Walk extends Episode {
  readonly effort: number;
}

/** The plan of one day; all times ms UTC. The night before `wakes` and after `sleeps` belongs to it. */
export interface Day {
  readonly wakes: number;
  readonly sleeps: number;
  /** In order, apart from one another. */
  readonly walks: readonly Walk[];
  readonly charging: Episode | undefined;
  readonly shower: Episode | undefined;
  readonly fall: number | undefined;
}

/** The number of the local day that holds `t` (ms UTC). */
export function dayNumber(t: number): number {
  return Math.floor((t + zone) / dayLength);
}

/** The plan of that day. */
export function dayOf(person: Person, day: number): Day {
  const midnight = day * dayLength - zone;
  const at = (hour: number): number => midnight + hour * Hours(1);
  const draw = (channel: number, range: { low: number; high: number }): number =>
    between(chance(person.seed, channel, day), range);
  const wakes = at(person.wakesAt + draw(channels.dayWakes, { low: -0.6, high: 0.6 }));
  const sleeps = at(person.sleepsAt + draw(channels.daySleeps, { low: -0.5, high: 0.7 }));
  const charges = chance(person.seed, channels.charges, day) < 0.94;
  const chargeStart = at(person.chargesAt + draw(channels.chargeStart, { low: -0.5, high: 0.5 }));
  const showers = chance(person.seed, channels.showers, day) < 0.6;
  const showerStart = wakes + draw(channels.showerStart, { low: Minutes(10), high: Minutes(40) });
  const falls = chance(person.seed, channels.falls, day) < person.fallRisk;
  return {
    wakes,
    sleeps,
    walks: walksOf(person, day, { from: wakes, to: sleeps }),
    charging: charges ? { from: chargeStart, to: chargeStart + Minutes(100) } : undefined,
    shower: showers ? { from: showerStart, to: showerStart + Minutes(18) } : undefined,
    fall: falls ? draw(channels.fallsWhen, { low: wakes, high: sleeps }) : undefined,
  };
}

/** A body asks about one day for a long time: its plan is drawn once. */
export function rememberDay(person: Person): (t: number) => Day {
  let number = Number.NaN;
  let day: Day | undefined;
  return (t) => {
    const wanted = dayNumber(t);
    if (day === undefined || wanted !== number) {
      number = wanted;
      day = dayOf(person, wanted);
    }
    return day;
  };
}

/** The waking hours are cut into equal slots, one walk somewhere in each: walks never overlap. */
function walksOf(person: Person, day: number, waking: Episode): Walk[] {
  const slot = (waking.to - waking.from) / person.walks;
  return Array.from({ length: person.walks }, (_, order) => {
    const index = day * 8 + order;
    const length = between(chance(person.seed, channels.walkLength, index), {
      low: Minutes(4),
      high: Minutes(32),
    });
    const from =
      waking.from + order * slot + chance(person.seed, channels.walkStart, index) * (slot - length);
    return { from, to: from + length, effort: chance(person.seed, channels.walkEffort, index) };
  });
}
