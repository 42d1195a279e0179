/**
 * Values → what is sent: means and counts over windows that tile time without hole or overlap.
 *
 * A window covers (start, start + window]. A value speaks of the time since the one before it, so that the first window
 * begins one step before the first value. What a window cannot say is a gap, with its reason, never a made-up value.
 */
import { type Flaw, type Gap, type Measured, nothing, type Reading } from "./report.ts";

export interface MeanPlan {
  readonly of: Measured;
  readonly windowMs: number;
  /** How often a value comes. */
  readonly everyMs: number;
  /** A value of less quality does not count, 0–100. */
  readonly leastQuality: number;
  /** Share of the window's values that must count, 0–1; with less the window is a gap. */
  readonly enough: number;
}

/** One value, with what is wrong with it. */
export interface Measure {
  readonly t: number;
  readonly value: number;
  /** 0–100. */
  readonly quality: number;
  readonly flaw?: Flaw | undefined;
}

export interface Means {
  /** The readings and gaps that this value completes: mostly none. */
  push(measure: Measure): readonly (Reading | Gap)[];
}

/**
 * Means of the values that count; their quality is the mean of theirs times the share of the window they fill.
 * @source S1 §6.1 (WB-13, WB-25, WB-32), MD-35
 */
export function createMeans(plan: MeanPlan): Means {
  const tally = createTally(plan);
  const tiles = createTiles(plan.windowMs, plan.everyMs);
  return {
    push: (measure) => {
      let reports: readonly (Reading | Gap)[] = nothing;
      const passed = tiles.passed(measure.t);
      if (passed !== undefined) reports = [tally.close(passed.end), ...silence(plan, passed)];
      tally.add(measure);
      const end = tiles.reached(measure.t);
      return end === undefined ? reports : [...reports, tally.close(end)];
    },
  };
}

export interface Counts {
  /** Adds `count` at `t`; the readings that this completes: mostly none. */
  push(t: number, count: number): readonly Reading[];
  /** What the unfinished window holds until `t`; undefined when it has not begun. */
  rest(t: number): Reading | undefined;
}

/** Counts per window; a window in which nothing was heard of is counted with the one before. @source WB-29 */
export function createCounts(of: Measured, windowMs: number): Counts {
  const tiles = createTiles(windowMs, 0);
  let total = 0;
  const close = (t: number, window: number): Reading => {
    const reading: Reading = { kind: of, t, value: total, quality: 100, window };
    total = 0;
    return reading;
  };
  return {
    push: (t, count) => {
      const passed = tiles.passed(t);
      const before = passed === undefined ? nothing : [close(passed.end, windowMs)];
      total += count;
      const end = tiles.reached(t);
      return end === undefined ? before : [...before, close(end, windowMs)];
    },
    rest: (t) => {
      const window = tiles.open(t);
      return window > 0 ? close(t, window) : undefined;
    },
  };
}

/** A window that ended unseen at `end`, and the ms of whole windows after it in which nothing came. */
interface Passed {
  readonly end: number;
  readonly silent: number;
}

interface Tiles {
  /** What has ended before `t`, if anything. */
  passed(t: number): Passed | undefined;
  /** The end of the window that `t` completes exactly. */
  reached(t: number): number | undefined;
  /** How long the window that holds `t` has been open. */
  open(t: number): number;
}

function createTiles(window: number, step: number): Tiles {
  let end = unset;
  return {
    passed: (t) => {
      // The first value, or a clock that was set back.
      if (end === unset || t < end - 2 * window) end = t - step + window;
      if (t <= end) return undefined;
      const silent = (Math.ceil((t - end) / window) - 1) * window;
      const passed = { end, silent };
      end += window + silent;
      return passed;
    },
    reached: (t) => {
      if (t < end) return undefined;
      end += window;
      return end - window;
    },
    open: (t) => (end === unset ? 0 : t - (end - window)),
  };
}

const unset = -1;

function silence(plan: MeanPlan, passed: Passed): readonly Gap[] {
  if (passed.silent === 0) return nothing;
  const t = passed.end + passed.silent;
  return [{ kind: "gap", of: plan.of, t, window: passed.silent, why: "poor_contact" }];
}

interface Tally {
  add(measure: Measure): void;
  close(t: number): Reading | Gap;
}

function createTally(plan: MeanPlan): Tally {
  const expected = plan.windowMs / plan.everyMs;
  let count = 0;
  let values = 0;
  let qualities = 0;
  let flaw: Flaw = "poor_contact";
  const finish = (t: number): Reading | Gap => {
    if (count < plan.enough * expected || count === 0) {
      return { kind: "gap", of: plan.of, t, window: plan.windowMs, why: flaw };
    }
    const share = Math.min(1, count / expected);
    return {
      kind: plan.of,
      t,
      value: Math.round((10 * values) / count) / 10,
      quality: Math.round((share * qualities) / count),
      window: plan.windowMs,
    };
  };
  return {
    add: (measure) => {
      if (measure.flaw !== undefined) flaw = measure.flaw;
      // Written so that what is no number does not count.
      if (!(measure.quality >= plan.leastQuality && measure.value > 0)) return;
      count += 1;
      values += measure.value;
      qualities += measure.quality;
    },
    close: (t) => {
      const report = finish(t);
      count = values = qualities = 0;
      flaw = "poor_contact";
      return report;
    },
  };
}
