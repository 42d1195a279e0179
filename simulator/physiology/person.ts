/**
 * Who lives in the home: the traits of one frail person, drawn once from a seed.
 *
 * Ranges are those of people of 70-90 years at home: a resting heart rate of 56-82, a saturation of 94-98 %, two to
 * five short walks a day, a fall about every six weeks for those who fall and every half year for the others.
 */
import { between, chance } from "./chance.ts";
import { channels } from "./channels.ts";

/** The traits. Hours are of the local day, heart rates beat/min. */
export interface Person {
  readonly seed: number;
  readonly restingHeartRate: number;
  /** How much higher the heart beats awake than asleep. */
  readonly wakingRise: number;
  /** Saturation awake, at rest, in health, %. */
  readonly saturation: number;
  readonly wakesAt: number;
  readonly sleepsAt: number;
  /** Walks of a usual day. */
  readonly walks: number;
  /** Steps per minute of walking. */
  readonly stepRate: number;
  /** Probability of a fall on any day. */
  readonly fallRisk: number;
  /** Hour of the day at which the wristband usually goes on its charger. */
  readonly chargesAt: number;
}

/** The person that this seed stands for. */
export function personOf(seed: number): Person {
  const draw = (channel: number, low: number, high: number): number =>
    between(chance(seed, channel, 0), { low, high });
  return {
    seed,
    restingHeartRate: draw(channels.resting, 56, 82),
    wakingRise: draw(channels.rise, 6, 14),
    saturation: draw(channels.saturation, 94.5, 98.2),
    wakesAt: draw(channels.wakes, 6, 8.5),
    sleepsAt: draw(channels.sleeps, 21, 23.2),
    walks: Math.floor(draw(channels.walkCount, 2, 6)),
    stepRate: draw(channels.stepRate, 62, 104),
    fallRisk: chance(seed, channels.fallsOften, 0) < 0.3 ? 1 / 42 : 1 / 180,
    chargesAt: draw(channels.chargesAt, 0, 1) < 0.5 ? 8.7 : 19.5,
  };
}
