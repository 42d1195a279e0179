/**
 * Illness: an infection now and then that drives the heart up and, when deep, the saturation down.
 *
 * About one in five weeks for half of the blocks; it comes on over half a day, stays, and leaves over a day and a half.
 */
import { Hours } from "#wire/units.ts";

import { chance } from "./chance.ts";
import { channels } from "./channels.ts";
import { type Episode, episodeAt, type Habit } from "./episodes.ts";

const infection: Habit = {
  channel: channels.illness,
  every: 35 * Hours(24),
  chance: 0.5,
  shortest: 2 * Hours(24),
  longest: 8 * Hours(24),
};

const onset = Hours(12);
const recovery = Hours(36);

/** How much an infection adds to the heart rate (beat/min) and takes from the saturation (points of %). */
export interface Strain {
  readonly heartRate: number;
  readonly saturation: number;
}

const none: Strain = { heartRate: 0, saturation: 0 };

/** What illness does to this person at `t` (ms UTC). */
export function strainAt(seed: number, t: number): Strain {
  const episode = episodeAt(seed, infection, t);
  if (episode === undefined) return none;
  const depth = chance(seed, channels.illnessDepth, Math.floor(episode.from / Hours(1)));
  const severity = depth * presence(episode, t);
  // Depth squared: most infections are a fever, few reach the lungs.
  return { heartRate: 8 * severity + 16 * severity * depth, saturation: 9 * severity * depth };
}

/** 0 before and after, 1 in the middle, with a slope at each end. */
function presence(episode: Episode, t: number): number {
  return Math.min(1, (t - episode.from) / onset, (episode.to - t) / recovery);
}
