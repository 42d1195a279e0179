/**
 * The last seconds of the accelerometer, and whether something has struck: all that a sample costs on the watch.
 *
 * A sample there takes as long as some thirty of its calls, so that the detectors cannot see each one when it comes.
 * Samples are numbered from the start; those of the last {@link kept} are there.
 * @source spec/firmware.md §3.3 (a cheap trigger first, the rest after it)
 */
import type { AccelerationSample } from "#devices/wristband/signals/sample.ts";

import type { AccelEvent } from "./watch.ts";

/** More than six seconds at 50 Hz: as much as an impact is described by, and some. */
export const kept = 320;

/** The watch divides as if its range were 4 g: at 8 g what it says is half of what is. */
const mgPerSaid = 2000;

/** What has been felt. */
export interface Recent {
  /** Takes one sample. */
  readonly feel: (event: AccelEvent) => void;
  /** How many there have been. */
  readonly count: () => number;
  /** When the strongest sample above the trigger came, ms; undefined when there has been none since it was settled. */
  readonly struck: () => number | undefined;
  readonly settle: () => void;
  /** A sample by its number; lent. */
  readonly sample: (number: number) => AccelerationSample;
  readonly time: (number: number) => number;
  /** The mean magnitude of some samples in a row, mg. */
  readonly mean: (from: number, until: number) => number;
}

/** How a watch tells the time, and what a strike is. */
export interface RecentSettings {
  /** Seconds since 1970: asked once a sample, and nothing else is. */
  readonly seconds: () => number;
  /** What strikes is above this, mg. */
  readonly triggerMg: number;
}

/** Nothing felt yet; times are since now. */
export function createRecent({ seconds, triggerMg }: RecentSettings): Recent {
  const began = seconds();
  const t = new Float64Array(kept);
  const x = new Int16Array(kept);
  const y = new Int16Array(kept);
  const z = new Int16Array(kept);
  const m = new Int16Array(kept);
  const lent = { t: 0, x: 0, y: 0, z: 0 };
  let count = 0;
  let strongest = triggerMg;
  let struck = -1;
  const timeOf = (place: number): number => ((t[place] ?? 0) - began) * 1000;
  return {
    feel: (event) => {
      const place = count % kept;
      const mg = event.mag * mgPerSaid;
      t[place] = seconds();
      x[place] = event.x * mgPerSaid;
      y[place] = event.y * mgPerSaid;
      z[place] = event.z * mgPerSaid;
      m[place] = mg;
      count += 1;
      if (mg <= strongest) return;
      strongest = mg;
      struck = place;
    },
    count: () => count,
    struck: () => (struck < 0 ? undefined : timeOf(struck)),
    settle: () => {
      strongest = triggerMg;
      struck = -1;
    },
    sample: (number) => {
      const place = number % kept;
      lent.t = timeOf(place);
      lent.x = x[place] ?? 0;
      lent.y = y[place] ?? 0;
      lent.z = z[place] ?? 0;
      return lent;
    },
    time: (number) => timeOf(number % kept),
    mean: (from, until) => {
      let sum = 0;
      for (let number = from; number < until; number++) sum += m[number % kept] ?? 0;
      return sum / (until - from);
    },
  };
}
