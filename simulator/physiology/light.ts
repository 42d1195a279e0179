/**
 * The light that comes back through the skin of a seeded body's wrist, wave by wave of its heart.
 */
import type { Beat, Heart } from "./beats.ts";
import { bell } from "./chance.ts";
import { channels } from "./channels.ts";

/** Light over time, asked onwards only: counts of a 16-bit sensor at `t` (ms UTC). */
export type Light = (t: number) => number;

/** Counts: of skin, of a wave's height, of a dark table. */
const skin = 8000;
const height = 300;
const dark = 40;

/** What light comes from. */
export interface Lit {
  readonly seed: number;
  readonly heart: Heart;
  /** Whether there is a wrist at `t`. */
  readonly worn: (t: number) => boolean;
}

/** The light that the waves of a heart make. */
export function createLight({ seed, heart, worn }: Lit): Light {
  let last: Beat | undefined;
  const ahead: Beat[] = [];
  const waveAt = (t: number): number => {
    // A wave lasts until the beat after it, so one beat more than has been is needed.
    if (ahead.length === 0) ahead.push(...heart.upTo(t + longest));
    while (ahead[0] !== undefined && ahead[0].t <= t) last = ahead.shift();
    if (ahead.length === 0) ahead.push(...heart.upTo(t + longest));
    const next = ahead[0];
    if (last === undefined || next === undefined) return 0;
    const phase = (2 * Math.PI * (t - last.t)) / (next.t - last.t);
    return Math.sin(phase) + 0.4 * Math.sin(2 * phase + 1);
  };
  return (t) => {
    const wave = waveAt(t);
    if (!worn(t)) return dark;
    return Math.round(skin + height * wave + 6 * bell(seed, channels.lightGrain, Math.floor(t)));
  };
}

/** No interval is longer, ms. */
const longest = 2000;
