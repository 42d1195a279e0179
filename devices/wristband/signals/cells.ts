/**
 * Samples as they come → one vector per period: sensors skip, jitter and deliver in bursts, so time is believed and
 * samples are never counted.
 *
 * A cell is the mean of the samples that fall in it; empty cells are filled on a straight line. A silence longer than
 * `gapMs`, or a clock that goes back by more, starts afresh.
 */

import { flood } from "./ring.ts";

/** Where the cells go. The values are lent: they change with the next cell. */
export interface CellSink {
  /** The cell that begins at `t`, ms; `fresh` when it is the first after a start or a gap. */
  cell(t: number, values: ArrayLike<number>, fresh: boolean): void;
}

export interface CellPlan {
  readonly periodMs: number;
  readonly gapMs: number;
  readonly channels: number;
}

export interface Cells {
  /** One sample, `values[channel]`; ignored when its time is no number or late. */
  push(t: number, values: ArrayLike<number>): void;
  /** Starts afresh with the next sample; what was begun is forgotten. */
  restart(): void;
}

/** Fixed memory; `sink.cell` is called within `push`, at most `gapMs / periodMs` times. */
export function createCells(plan: CellPlan, sink: CellSink): Cells {
  const { periodMs, gapMs, channels } = plan;
  const sums = new Float64Array(channels);
  const cell = new Float64Array(channels);
  const line = new Float64Array(channels);
  let start = -1;
  let last = 0;
  let count = 0;
  let fresh = true;

  const begin = (t: number, values: ArrayLike<number>): void => {
    start = t;
    count = 0;
    flood(sums, 0);
    add(t, values);
  };
  const add = (t: number, values: ArrayLike<number>): void => {
    for (let i = 0; i < channels; i++) sums[i] = (sums[i] ?? 0) + (values[i] ?? 0);
    count += 1;
    last = t;
  };
  const close = (): void => {
    for (let i = 0; i < channels; i++) cell[i] = (sums[i] ?? 0) / count;
    sink.cell(start, cell, fresh);
    fresh = false;
  };
  const bridge = (values: ArrayLike<number>, steps: number): void => {
    for (let step = 1; step < steps; step++) {
      for (let i = 0; i < channels; i++) {
        const from = cell[i] ?? 0;
        line[i] = from + (((values[i] ?? 0) - from) * step) / steps;
      }
      sink.cell(start + step * periodMs, line, false);
    }
  };
  return {
    push: (t, values) => {
      if (!isSample(t, values, channels)) return;
      if (start < 0 || t > last + gapMs || t < last - gapMs) {
        if (start >= 0) close();
        fresh = true;
        begin(t, values);
        return;
      }
      const steps = Math.floor((t - start) / periodMs);
      if (steps < 0) return;
      if (steps === 0) {
        add(t, values);
        return;
      }
      close();
      bridge(values, steps);
      begin(start + steps * periodMs, values);
      last = t;
    },
    restart: () => {
      start = -1;
    },
  };
}

/** NaN compares false with everything, so a sample with one is none. */
function isSample(t: number, values: ArrayLike<number>, channels: number): boolean {
  if (!(t >= 0 && t < 1e15)) return false;
  for (let i = 0; i < channels; i++) {
    const value = values[i] ?? 0;
    if (!(value > -1e9 && value < 1e9)) return false;
  }
  return true;
}
