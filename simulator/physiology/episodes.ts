/**
 * What happens now and then and lasts a while: an illness, a shower, a radio out of reach, a power cut.
 *
 * Time is cut into blocks of `every`; in each block at most one episode begins, with probability `chance`. As none
 * lasts longer than a block, only the block of an instant and the one before can hold it: a question costs two draws.
 */
import { between, chance, type Channel } from "./chance.ts";

/** How often something happens and how long it lasts; `longest` ≤ `every`; all lengths in ms. */
export interface Habit {
  readonly channel: Channel;
  readonly every: number;
  /** Probability that one begins in a block of `every`. */
  readonly chance: number;
  readonly shortest: number;
  readonly longest: number;
}

/** One occurrence: from `from` (included) to `to` (excluded), ms. */
export interface Episode {
  readonly from: number;
  readonly to: number;
}

/** The episode of this habit under way at `t` (ms), or undefined. Of two that overlap, the later. */
export function episodeAt(seed: number, habit: Habit, t: number): Episode | undefined {
  const block = Math.floor(t / habit.every);
  return covering(begunIn(seed, habit, block), t) ?? covering(begunIn(seed, habit, block - 1), t);
}

function covering(episode: Episode | undefined, t: number): Episode | undefined {
  return episode !== undefined && t >= episode.from && t < episode.to ? episode : undefined;
}

/** The episode that begins in the block of that number, or undefined. Each block has three draws of its own. */
function begunIn(seed: number, habit: Habit, block: number): Episode | undefined {
  const draw = block * 3;
  if (chance(seed, habit.channel, draw) >= habit.chance) return undefined;
  const from = (block + chance(seed, habit.channel, draw + 1)) * habit.every;
  const length = between(chance(seed, habit.channel, draw + 2), {
    low: habit.shortest,
    high: habit.longest,
  });
  return { from, to: from + length };
}
