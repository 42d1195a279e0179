/**
 * How wrong a wristband is about the truth: bias of the person's skin and fit, noise of each window, motion, bad contact.
 *
 * @source spec/clinical.md §2.7: SpO2 ARMS 3-4 % per independent one-minute measure (here bias 1.3 and noise 2.8 a
 * minute, together 3.1; a five-minute mean has noise 1.25); wrist heart rate 0.7 ± 0.9 /min at rest, 2-4 /min second to
 * second, about 9 in motion.
 */
import { metrics } from "#wire/metrics.ts";

import type { Measure } from "./body.ts";
import { bell, chance } from "./chance.ts";
import { channels } from "./channels.ts";

/** What there was to see in one window. */
export interface Seen {
  readonly truth: number;
  /** 0–1; the wrist moves with it. */
  readonly effort: number;
  /** End of the window, ms; with its length it names the window's own draws. */
  readonly at: number;
  /** Length of the window, s. */
  readonly seconds: number;
}

/** Above this effort the accelerometer calls the window moved. */
const moving = 0.25;
/** One window in so many has the wristband loose. */
const looseChance = 0.02;

/** What the wristband makes of a heart rate. */
export function readHeartRate(seed: number, seen: Seen): Measure {
  const index = Math.floor(seen.at / 1000);
  const bias = 0.7 + 0.5 * bell(seed, channels.heartBias, 0);
  // The noise of neighbouring seconds is alike, so a mean over two minutes is better by 4, not by 11.
  const still = 3 / Math.min(4, Math.sqrt(Math.max(1, seen.seconds / 7)));
  const spread = still + (seen.effort > moving ? 4 * seen.effort : 0);
  const error = bias + spread * bell(seed, channels.heartNoise, index);
  return measure(seed, seen, { value: seen.truth + error, range: metrics["heart-rate"] });
}

/** What the wristband makes of a saturation. */
export function readSaturation(seed: number, seen: Seen): Measure {
  const index = Math.floor(seen.at / 1000);
  const bias = 1.3 * bell(seed, channels.saturationBias, 0);
  const spread = 2.8 / Math.sqrt(Math.max(1, seen.seconds / 60));
  const error = bias + spread * bell(seed, channels.saturationNoise, index);
  return measure(seed, seen, { value: seen.truth + error, range: metrics.spo2 });
}

function measure(
  seed: number,
  seen: Seen,
  reading: { value: number; range: { low: number; high: number } },
): Measure {
  const index = Math.floor(seen.at / 1000);
  const value = rounded(reading.value, reading.range);
  if (chance(seed, channels.contact, index) < looseChance) {
    const quality = 15 + Math.floor(25 * chance(seed, channels.quality, index));
    return { value, quality, flags: ["poor_contact"] };
  }
  const lost = 30 * seen.effort + 14 * chance(seed, channels.quality, index);
  const quality = Math.round(98 - lost);
  return seen.effort > moving ? { value, quality, flags: ["motion"] } : { value, quality };
}

/** One decimal, never outside what the metric can be. */
export function rounded(value: number, range: { low: number; high: number }): number {
  return Math.round(Math.min(range.high, Math.max(range.low, value)) * 10) / 10;
}
