/**
 * Recordings as a watch's sensors would have given them: whole counts at whole milliseconds, so that every interpreter
 * is fed the very same numbers.
 */
import type { AccelerationSample, LightSample } from "#devices/wristband/signals/sample.ts";

/** What is fed to a run, in order of time. */
export interface Trace {
  readonly name: string;
  /** Times in ms, each with three counts of the accelerometer; 4096 are one g. */
  readonly acceleration: readonly number[];
  /** Times in ms, each with the counts of the light. */
  readonly light: readonly number[];
  /** When the run ends, ms. */
  readonly until: number;
}

/** A moment for the watch to start in, before the recording begins. */
const leadMs = 1000;
/** Light from a wrist at rest, where the recording has none, counts; seen once a second. */
const skin = 8000;
const secondMs = 1000;

/** A wrist that moved, in its last posture for `holdMs` more. */
export function motionTrace(
  name: string,
  samples: readonly AccelerationSample[],
  holdMs: number,
): Trace {
  const began = samples[0]?.t ?? 0;
  const acceleration: number[] = [];
  let last = -1;
  for (const { t, x, y, z } of samples) {
    const at = leadMs + Math.round(t - began);
    if (at <= last) continue;
    last = at;
    acceleration.push(at, counts(x), counts(y), counts(z));
  }
  const posture = acceleration.slice(-3);
  const until = last + holdMs;
  for (let at = last + 20; at < until; at += 20) acceleration.push(at, ...posture);
  return { name, acceleration, light: every(secondMs, until, [skin]), until };
}

/** A wrist at rest that light was shone through, looked at every 40 ms. */
export function lightTrace(name: string, samples: readonly LightSample[]): Trace {
  const began = samples[0]?.t ?? 0;
  const light: number[] = [];
  let next = 0;
  for (const { t, light: seen } of samples) {
    const at = leadMs + Math.round(t - began);
    if (at < next || !(seen >= 0)) continue;
    next = at + 39;
    light.push(at, Math.round(seen));
  }
  const until = next + secondMs;
  return { name, acceleration: every(200, until, [0, 0, 4096]), light, until };
}

function counts(mg: number): number {
  return Math.round(Math.max(-32_768, Math.min(32_767, mg * 4.096)));
}

/** The same values again and again. */
function every(stepMs: number, until: number, values: readonly number[]): number[] {
  const all: number[] = [];
  for (let at = leadMs; at < until; at += stepMs) all.push(at, ...values);
  return all;
}

/** How much is fed by one line of script. */
const sliceMs = 1000;
/** What happens, by number: each is followed by its time and its values. */
const happenings = { acceleration: 0, light: 1 } as const;

/** A trace as lines of script that feed it, in order of time. */
export function feedingOf(trace: Trace): string {
  const all = [
    ...happeningsOf(happenings.acceleration, trace.acceleration, 4),
    ...happeningsOf(happenings.light, trace.light, 2),
  ].toSorted((a, b) => (a[1] ?? 0) - (b[1] ?? 0));
  const slices: number[][] = [];
  for (const one of all) (slices[Math.floor((one[1] ?? 0) / sliceMs)] ??= []).push(...one);
  const lines = slices.flatMap((slice) => `feed([${slice.join()}]);\n`);
  return `${lines.join("")}finish(${trace.until});\n`;
}

function happeningsOf(kind: number, values: readonly number[], width: number): number[][] {
  const all: number[][] = [];
  for (let at = 0; at < values.length; at += width) {
    all.push([kind, ...values.slice(at, at + width)]);
  }
  return all;
}
