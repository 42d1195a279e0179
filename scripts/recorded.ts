/**
 * Recorded signals on disk: `VIGIE_DATA`, or `../shared/data` beside the repository. Read, never copied.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { Glob } from "bun";

import type { FallTrial } from "#devices/wristband/accuracy/fall-fit.ts";
import { fallTrialOf } from "#devices/wristband/accuracy/falls.ts";
import type { PulseTrial } from "#devices/wristband/accuracy/pulse.ts";
import { parseRecording } from "#devices/wristband/accuracy/recording.ts";
import { stepsNamed, type StepTrial } from "#devices/wristband/accuracy/steps.ts";

/** The folder of recordings; it may not exist. */
export const recordedFolder = resolve(
  process.env["VIGIE_DATA"] ?? resolve(import.meta.dir, "../../shared/data"),
);

/** Acted falls and daily activities: WEDA-FALL. */
export async function readFallTrials(): Promise<FallTrial[]> {
  const files = await readRecorded("weda-fall", "*/*_accel.csv");
  return files.flatMap(({ path, text }) => {
    const named = fallTrialOf(path);
    const recording = parseRecording(text);
    if (named === undefined || recording.kind !== "acceleration") return [];
    return [{ ...named, samples: recording.samples }];
  });
}

/** Walks, drives and housework of known steps: Bangle.js. */
export async function readStepTrials(): Promise<StepTrial[]> {
  const files = await readRecorded("bangle-steps", "*.csv");
  return files.flatMap(({ path, text }) => {
    const name = path.replace(/\.csv$/, "");
    const taken = stepsNamed(name);
    const recording = parseRecording(text);
    if (taken === undefined || recording.kind !== "acceleration") return [];
    return [{ name, steps: taken, samples: recording.samples }];
  });
}

/** Light and bedside monitor of the same patients: BIDMC. */
export async function readPulseTrials(): Promise<PulseTrial[]> {
  const files = new Map(
    (await readRecorded("bidmc", "*.csv")).map(({ path, text }) => [path, text]),
  );
  return [...files].flatMap(([path, text]) => {
    if (!path.endsWith("_Pleth.csv")) return [];
    const light = parseRecording(text);
    const monitor = parseRecording(files.get(path.replace("_Pleth", "_Numerics")) ?? "");
    if (light.kind !== "light" || monitor.kind !== "monitor") return [];
    const subject = path.replace("_Pleth.csv", "");
    return [{ subject, light: light.samples, monitor: monitor.samples }];
  });
}

/** A file of recordings: its path within the folder, and its text. */
interface RecordedFile {
  readonly path: string;
  readonly text: string;
}

/** The files of one data set that match, by path; none when it is absent. */
async function readRecorded(dataSet: string, pattern: string): Promise<RecordedFile[]> {
  const folder = resolve(recordedFolder, dataSet);
  if (!existsSync(folder)) return [];
  const paths = await Array.fromAsync(new Glob(pattern).scan({ cwd: folder }));
  return Promise.all(
    paths.toSorted().map(async (path) => ({
      path,
      text: await Bun.file(resolve(folder, path)).text(),
    })),
  );
}
