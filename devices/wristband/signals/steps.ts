/**
 * Steps from the magnitude of acceleration.
 *
 * Two rules. `rhythm` (the default, since it measures best): every swing of the arm's acceleration is a step *if* it
 * lies in a stretch that repeats itself as walking does; driving and housework shake as much, but not in rhythm. The
 * few seconds that it takes to recognise a walk are credited once it is recognised. `peak` is the rule of the source
 * document: each peak above 1.2 g, looked at every 20 ms, is a step.
 * @source S1 §6.1.3 (WB-28); docs/accuracy.md for what each measures
 */
import { createCells } from "./cells.ts";
import { createRhythm } from "./rhythm.ts";
import { createRing } from "./ring.ts";
import { type AccelerationSample, magnitude } from "./sample.ts";

/** The source document's rule. */
export interface PeakRule {
  readonly rule: "peak";
  readonly periodMs: number;
  /** A step must rise above this, mg. */
  readonly thresholdMg: number;
  /** No two steps are closer than this. */
  readonly refractoryMs: number;
}

/** Swings within a walk. */
export interface RhythmRule {
  readonly rule: "rhythm";
  readonly periodMs: number;
  /** From valley to peak and back, mg: less is no swing. */
  readonly swingMg: number;
  readonly refractoryMs: number;
  /** Time constant of the rhythm's memory. */
  readonly memoryMs: number;
  /** How often the rhythm is looked at, which costs most. */
  readonly lookEveryMs: number;
  /** A step, or a stride, takes between these. */
  readonly fastestMs: number;
  readonly slowestMs: number;
  /** A walk begins when its rhythm has been this strong (0–1) for `provesMs`, and ends below `ends`. */
  readonly begins: number;
  readonly provesMs: number;
  readonly ends: number;
  /** How far back steps are credited when a walk is recognised. */
  readonly creditMs: number;
}

export type StepSettings = PeakRule | RhythmRule;

/** S1 §6.1.3. The refractory time is ours: nobody takes more than four steps a second. */
export const peakRule: PeakRule = {
  rule: "peak",
  periodMs: 20,
  thresholdMg: 1200,
  refractoryMs: 250,
};

/** Ours; a broad optimum on recorded walks and drives (docs/accuracy.md). */
export const rhythmRule: RhythmRule = {
  rule: "rhythm",
  periodMs: 80,
  swingMg: 40,
  refractoryMs: 280,
  memoryMs: 2000,
  lookEveryMs: 160,
  fastestMs: 320,
  slowestMs: 1440,
  begins: 0.55,
  provesMs: 2000,
  ends: 0.4,
  creditMs: 6000,
};

export interface StepCounter {
  /** Steps that this sample makes certain: mostly 0, and several at once when a walk is recognised. */
  push(sample: AccelerationSample): number;
}

/** A counter of steps; any rate from 12.5 Hz up, fixed memory. */
export function createStepCounter(settings: StepSettings = rhythmRule): StepCounter {
  const count = settings.rule === "peak" ? countPeaks(settings) : countSwings(settings);
  const values = new Float64Array(1);
  let steps = 0;
  const cells = createCells(
    { periodMs: settings.periodMs, gapMs: 1000, channels: 1 },
    { cell: (t, mg, fresh) => (steps += count({ t, mg: mg[0] ?? 0, fresh })) },
  );
  return {
    push: (sample) => {
      values[0] = magnitude(sample);
      steps = 0;
      cells.push(sample.t, values);
      return steps;
    },
  };
}

interface Cell {
  readonly t: number;
  readonly mg: number;
  readonly fresh: boolean;
}

function countPeaks(rule: PeakRule): (cell: Cell) => number {
  let above = false;
  let last = never;
  return ({ t, mg }) => {
    const rises = mg > rule.thresholdMg && !above;
    above = mg > rule.thresholdMg;
    if (!rises || t - last < rule.refractoryMs) return 0;
    last = t;
    return 1;
  };
}

function countSwings(rule: RhythmRule): (cell: Cell) => number {
  const swing = createSwings(rule);
  const walk = createWalk(rule);
  const waiting = createRing(new Float64Array(Math.ceil(rule.creditMs / rule.refractoryMs)));
  waiting.flood(never);

  let latest = never;

  const credit = (since: number): number => {
    if (latest < since) return 0;
    let steps = 0;
    for (let age = 0; age < waiting.capacity; age++) if (waiting.at(age) >= since) steps += 1;
    waiting.flood(never);
    latest = never;
    return steps;
  };
  return (cell) => {
    if (swing(cell)) {
      waiting.push(cell.t);
      latest = cell.t;
    }
    return walk(cell) ? credit(cell.t - rule.creditMs) : 0;
  };
}

/** An instant before any. */
const never = -1e15;

/** True when the magnitude has just fallen by a full swing from a peak that follows a rise as large. */
function createSwings(rule: RhythmRule): (cell: Cell) => boolean {
  let rising = true;
  let turn = 0;
  let turnAt = 0;
  let last = never;
  return ({ t, mg, fresh }) => {
    const further = rising ? mg > turn : mg < turn;
    if (fresh || further) {
      turn = mg;
      turnAt = t;
      return false;
    }
    if (Math.abs(mg - turn) < rule.swingMg) return false;
    const counts = rising && turnAt - last >= rule.refractoryMs;
    if (counts) last = turnAt;
    rising = !rising;
    turn = mg;
    turnAt = t;
    return counts;
  };
}

/** Whether this is a walk: begun by a strong rhythm that lasts, ended by a weak one. */
function createWalk(rule: RhythmRule): (cell: Cell) => boolean {
  const period = rule.periodMs;
  const rhythm = createRhythm({
    lags: { from: Math.round(rule.fastestMs / period), to: Math.round(rule.slowestMs / period) },
    memory: rule.memoryMs / period,
  });
  const least = rule.swingMg * rule.swingMg;
  let level = 0;
  let since = 0;
  let unseen = 0;
  let proved = 0;
  let walking = false;
  return ({ mg, fresh }) => {
    if (fresh) {
      rhythm.restart();
      level = mg;
      since = unseen = proved = 0;
      walking = false;
    }
    level += ((mg - level) * period) / 1000;
    rhythm.push(mg - level);
    since += period;
    unseen += period;
    if (unseen < rule.lookEveryMs) return walking;
    // Still, or hardly begun: the strength, which costs most, is not asked for.
    const moving = rhythm.power() >= (walking ? least / 2 : least) && since > rule.memoryMs;
    const strength = moving ? rhythm.strength() : 0;
    proved = strength >= rule.begins ? proved + unseen : 0;
    walking = walking ? strength >= rule.ends : proved >= rule.provesMs;
    unseen = 0;
    return walking;
  };
}
