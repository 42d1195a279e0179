/**
 * Recordings through the real detectors: what would the wristband have said?
 */
import { createFallDetector, type FallSettings, fallSettings } from "../signals/fall.ts";
import { createPulse, type PulseEstimate, rateMeans } from "../signals/heart-rate.ts";
import type { FallReport, Report } from "../signals/report.ts";
import type { AccelerationSample, LightSample } from "../signals/sample.ts";
import { createSaturation } from "../signals/spo2.ts";
import { createStepCounter, rhythmRule, type StepSettings } from "../signals/steps.ts";
import { createCounts, createMeans } from "../signals/windows.ts";
import type { MonitorSample, Recording } from "./recording.ts";

/** What may be looked for in a recording. */
export const replayKinds = ["falls", "steps", "ppg", "numerics"] as const;
export type ReplayKind = (typeof replayKinds)[number];

/** S1 §6.1.3: steps are told every half hour. */
const stepWindowMs = 30 * 60_000;

/** Everything that a wristband would say of this recording, oldest first; nothing of kinds it cannot hold. */
export function replay(recording: Recording, kinds: readonly ReplayKind[] = replayKinds): Report[] {
  const wanted = (kind: ReplayKind): boolean => kinds.includes(kind);
  if (recording.kind === "light") return wanted("ppg") ? replayPulse(recording.samples) : [];
  if (recording.kind === "monitor") {
    return wanted("numerics") ? replayMonitor(recording.samples) : [];
  }
  return [
    ...(wanted("falls") ? replayFalls(recording.samples) : []),
    ...(wanted("steps") ? replaySteps(recording.samples) : []),
  ];
}

/**
 * Falls in a recording. It is continued in its last posture until the time to cancel is over, since most end a few
 * seconds after the impact: so what happens in that time cannot save a false suspicion here.
 */
export function replayFalls(
  samples: readonly AccelerationSample[],
  settings: FallSettings = fallSettings,
): FallReport[] {
  const detector = createFallDetector(settings);
  const reports: FallReport[] = [];
  for (const sample of samples) reports.push(...detector.push(sample));
  for (const sample of held(samples, 5000 + settings.cancelMs)) {
    reports.push(...detector.push(sample));
  }
  return reports;
}

/** The mean of the last half second, for `ms` more. */
export function* held(
  samples: readonly AccelerationSample[],
  ms: number,
): Generator<AccelerationSample> {
  const end = samples.at(-1)?.t ?? 0;
  const tail = samples.filter(({ t }) => t > end - 500);
  const mean = (axis: "x" | "y" | "z"): number =>
    tail.reduce((sum, sample) => sum + sample[axis], 0) / Math.max(1, tail.length);
  const posture = { x: mean("x"), y: mean("y"), z: mean("z") };
  for (let t = end + 20; t <= end + ms; t += 20) yield { t, ...posture };
}

/** Steps per half hour, and those of the rest. */
export function replaySteps(
  samples: readonly AccelerationSample[],
  settings: StepSettings = rhythmRule,
): Report[] {
  const counter = createStepCounter(settings);
  const counts = createCounts("steps", stepWindowMs);
  const reports: Report[] = [];
  for (const sample of samples) reports.push(...counts.push(sample.t, counter.push(sample)));
  const rest = counts.rest(samples.at(-1)?.t ?? 0);
  return rest === undefined ? reports : [...reports, rest];
}

/** Each estimate of the pulse, and its two-minute means. */
export function replayPulse(samples: readonly LightSample[]): Report[] {
  const means = createMeans(rateMeans);
  const reports: Report[] = [];
  for (const estimate of estimates(samples)) {
    const { t, rate: value, quality } = estimate;
    if (value > 0) reports.push({ kind: "heart-rate", t, value, quality, window: 10_000 });
    reports.push(...means.push({ t, value, quality }));
  }
  return reports;
}

/** The pulse as it is seen every two seconds. */
export function estimates(samples: readonly LightSample[]): PulseEstimate[] {
  const pulse = createPulse();
  const seen: PulseEstimate[] = [];
  for (const sample of samples) {
    const estimate = pulse.push(sample);
    if (estimate !== undefined) seen.push(estimate);
  }
  return seen;
}

/** Two-minute means of heart rate, minute and five-minute means of saturation, from values a second. */
function replayMonitor(samples: readonly MonitorSample[]): Report[] {
  const rates = createMeans({ ...rateMeans, everyMs: 1000 });
  const saturation = createSaturation();
  const reports: Report[] = [];
  for (const { t, heartRate, spo2 } of samples) {
    reports.push(...rates.push({ t, value: heartRate, quality: heartRate > 0 ? 100 : 0 }));
    reports.push(...saturation.push({ t, value: spo2, quality: spo2 > 0 ? 100 : 0 }));
  }
  return reports;
}

/** A report as one line of the replay's output: `t`, `kind`, `value`, `quality`, and what else is known. */
export function lineOf(report: Report): Readonly<Record<string, unknown>> {
  const { t, kind, ...rest } = report;
  return { t: Math.round(t), kind, ...valueOf(report), ...rest, ...momentOf(report) };
}

/** What happens has the value 1, a gap none. */
function valueOf(report: Report): { readonly value: unknown; readonly quality: number } {
  if (report.kind === "gap") return { value: null, quality: 0 };
  if (report.kind === "wear") return { value: report.wear, quality: 100 };
  return { value: "value" in report ? report.value : 1, quality: report.quality };
}

function momentOf(report: Report): { readonly at?: number } {
  return "at" in report ? { at: Math.round(report.at) } : {};
}
