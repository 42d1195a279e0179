/**
 * `bun run accuracy [--json] [--fit]`: how well the wristband's detectors do on recorded people.
 *
 * `--json` prints the report as JSON; `--fit` prints the weights of the fall detector, fitted to every subject.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { fitAll, measureFalls } from "#devices/wristband/accuracy/falls.ts";
import type { Measurement } from "#devices/wristband/accuracy/figures.ts";
import { measurePulse } from "#devices/wristband/accuracy/pulse.ts";
import { tellMeasurements } from "#devices/wristband/accuracy/report.ts";
import { measureSteps } from "#devices/wristband/accuracy/steps.ts";

import { readFallTrials, readPulseTrials, readStepTrials, recordedFolder } from "./recorded.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, fit: { type: "boolean", default: false } },
});

const trials = await readFallTrials();
if (values.fit) {
  console.log(JSON.stringify(fitAll(trials), undefined, 2));
  process.exit(0);
}
const steps = await readStepTrials();
const pulses = await readPulseTrials();
const absent = [
  ...(trials.length === 0 ? ["weda-fall: falls were not measured"] : []),
  ...(steps.length === 0 ? ["bangle-steps: steps were not measured"] : []),
  ...(pulses.length === 0 ? ["bidmc: heart rate was not measured"] : []),
].map((what) => `absent from ${recordedFolder}: ${what} (VIGIE_DATA names another folder)`);
const measurements: Measurement[] = [
  ...(trials.length > 0 ? [measureFalls(trials)] : []),
  ...(steps.length > 0 ? [measureSteps(steps)] : []),
  ...(pulses.length > 0 ? [measurePulse(pulses)] : []),
];
const report = {
  commit: Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim(),
  cpu: `${cpus()[0]?.model ?? "unknown"} × ${cpus().length}`,
  rows: measurements.flatMap(({ rows }) => rows),
  details: measurements.flatMap(({ details }) => details),
  caveats: measurements.flatMap(({ caveats }) => caveats),
  absent,
};
console.log(values.json ? JSON.stringify(report, undefined, 2) : tellMeasurements(report));
