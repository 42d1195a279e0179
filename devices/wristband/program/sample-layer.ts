/**
 * The real thing: samples of the sensors through the detectors.
 *
 * Each sensor has its queue, which may be filled at any moment, and its task, which empties it.
 * @source catalogue WB-12, WB-22, WB-26, WB-28; spec/firmware.md §3.3 (what a sample may cost)
 */
import { createFallDetector } from "#devices/wristband/signals/fall.ts";
import { createPulse, pulseSettings } from "#devices/wristband/signals/heart-rate.ts";
import type { FallReport, WearReport } from "#devices/wristband/signals/report.ts";
import {
  type AccelerationSample,
  type LightSample,
  magnitude,
} from "#devices/wristband/signals/sample.ts";
import {
  createStepCounter,
  rhythmRule,
  type StepSettings,
} from "#devices/wristband/signals/steps.ts";
import { createStillness } from "#devices/wristband/signals/stillness.ts";
import {
  createWearWatch,
  type WearSettings,
  wearSettings,
} from "#devices/wristband/signals/wear.ts";
import type { Measure } from "#devices/wristband/signals/windows.ts";

import type { Gravity, Layer, LayerHost } from "./layer.ts";
import { createSamples, type Samples, samplesBytes } from "./samples.ts";
import { createSaturations } from "./saturations.ts";
import { createVitals, pulsePeriod, type Vitals, vitalsBytes } from "./vitals.ts";

/** How the sensors of one kind of watch are read. */
export interface SampleSettings {
  /** How often the queues are emptied, ms. */
  readonly motionEveryMs: number;
  readonly lightEveryMs: number;
  /** Samples that a queue holds: half a second and more, since erasing flash stops everything for 90 ms. */
  readonly motionSamples: number;
  readonly lightSamples: number;
  /** Whether something gives a saturation. */
  readonly oximeter: boolean;
  readonly wear: WearSettings;
  readonly steps: StepSettings;
}

/** For an accelerometer of up to 100 Hz and light of up to 50 Hz. */
export const sampleSettings: SampleSettings = {
  motionEveryMs: 100,
  lightEveryMs: 200,
  motionSamples: 64,
  lightSamples: 32,
  oximeter: true,
  wear: wearSettings,
  steps: rhythmRule,
};

/** The layer, and where the sensors' samples go; their times are since the start. */
export interface SampleLayer extends Layer {
  acceleration(sample: AccelerationSample): void;
  light(sample: LightSample): void;
  /** Percent with its quality, of a sensor that gives it. */
  oximetry(measure: Measure): void;
  /** Samples that came faster than they were looked at, since the start. */
  lost(): number;
}

/** What the detectors hold besides the queues: 2 KB falls, 1.5 KB pulse, 0.5 KB steps, the rest. */
const detectorBytes = 4352;
/** The wrist is looked at so often, ms. */
const wearEveryMs = 1000;
/** How quickly what is felt of gravity follows: over some twenty samples. */
const gravityShare = 0.05;
/** A sensor that has said nothing for so long, ms, is not asked. */
const silentMs = 5000;

/** A layer of detectors. */
export function createSampleLayer(settings: SampleSettings = sampleSettings): SampleLayer {
  const motion = createSamples({ capacity: settings.motionSamples, channels: 3 });
  const light = createSamples({ capacity: settings.lightSamples, channels: 1 });
  const axes = new Float64Array(3);
  const counts = new Float64Array(1);
  let parts: Parts | undefined;
  return {
    vitals: settings.oximeter ? ["heart-rate", "spo2"] : ["heart-rate"],
    bytes:
      samplesBytes({ capacity: settings.motionSamples, channels: 3 }) +
      samplesBytes({ capacity: settings.lightSamples, channels: 1 }) +
      detectorBytes +
      vitalsBytes,
    begin: (host) => {
      parts = beginParts(host, settings, { motion, light });
    },
    acceleration: ({ t, x, y, z }) => {
      axes[0] = x;
      axes[1] = y;
      axes[2] = z;
      motion.push(t, axes);
    },
    light: (sample) => {
      counts[0] = sample.light;
      light.push(sample.t, counts);
    },
    lost: () => motion.lost() + light.lost(),
    oximetry: (measure) => parts?.vitals.oximetry(measure),
    replan: (now) => {
      parts?.lit.replan();
      parts?.vitals.replan(now);
    },
    dismiss: () => parts?.arm.dismiss(),
    sense: (vital, now) => parts?.vitals.sense(vital, now),
    gravity: (now) => parts?.arm.gravity(now),
  };
}

