/**
 * Heart rate from light against what a bedside monitor showed at the same time.
 */
import { createCardiacWatch } from "../signals/cardiac-arrest.ts";
import { pulseSettings, rateMeans } from "../signals/heart-rate.ts";
import type { LightSample } from "../signals/sample.ts";
import { createMeans } from "../signals/windows.ts";
import { figure, mean, type Measurement, share } from "./figures.ts";
import type { MonitorSample } from "./recording.ts";
import { estimates } from "./replay.ts";

/** One patient's light, and the monitor beside the bed. */
export interface PulseTrial {
  readonly subject: string;
  readonly light: readonly LightSample[];
  readonly monitor: readonly MonitorSample[];
}

/** From this quality on a rate is meant to be believed. */
const reliable = 70;

/** A rate, its quality, and how far it was from the monitor's. */
interface Judged {
  readonly subject: string;
  readonly quality: number;
  readonly error: number;
  readonly errorOfPulse: number;
}

/** Everything measured on patients with a monitor. */
export function measurePulse(trials: readonly PulseTrial[]): Measurement {
  const seen = trials.flatMap((trial) => judgeEstimates(trial));
  const means = trials.flatMap((trial) => judgeMeans(trial));
  const good = seen.filter(isReliable);
  const goodMeans = means.filter(isReliable);
  const of = `BIDMC, ${trials.length} patients`;
  return {
    rows: [
      figure(
        {
          id: "heart-rate-error",
          value: mean(good.map(({ error }) => error)),
          unit: "/min",
          of: `${of}, ${good.length} windows of quality ≥ ${reliable}`,
        },
        { atMost: 2 },
      ),
      figure(
        {
          id: "heart-rate-coverage",
          value: share(seen, isReliable),
          unit: "share",
          of: `${of}, ${seen.length} windows`,
        },
        { atLeast: 0.6 },
      ),
      figure({
        id: "heart-rate-mean-error",
        value: mean(goodMeans.map(({ error }) => error)),
        unit: "/min",
        of: `${of}, ${goodMeans.length} of ${means.length} two-minute means`,
      }),
      figure(
        {
          id: "cardiac-false-alarms",
          value: trials.reduce((sum, trial) => sum + emergencies(trial), 0),
          unit: "alarms",
          of: `${of}, ${((seen.length * pulseSettings.everyMs) / 3_600_000).toFixed(1)} h`,
        },
        { atMost: 0 },
      ),
    ],
    details: trials.map(({ subject }) => {
      const own = seen.filter((judged) => judged.subject === subject);
      const believed = own.filter(isReliable);
      return {
        dataSet: "bidmc",
        group: subject,
        figures: {
          windows: own.length,
          coverage: share(own, isReliable),
          error: mean(believed.map(({ error }) => error)),
          errorOfPulse: mean(believed.map(({ errorOfPulse }) => errorOfPulse)),
        },
      };
    }),
    caveats: [
      "Resting intensive-care patients with a clip on the finger: an upper bound on what a wrist gives, and says " +
        "nothing of movement.",
      "Where the heart beats without a pulse that reaches the finger, light cannot count it: `errorOfPulse` is the " +
        "error against the monitor's own pulse column.",
      "All subjects were in view when the settings were chosen; they lie on a wide plateau (docs/accuracy.md).",
    ],
  };
}

function isReliable({ quality }: Judged): boolean {
  return quality >= reliable;
}

/** Each estimate against the monitor's mean over the ten seconds that it speaks of. */
function judgeEstimates({ subject, light, monitor }: PulseTrial): Judged[] {
  return estimates(light).flatMap(({ t, rate, quality }) => {
    const window = { from: t - 2 * pulseSettings.memoryMs, to: t };
    return judge({ subject, quality, rate }, { monitor, window });
  });
}

function judgeMeans({ subject, light, monitor }: PulseTrial): Judged[] {
  const means = createMeans(rateMeans);
  return estimates(light).flatMap(({ t, rate, quality }) =>
    means.push({ t, value: rate, quality }).flatMap((report) => {
      if (report.kind === "gap") return [{ subject, quality: 0, error: 0, errorOfPulse: 0 }];
      const window = { from: report.t - report.window, to: report.t };
      return judge({ subject, quality: report.quality, rate: report.value }, { monitor, window });
    }),
  );
}

function judge(
  { subject, quality, rate }: { subject: string; quality: number; rate: number },
  { monitor, window }: { monitor: readonly MonitorSample[]; window: { from: number; to: number } },
): Judged[] {
  const within = monitor.filter(({ t }) => t > window.from && t <= window.to);
  const heart = mean(within.map(({ heartRate }) => heartRate).filter((value) => value > 0));
  const pulse = mean(within.map((sample) => sample.pulse).filter((value) => value > 0));
  if (Number.isNaN(heart)) return [];
  return [
    { subject, quality, error: Math.abs(rate - heart), errorOfPulse: Math.abs(rate - pulse) },
  ];
}

/** Suspected cardiac emergencies of a patient who lives: each is false. */
function emergencies({ light }: PulseTrial): number {
  const watch = createCardiacWatch();
  const wrist = { worn: true, still: true };
  return estimates(light).filter((estimate) => watch.push(estimate, wrist) !== undefined).length;
}
