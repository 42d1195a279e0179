/**
 * What a door thinks of a parsed message: impossible values, impossible times, and one reading told twice.
 *
 * Wire has judged the shape; here is judged whether it can be true. Nothing is ever corrected: a reading is kept as it
 * is or put aside with a reason.
 *
 * @source spec/clinical.md §2.7 (CF-21), §4.6 F28, F30; DESIGN §5
 */
import { cadence } from "#wire/cadence.ts";
import { canonical } from "#wire/canonical.ts";
import type { QuarantineReason, Reading, ReadingsPack, Rejected } from "#wire/messages.ts";
import { metrics } from "#wire/metrics.ts";
import { type Instant, Minutes } from "#wire/units.ts";

/** A pack after judgement: kept + rejected + duplicates are all its readings. */
export interface Judged {
  readonly kept: readonly Reading[];
  readonly rejected: readonly Rejected[];
  /** Readings whose natural key the same pack had already used; the first is kept. */
  readonly duplicates: number;
}

/** Systolic is above diastolic by more than this, mmHg, in anyone alive. */
const leastPulsePressure = 10;
/** Up to so many readings are compared with one another; more are looked up. */
const fewReadings = 16;
/** Nobody takes more steps in a minute. */
const stepsPerMinute = 300;

/** Whether a time can be true for a message received at `receivedAt`. */
export function judgeTime(t: Instant, receivedAt: Instant): "clock_ahead" | "too_late" | undefined {
  if (t > receivedAt + cadence.limits.clockAhead) return "clock_ahead";
  return receivedAt - t > cadence.limits.lateMax ? "too_late" : undefined;
}

/** Parts the readings of a pack: what is kept, what is put aside and why, what was told twice. */
export function judgeReadings(pack: ReadingsPack, receivedAt: Instant): Judged {
  const crossed = crossedPressures(pack.readings);
  const rejected: Rejected[] = [...pack.rejected];
  const kept: Reading[] = [];
  const seen = pack.readings.length > fewReadings ? new Set<string>() : undefined;
  for (const reading of pack.readings) {
    const reason = crossed?.has(reading) ? "bp_order" : reasonAgainst(reading, receivedAt);
    if (reason !== undefined) {
      rejected.push({ reason, text: excerpt(reading) });
    } else if (seen === undefined ? !kept.some(isTwin, reading) : !wasSeen(seen, reading)) {
      kept.push(reading);
    }
  }
  const judgedBad = rejected.length - pack.rejected.length;
  return { kept, rejected, duplicates: pack.readings.length - judgedBad - kept.length };
}

function reasonAgainst(reading: Reading, receivedAt: Instant): QuarantineReason | undefined {
  if (reading.flags?.includes("clock_lost")) return "clock_lost";
  const { low, high } = metrics[reading.metric];
  if (!(reading.value >= low && reading.value <= most(reading, high))) return "out_of_range";
  return judgeTime(reading.t, receivedAt);
}

/** The highest value that can be true: a count depends on how long was counted. */
function most(reading: Reading, high: number): number {
  if (reading.metric !== "steps" || reading.window === 0) return high;
  return (reading.window / Minutes(1)) * stepsPerMinute;
}

/** Both halves of each blood pressure whose systolic is not above its diastolic. */
function crossedPressures(readings: readonly Reading[]): ReadonlySet<Reading> | undefined {
  let crossed: Set<Reading> | undefined;
  for (const low of readings) {
    if (low.metric !== "diastolic") continue;
    for (const high of readings) {
      if (high.metric !== "systolic" || high.t !== low.t) continue;
      if (high.value <= low.value + leastPulsePressure) (crossed ??= new Set()).add(low).add(high);
    }
  }
  return crossed;
}

/** Whether `other` has the natural key of the reading that this is. */
function isTwin(this: Reading, other: Reading): boolean {
  return this.t === other.t && this.metric === other.metric && this.window === other.window;
}

/** The natural key: (device, metric, device time, window); the device is the pack's. */
function wasSeen(seen: Set<string>, { metric, t, window }: Reading): boolean {
  const before = seen.size;
  seen.add(`${metric} ${t} ${window}`);
  return seen.size === before;
}

function excerpt(reading: Reading): string {
  return canonical(reading).slice(0, cadence.limits.rejectedTextBytes);
}
