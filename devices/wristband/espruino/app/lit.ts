/** The light that comes back from the wrist: kept when it comes, looked at in turns. */
import type { LayerHost } from "#devices/wristband/program/layer.ts";
import { pulsePeriod, type Vitals } from "#devices/wristband/program/vitals.ts";
import { createPulse, pulseSettings } from "#devices/wristband/signals/heart-rate.ts";
import type { LightSample } from "#devices/wristband/signals/sample.ts";

import type { LightEvent } from "./watch.ts";

/** The last seconds of light; all that a sample costs on the watch. */
export interface Glow {
  readonly see: (event: LightEvent) => void;
  /** How many samples there have been, and one of the last {@link kept} by its number. */
  readonly count: () => number;
  readonly sample: (number: number) => LightSample;
}

/** Nothing seen yet; times are since now. `seconds` is the watch's own. */
export function createGlow(seconds: () => number): Glow {
  const began = seconds();
  const times = new Float64Array(kept);
  const values = new Float32Array(kept);
  const lent = { t: 0, light: 0 };
  let count = 0;
  return {
    see: (event) => {
      times[count & mask] = seconds();
      values[count & mask] = event.raw;
      count += 1;
    },
    count: () => count,
    sample: (number) => {
      lent.t = ((times[number & mask] ?? 0) - began) * 1000;
      lent.light = values[number & mask] ?? 0;
      return lent;
    },
  };
}

/** What the light sensor sees. */
export interface Lit {
  /** Looks at what has come. */
  readonly look: () => void;
  /** The mean of what was looked at since it was last asked, counts; 0 when nothing was. */
  readonly mean: () => number;
  readonly replan: () => void;
}

/** More than two seconds at 25 Hz; a power of two. */
const kept = 64;
const mask = kept - 1;

/** Looks at a glow that begins now. */
export function createLit(host: LayerHost, vitals: Vitals, glow: Glow): Lit {
  let period = pulsePeriod(host.plan());
  let pulse = createPulse({ ...pulseSettings, everyMs: period });
  let seen = 0;
  let sum = 0;
  let summed = 0;
  return {
    look: () => {
      const count = glow.count();
      for (seen = Math.max(seen, count - kept); seen < count; seen++) {
        const sample = glow.sample(seen);
        sum += sample.light;
        summed += 1;
        const estimate = pulse.push(sample);
        if (estimate !== undefined) vitals.pulse(estimate);
      }
    },
    mean: () => {
      const mean = summed === 0 ? 0 : sum / summed;
      sum = summed = 0;
      return mean;
    },
    replan: () => {
      if (pulsePeriod(host.plan()) === period) return;
      period = pulsePeriod(host.plan());
      pulse = createPulse({ ...pulseSettings, everyMs: period });
    },
  };
}
