/**
 * The weight of a day: people step on the scale, off again, and once more without shoes. The calmest
 * moment of the day counts.
 *
 * Weighings a few minutes apart are one moment. The moment whose weighings agree best is the day's; a
 * lone weighing agrees with nobody, so it only counts when there is no better, the earliest first: in
 * the morning, before breakfast.
 * @source catalogue MD-05; S0 "cadence"
 */
import { type Instant, Minutes } from "#wire/units.ts";

/** A weight, and when it was measured. */
export interface Weighing {
  readonly t: Instant;
  /** kg. */
  readonly value: number;
}

/** Weighings this close are one moment; ours. */
const together = Minutes(10);
const dayMs = 24 * 60 * 60 * 1000;

/** How far a clock is ahead of UTC at an instant, minutes. */
export type Zone = (t: Instant) => number;

/** The weighing that counts for each day of the zone that has any, in order. */
export function dailyWeights(weighings: readonly Weighing[], zone: Zone): readonly Weighing[] {
  const dayOf = ({ t }: Weighing): number => Math.floor((t + zone(t) * 60_000) / dayMs);
  const days = new Map<number, Weighing[]>();
  for (const weighing of weighings.toSorted((a, b) => a.t - b.t)) {
    const day = dayOf(weighing);
    days.set(day, [...(days.get(day) ?? []), weighing]);
  }
  return [...days.values()].flatMap((ofDay) => mostStable(ofDay) ?? []);
}

/** The weighing of the calmest moment, the one nearest to its middle; undefined for none. */
export function mostStable(weighings: readonly Weighing[]): Weighing | undefined {
  const [calmest] = momentsOf(weighings).toSorted((a, b) => varianceOf(a) - varianceOf(b));
  if (calmest === undefined) return undefined;
  const middle = medianOf(calmest);
  const distance = ({ value }: Weighing): number => Math.abs(value - middle);
  return calmest.toSorted((a, b) => distance(a) - distance(b))[0];
}

function momentsOf(weighings: readonly Weighing[]): readonly (readonly Weighing[])[] {
  const moments: Weighing[][] = [];
  for (const weighing of weighings.toSorted((a, b) => a.t - b.t)) {
    const open = moments.at(-1);
    const last = open?.at(-1);
    if (open !== undefined && last !== undefined && weighing.t - last.t <= together) {
      open.push(weighing);
    } else moments.push([weighing]);
  }
  return moments;
}

/** kg²; beyond all others for a lone weighing. */
function varianceOf(moment: readonly Weighing[]): number {
  if (moment.length < 2) return Number.MAX_VALUE;
  const mean = moment.reduce((sum, { value }) => sum + value, 0) / moment.length;
  return moment.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / moment.length;
}

function medianOf(moment: readonly Weighing[]): number {
  const values = moment.map(({ value }) => value).toSorted((a, b) => a - b);
  const half = values.length >> 1;
  const upper = values[half] ?? 0;
  return values.length % 2 === 1 ? upper : (upper + (values[half - 1] ?? upper)) / 2;
}
