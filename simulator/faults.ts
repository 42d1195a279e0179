/**
 * What goes wrong around a healthy home, drawn from its seed: the radio out of reach, the power cut, the line down.
 *
 * A function of the seed and the instant, like the body; lengths and rates are ours, of the order that home-monitoring
 * services report: a radio loss a day, a power cut every three weeks, a line fault a fortnight, one in twenty of them long.
 */
import { Hours, Minutes } from "#wire/units.ts";

import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import { type Episode, episodeAt, type Habit } from "./physiology/episodes.ts";

const day = Hours(24);

/** The wristband leaves the reach of its box: the garden, the neighbour's. */
const radio: Habit = {
  channel: channels.radio,
  every: day,
  chance: 0.8,
  shortest: Minutes(4),
  longest: Minutes(50),
};

/** The mains fail. */
const power: Habit = {
  channel: channels.power,
  every: 21 * day,
  chance: 1,
  shortest: Minutes(3),
  longest: Hours(4),
};

/** The line fails for a while. */
const line: Habit = {
  channel: channels.line,
  every: 14 * day,
  chance: 1,
  shortest: Minutes(2),
  longest: Hours(5),
};

/** The line fails for days: as long as an outbox must last. */
const longLine: Habit = {
  channel: channels.longLine,
  every: 280 * day,
  chance: 1,
  shortest: Hours(12),
  longest: Hours(48),
};

/** How a home stands at one instant. */
export interface Faults {
  /** The wristband is out of the box's reach. */
  readonly radio: boolean;
  /** The mains are gone; the box lives on its reserve, if it has one, until `dark`. */
  readonly mains: boolean;
  /** The box is off: mains gone and reserve empty. */
  readonly dark: boolean;
  /** The box cannot reach the cloud. */
  readonly line: boolean;
}

/** Answers what is wrong at `t` (ms UTC). */
export type FaultPlan = (t: number) => Faults;

const fine: Faults = { radio: false, mains: false, dark: false, line: false };

/** Nothing ever goes wrong. */
export const faultless: FaultPlan = () => fine;

/** The faults of the home of this seed. */
export function faultsOf(seed: number): FaultPlan {
  return (t) => {
    const outage = episodeAt(seed, power, t);
    return {
      radio: episodeAt(seed, radio, t) !== undefined,
      mains: outage !== undefined,
      dark: outage !== undefined && t >= outage.from + reserveOf(seed, outage),
      line: episodeAt(seed, line, t) !== undefined || episodeAt(seed, longLine, t) !== undefined,
    };
  };
}

/** Half of the outages find the reserve empty and kill the box at once; the other half leave it 25 minutes. */
function reserveOf(seed: number, outage: Episode): number {
  const draw = chance(seed, channels.reserve, Math.floor(outage.from / Minutes(1)));
  return draw < 0.5 ? 0 : Minutes(25);
}
