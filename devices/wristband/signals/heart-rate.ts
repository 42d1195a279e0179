/**
 * Heart rate, and how far it may be believed, from the light that comes back through the skin (PPG).
 *
 * The pulse is the shortest rhythm of the light that is nearly as strong as the strongest: whatever repeats after one
 * beat also repeats after two. Its strength is the quality. Multiples of the period, when they agree, sharpen it: a
 * period over four beats is four times as exact as one.
 * @source WB-22; docs/accuracy.md for what was measured
 */
import { createCells } from "./cells.ts";
import { createRhythm, type Rhythm } from "./rhythm.ts";
import { createRing } from "./ring.ts";
import type { LightSample } from "./sample.ts";
import type { MeanPlan } from "./windows.ts";

export interface PulseSettings {
  readonly periodMs: number;
  /** An estimate is made this often. */
  readonly everyMs: number;
  /** Time constant of the memory: an estimate speaks of about twice this time. */
  readonly memoryMs: number;
  /** Time constant of the present: what does not pulsate now has no pulse, whatever is remembered. */
  readonly presentMs: number;
  /** What is slower than this is breath and movement, not pulse: the mean over it is taken away. */
  readonly baselineMs: number;
  /** Rates looked for, beat/min. */
  readonly lowest: number;
  readonly highest: number;
  /** A shorter period is taken when its rhythm has at least this share of the strongest. */
  readonly nearlyAsStrong: number;
  /** The longest silence of the sensor that is bridged. */
  readonly gapMs: number;
}

/** Ours; a broad optimum on recorded pulses (docs/accuracy.md). Bounds: clinical §2.7. */
export const pulseSettings: PulseSettings = {
  periodMs: 40,
  everyMs: 2000,
  memoryMs: 5000,
  presentMs: 2000,
  baselineMs: 760,
  lowest: 30,
  highest: 220,
  nearlyAsStrong: 0.6,
  gapMs: 500,
};

/** S1 §6.1.1 (WB-25): a mean every two minutes, of the estimates that can be believed at all. */
export const rateMeans: MeanPlan = {
  of: "heart-rate",
  windowMs: 120_000,
  everyMs: pulseSettings.everyMs,
  leastQuality: 50,
  enough: 0.25,
};

/** The pulse at one moment. `rate` is 0 when there is none to be seen. */
export interface PulseEstimate {
  readonly t: number;
  /** beat/min. */
  readonly rate: number;
  /** 0–100: how much one beat resembles the next, and whether there is one now. */
  readonly quality: number;
  /** How strongly the light pulsates now: root mean square, counts. */
  readonly amplitude: number;
}

export interface Pulse {
  /** An estimate every `everyMs`, else undefined. */
  push(sample: LightSample): PulseEstimate | undefined;
}

/** A pulse meter; any rate from 25 Hz up, fixed memory. */
export function createPulse(settings: PulseSettings = pulseSettings): Pulse {
  const { periodMs, everyMs } = settings;
  const rhythm = createRhythm({
    lags: {
      from: Math.floor(60_000 / settings.highest / periodMs),
      to: Math.ceil(60_000 / settings.lowest / periodMs),
    },
    memory: settings.memoryMs / periodMs,
  });
  const level = createLevel(Math.round(settings.baselineMs / periodMs));
  const light = new Float64Array(1);
  let present = 0;
  let waited = 0;
  let due: PulseEstimate | undefined;
  const cell = (t: number, values: ArrayLike<number>, fresh: boolean): void => {
    const counts = values[0] ?? 0;
    if (fresh) {
      rhythm.restart();
      level.restart(counts);
      present = 0;
      // Nothing is said before the memory is filled.
      waited = everyMs - 2 * settings.memoryMs;
    }
    const wave = level.push(counts);
    rhythm.push(wave);
    present += ((wave * wave - present) * periodMs) / settings.presentMs;
    waited += periodMs;
    if (waited < everyMs) return;
    waited -= everyMs;
    due = estimate(rhythm, settings, { t, present });
  };
  const cells = createCells({ periodMs, gapMs: settings.gapMs, channels: 1 }, { cell });
  return {
    push: (sample) => {
      light[0] = sample.light;
      due = undefined;
      cells.push(sample.t, light);
      return due;
    },
  };
}

/** The signal less its mean over `width` samples around it: half a width late. */
function createLevel(width: number): { push(value: number): number; restart(value: number): void } {
  const values = createRing(new Float64Array(width + 1));
  const middle = Math.floor(width / 2);
  let sum = 0;
  return {
    push: (value) => {
      values.push(value);
      sum += value - values.at(width);
      return values.at(middle) - sum / width;
    },
    restart: (value) => {
      values.flood(value);
      sum = value * width;
    },
  };
}

function estimate(
  rhythm: Rhythm,
  settings: PulseSettings,
  { t, present }: { readonly t: number; readonly present: number },
): PulseEstimate {
  const amplitude = Math.sqrt(present);
  const beat = shortestStrongLag(rhythm, settings);
  if (beat === 0) return { t, rate: 0, quality: 0, amplitude };
  const period = sharpen(rhythm, beat, longestLag(settings)) * settings.periodMs;
  // Under a quarter of the remembered power, the pulse is fading.
  const lasting = Math.min(1, (4 * present) / rhythm.power());
  return {
    t,
    rate: Math.round(600_000 / period) / 10,
    quality: Math.round(100 * rhythm.correlation(beat) * lasting),
    amplitude,
  };
}

function longestLag(settings: PulseSettings): number {
  return Math.ceil(60_000 / settings.lowest / settings.periodMs);
}

function shortestStrongLag(rhythm: Rhythm, settings: PulseSettings): number {
  const enough = settings.nearlyAsStrong * rhythm.strength();
  return enough > 0 ? rhythm.shortest(enough) : 0;
}

/** The period in samples, from the longest multiple of `beat` that is still a peak. */
function sharpen(rhythm: Rhythm, beat: number, longest: number): number {
  const enough = rhythm.correlation(beat) / 2;
  let period = summit(rhythm, beat);
  for (let beats = 2; beats <= 4 && Math.round(period * beats) < longest; beats++) {
    const lag = peakNear(rhythm, Math.round(period * beats));
    if (lag === 0 || rhythm.correlation(lag) < enough) break;
    period = summit(rhythm, lag) / beats;
  }
  return period;
}

/** The peak at `lag` or beside it, 0 when there is none. */
function peakNear(rhythm: Rhythm, lag: number): number {
  if (rhythm.peaks(lag)) return lag;
  if (rhythm.peaks(lag - 1)) return lag - 1;
  return rhythm.peaks(lag + 1) ? lag + 1 : 0;
}

/** Where a parabola through the three correlations at a peak is highest. */
function summit(rhythm: Rhythm, lag: number): number {
  const before = rhythm.correlation(lag - 1);
  const here = rhythm.correlation(lag);
  const after = rhythm.correlation(lag + 1);
  const bend = before - 2 * here + after;
  return bend < 0 ? lag + (before - after) / (2 * bend) : lag;
}