interface Queues {
  readonly motion: Samples;
  readonly light: Samples;
}

interface Parts {
  readonly vitals: Vitals;
  readonly arm: Arm;
  readonly lit: Lit;
}

function beginParts(host: LayerHost, settings: SampleSettings, queues: Queues): Parts {
  const vitals = createVitals(host, settings.oximeter ? createSaturations : undefined);
  const arm = beginArm(host, vitals, { settings, queue: queues.motion });
  const lit = beginLit(host, vitals, { settings, queue: queues.light });
  const watch = createWearWatch(settings.wear);
  const told = (report: WearReport): void => {
    arm.wear(report.wear === "worn");
    vitals.wear(report);
  };
  host.add({
    name: "wear",
    periodMs: wearEveryMs,
    run: (t) => {
      const report = watch.push({ t, light: lit.mean(), charging: host.charging() });
      if (report !== undefined) told(report);
      return false;
    },
  });
  return { vitals, arm, lit };
}

interface Sensor {
  readonly settings: SampleSettings;
  readonly queue: Samples;
}

/** What the accelerometer feels. */
interface Arm {
  wear(worn: boolean): void;
  dismiss(): void;
  gravity(now: number): Gravity | undefined;
}

function beginArm(host: LayerHost, vitals: Vitals, { settings, queue }: Sensor): Arm {
  const falls = createFallDetector();
  const steps = createStepCounter(settings.steps);
  const stillness = createStillness();
  const sample = { t: 0, x: 0, y: 0, z: 0 };
  let felt = 0;
  let last = -silentMs;
  const tell = (report: FallReport): void => host.tell(report);
  const take = (t: number, axes: Int16Array): void => {
    const gain = host.gain() / 1000;
    sample.t = last = t;
    sample.x = (axes[0] ?? 0) * gain;
    sample.y = (axes[1] ?? 0) * gain;
    sample.z = (axes[2] ?? 0) * gain;
    felt += (magnitude(sample) / gain - felt) * (felt === 0 ? 1 : gravityShare);
    stillness.push(sample);
    falls.push(sample).forEach(tell);
    const count = steps.push(sample);
    if (count > 0) vitals.steps(t, count);
  };
  falls.wear(false);
  host.add({
    name: "motion",
    periodMs: settings.motionEveryMs,
    run: () => {
      queue.drain(take);
      vitals.still(stillness.still());
      return false;
    },
  });
  return {
    wear: (worn) => falls.wear(worn),
    dismiss: () => falls.cancel().forEach(tell),
    gravity: (now) => {
      if (now - last > silentMs) return undefined;
      return { mg: felt, still: stillness.still() };
    },
  };
}

/** What the light sensor sees. */
interface Lit {
  /** The mean of what has come since it was last asked, counts; 0 when nothing has. */
  mean(): number;
  replan(): void;
}

function beginLit(host: LayerHost, vitals: Vitals, { settings, queue }: Sensor): Lit {
  let period = pulsePeriod(host.plan());
  let pulse = createPulse({ ...pulseSettings, everyMs: period });
  let sum = 0;
  let count = 0;
  const sample = { t: 0, light: 0 };
  const take = (t: number, values: Int16Array): void => {
    sample.t = t;
    sample.light = values[0] ?? 0;
    sum += sample.light;
    count += 1;
    const estimate = pulse.push(sample);
    if (estimate !== undefined) vitals.pulse(estimate);
  };
  host.add({
    name: "light",
    periodMs: settings.lightEveryMs,
    run: () => {
      queue.drain(take);
      return false;
    },
  });
  return {
    mean: () => {
      const mean = count === 0 ? 0 : sum / count;
      sum = count = 0;
      return mean;
    },
    replan: () => {
      if (pulsePeriod(host.plan()) === period) return;
      period = pulsePeriod(host.plan());
      pulse = createPulse({ ...pulseSettings, everyMs: period });
    },
  };
}
