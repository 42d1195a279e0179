/**
 * Real people as bodies: what a folder holds of bedside monitors and of wrists that walked and fell.
 *
 * A monitor (BIDMC numerics, one value a second) gives the means of windows: it is played forwards, then backwards, and so on,
 * so that at no seam does it jump. A wrist (WEDA-FALL, Bangle.js) is played once, as raw samples through the detectors, soon
 * after its wristband was put on; the rest of that life, and whatever else a recording does not have, is a seeded body's.
 * @source BIDMC PPG and Respiration data set, PhysioNet, ODC-By; Pimentel et al., IEEE TBME 64(8) 2017
 * @source WEDA-FALL, Marques and Moreno, Sensors 23(3) 1146, 2023; gfwilliams/step-count
 */
import { dirname } from "node:path";

import { Glob } from "bun";

import { groupBy } from "#devices/wristband/accuracy/figures.ts";
import { type MonitorSample, parseRecording } from "#devices/wristband/accuracy/recording.ts";
import type { AccelerationSample } from "#devices/wristband/signals/sample.ts";
import { type Metric, metrics } from "#wire/metrics.ts";
import { Minutes } from "#wire/units.ts";

import type { Fidelity } from "./fidelity.ts";
import type { Body, Measure, Window } from "./physiology/body.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import { createMeansBody } from "./physiology/means.ts";
import { rounded } from "./physiology/sensor.ts";
import { feltRecording } from "./wearers/felt.ts";
import { meansWearer } from "./wearers/means.ts";
import { feltWearer } from "./wearers/samples.ts";
import type { Resident } from "./wearers/wearer.ts";

/** What one file holds. */
export type Recorded =
  | { readonly kind: "monitor"; readonly name: string; readonly samples: readonly MonitorSample[] }
  | {
      readonly kind: "acceleration";
      readonly name: string;
      readonly samples: readonly AccelerationSample[];
    };

/** Below this share of usable samples a window has no value. */
const enough = 0.5;
/** Between the start of a wristband and what is played: it has been felt to be worn. */
const lead = Minutes(2);

/**
 * At most `most` recordings of `folder` and those within it that can be played at this fidelity, at any unless given: one
 * of each of its folders in turn.
 */
export async function readRecordings(
  folder: string,
  { most, fidelity }: { readonly most: number; readonly fidelity?: Fidelity | undefined },
): Promise<Recorded[]> {
  const found: Recorded[] = [];
  for (const path of inTurn(await Array.fromAsync(new Glob("**/*.csv").scan({ cwd: folder })))) {
    if (found.length === most) break;
    const recording = parseRecorded(path, await Bun.file(`${folder}/${path}`).text());
    const wanted = fidelity === undefined || fidelity === fidelityOf(recording);
    if (recording !== undefined && wanted) found.push(recording);
  }
  return found;
}

/** The recording in a CSV text; undefined when a body cannot be made of it. */
export function parseRecorded(name: string, text: string): Recorded | undefined {
  const recording = parseRecording(text);
  if (recording.kind === "monitor") return { name, ...recording };
  return recording.kind === "acceleration" ? { name, ...recording } : undefined;
}

/** Whoever this recording is of, who else lives as the body of `seed` does. */
export function recordedResident(recorded: Recorded, seed: number): Resident {
  if (recorded.kind === "monitor") {
    const body = createMonitoredBody(recorded.samples, seed);
    return { fidelity: "means", body, wearer: meansWearer };
  }
  return { fidelity: "samples", ...feltResident(recorded.samples, seed) };
}

function fidelityOf(recorded: Recorded | undefined): Fidelity {
  return recorded?.kind === "monitor" ? "means" : "samples";
}

/** One path of each folder, then the next of each, and so on. */
function inTurn(paths: readonly string[]): string[] {
  const folders = groupBy(paths.toSorted(), (path) => dirname(path)).map(([, files]) => files);
  const longest = Math.max(0, ...folders.map(({ length }) => length));
  const places = Array.from({ length: longest }, (_, place) => place);
  return places.flatMap((place) => folders.flatMap((files) => files[place] ?? []));
}

/** Who took no step and had no fall: none is invented. Where the wristband is comes from the seeded body. */
function createMonitoredBody(samples: readonly MonitorSample[], seed: number): Body {
  const heartRate = within(
    "heart-rate",
    samples.map((sample) => sample.heartRate),
  );
  const spo2 = within(
    "spo2",
    samples.map((sample) => sample.spo2),
  );
  const seeded = createMeansBody(seed);
  // Homes that share a recording start somewhere else in it.
  const shift = Math.floor(chance(seed, channels.recording, 0) * 3600);
  return {
    wear: (t) => seeded.wear(t),
    heartRate: (window) => meanOf(heartRate, window, shift),
    spo2: (window) => meanOf(spo2, window, shift),
    steps: () => 0,
    fall: () => undefined,
  };
}

/** NaN where the monitor had no value, or an impossible one. */
function within(metric: Metric, values: readonly number[]): Float32Array {
  const { low, high } = metrics[metric];
  return Float32Array.from(values, (value) => (value >= low && value <= high ? value : Number.NaN));
}

/** The mean of the seconds within the window; its quality is the share of them that could be used. */
function meanOf(samples: Float32Array, window: Window, shift: number): Measure | undefined {
  const first = Math.floor(window.from / 1000) + shift;
  const count = Math.max(1, Math.round((window.to - window.from) / 1000));
  let sum = 0;
  let usable = 0;
  for (let second = first; second < first + count; second++) {
    const value = samples[mirrored(second, samples.length)] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    usable += 1;
  }
  if (usable < count * enough) return undefined;
  const value = rounded(sum / usable, { low: 0, high: 300 });
  return { value, quality: Math.round((100 * usable) / count) };
}

/** Which sample plays at that second: 0 … length-1, then length-1 … 0, and again. */
function mirrored(second: number, length: number): number {
  const phase = second % (2 * length);
  return phase < length ? phase : 2 * length - 1 - phase;
}

/** Keeps the wristband on until all is played and judged; no fall but the recorded one. */
function feltResident(
  samples: readonly AccelerationSample[],
  seed: number,
): Pick<Resident, "body" | "wearer"> {
  const seeded = createMeansBody(seed);
  const length = (samples.at(-1)?.t ?? 0) - (samples[0]?.t ?? 0);
  let begins: number | undefined;
  const wearer = feltWearer(seed, (start) => {
    begins ??= start + lead;
    return feltRecording(samples, begins);
  });
  const isPlaying = (t: number): boolean =>
    begins !== undefined && t >= begins - lead && t <= begins + length + lead;
  const body: Body = {
    ...seeded,
    wear: (t) => (isPlaying(t) ? "worn" : seeded.wear(t)),
    fall: () => undefined,
  };
  return { body, wearer };
}
