/**
 * Oxygen saturation: one-minute means, an emergency when one is too low, five-minute means to send.
 * @source S1 §6.1.4 (WB-30, WB-31, WB-32); CF-11 for the threshold
 */
import { type Emergency, type Gap, nothing, type Reading } from "./report.ts";
import { createMeans, type Measure } from "./windows.ts";

export interface SaturationSettings {
  /** How often the sensor gives a value. */
  readonly everyMs: number;
  readonly minuteMs: number;
  readonly meanMs: number;
  /** A one-minute mean below this is an emergency, percent; the patient's own where the twin says so. */
  readonly hypoxaemia: number;
  /** The emergency is over when a one-minute mean is this much above the threshold. */
  readonly hysteresis: number;
  /** What is judged must be at least this good, 0–100. */
  readonly leastQuality: number;
}

/** CF-11: 85 %; S1 §6.1.4: a measure a minute, means of five. */
export const saturationSettings: SaturationSettings = {
  everyMs: 1000,
  minuteMs: 60_000,
  meanMs: 300_000,
  hypoxaemia: 85,
  hysteresis: 2,
  leastQuality: 50,
};

export interface Saturation {
  /** Percent, with its quality; what this completes: mostly nothing. */
  push(measure: Measure): readonly (Reading | Gap | Emergency)[];
}

/** A saturation meter on a sensor that gives percent. */
export function createSaturation(settings: SaturationSettings = saturationSettings): Saturation {
  const { everyMs, minuteMs, meanMs, leastQuality } = settings;
  const plan = { of: "spo2", leastQuality, enough: 0.5 } as const;
  const minutes = createMeans({ ...plan, windowMs: minuteMs, everyMs });
  // Of readings already judged: each counts, however little of its minute could be used.
  const means = createMeans({ ...plan, windowMs: meanMs, everyMs: minuteMs, leastQuality: 0 });
  const watch = createHypoxaemia(settings);
  const judge = (minute: Reading | Gap): readonly (Reading | Gap | Emergency)[] => {
    if (minute.kind === "gap") {
      return [minute, ...means.push({ t: minute.t, value: 0, quality: 0, flaw: minute.why })];
    }
    const emergency = watch(minute);
    const reports = [minute, ...means.push(minute)];
    return emergency === undefined ? reports : [emergency, ...reports];
  };
  return {
    push: (measure) => {
      const finished = minutes.push(measure);
      let reports: readonly (Reading | Gap | Emergency)[] = nothing;
      finished.forEach((minute) => {
        reports = [...reports, ...judge(minute)];
      });
      return reports;
    },
  };
}

/** One emergency per episode; it is told each one-minute mean. */
export function createHypoxaemia(
  settings: Pick<SaturationSettings, "hypoxaemia" | "hysteresis">,
): (minute: Reading) => Emergency | undefined {
  let low = false;
  return ({ t, value, quality }) => {
    const was = low;
    low = value < settings.hypoxaemia || (was && value < settings.hypoxaemia + settings.hysteresis);
    return low && !was ? { kind: "respiratory", t, quality, why: "hypoxaemia" } : undefined;
  };
}
