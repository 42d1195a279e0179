/**
 * Real patients as bodies: the heart rate and saturation of the BIDMC numerics, 1 Hz, 8 min each.
 *
 * Window values are means of the recorded samples. A recording is played forwards, then backwards, and so on: at no seam
 * does it jump. These are resting intensive-care patients who took no step and had no fall, so none is invented; only
 * where the wristband is (charger, shower) comes from the seeded body.
 * @source BIDMC PPG and Respiration data set, PhysioNet, ODC-By; Pimentel et al., IEEE TBME 64(8) 2017
 */
import { readdir } from "node:fs/promises";

import { metrics } from "#wire/metrics.ts";

import type { Body, Measure, Window } from "./physiology/body.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import { createMeansBody } from "./physiology/means.ts";
import { rounded } from "./physiology/sensor.ts";

/** One patient's numerics, one sample a second; NaN where the monitor had none, or an impossible one. */
export interface Recording {
  /** File name without ending. */
  readonly name: string;
  readonly heartRate: Float32Array;
  readonly spo2: Float32Array;
}

/** Below this share of usable samples a window has no value. */
const enough = 0.5;

/** Every `*_Numerics.csv` of `folder`, by name; throws when there is none or one cannot be understood. */
export async function readRecordings(folder: string): Promise<Recording[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith("_Numerics.csv")).toSorted();
  if (names.length === 0) throw new Error(`no *_Numerics.csv in ${folder}`);
  return Promise.all(
    names.map(async (name) =>
      parseRecording(name.replace("_Numerics.csv", ""), await Bun.file(`${folder}/${name}`).text()),
    ),
  );
}

/** The recording in a CSV text whose header names `HR` and `SpO2` columns; throws when it has not both. */
export function parseRecording(name: string, text: string): Recording {
  const [header = "", ...lines] = text.trim().split(/\r?\n/);
  const titles = header.split(",").map((title) => title.trim());
  const column = (title: string, range: { low: number; high: number }): Float32Array => {
    const position = titles.indexOf(title);
    if (position < 0) throw new Error(`${name} has no column ${title}`);
    return Float32Array.from(lines, (line) => sample(line.split(",")[position], range));
  };
  return {
    name,
    heartRate: column("HR", metrics["heart-rate"]),
    spo2: column("SpO2", metrics.spo2),
  };
}

function sample(text: string | undefined, range: { low: number; high: number }): number {
  const value = Number(text?.trim() || Number.NaN);
  return value >= range.low && value <= range.high ? value : Number.NaN;
}

/** The person of this recording, wearing the wristband as the body of `seed` does. */
export function createRecordedBody(recording: Recording, seed: number): Body {
  const worn = createMeansBody(seed);
  // Homes that share a recording start somewhere else in it.
  const shift = Math.floor(chance(seed, channels.recording, 0) * 3600);
  return {
    wear: (t) => worn.wear(t),
    heartRate: (window) => meanOf(recording.heartRate, window, shift),
    spo2: (window) => meanOf(recording.spo2, window, shift),
    steps: () => 0,
    fall: () => undefined,
  };
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
