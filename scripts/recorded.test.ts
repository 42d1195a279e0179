/**
 * The detectors on recorded people, against the aims of the plan. The commands are run as a person would run them.
 */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { measureFalls } from "#devices/wristband/accuracy/falls.ts";
import type { Measurement } from "#devices/wristband/accuracy/figures.ts";
import { measurePulse } from "#devices/wristband/accuracy/pulse.ts";
import { measureSteps } from "#devices/wristband/accuracy/steps.ts";

import { readFallTrials, readPulseTrials, readStepTrials, recordedFolder } from "./recorded.ts";

const absent = !existsSync(recordedFolder);
const why = absent ? ` (skipped: no recordings in ${recordedFolder}; set VIGIE_DATA)` : "";

/** What falls short of its aim. */
function missed({ rows }: Measurement): string[] {
  return rows
    .filter(({ met }) => met === false)
    .map(({ id, value, target }) => `${id} is ${value}, aim ${target}`);
}

describe(`on recorded people${why}`, () => {
  test.skipIf(absent)(
    "WB-26: falls are told and daily activities are not, subjects apart",
    async () => {
      const measurement = measureFalls(await readFallTrials());
      expect(measurement.rows.length).toBeGreaterThanOrEqual(6);
      expect(missed(measurement)).toEqual([]);
    },
  );

  test.skipIf(absent)("WB-28: named walks are counted, and drives are not", async () => {
    const measurement = measureSteps(await readStepTrials());
    expect(measurement.rows.map(({ id }) => id)).toContain("steps-driving-false");
    expect(missed(measurement)).toEqual([]);
  });

  test.skipIf(absent)(
    "WB-22, WB-23: the pulse is found, and nobody alive is called dead",
    async () => {
      const measurement = measurePulse(await readPulseTrials());
      expect(measurement.rows.map(({ id }) => id)).toContain("cardiac-false-alarms");
      expect(missed(measurement)).toEqual([]);
    },
  );
});

describe("the commands", () => {
  const run = (
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): { code: number; out: string; err: string } => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(
      [process.execPath, join(import.meta.dir, script), ...args],
      { env: { ...process.env, ...env } },
    );
    return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
  };

  test("replay gives one JSON line per reading or event, each with t, kind, value and quality", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vigie-replay-"));
    const file = join(folder, "pulse.csv");
    const light = Array.from({ length: 3000 }, (_, n) => Math.round(500 + 90 * Math.sin(n / 16)));
    await Bun.write(file, light.join("\n"));
    const { code, out } = run("replay.ts", [file, "--kind", "ppg", "--rate", "100"]);
    const lines = out
      .trim()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(Object.keys(line).slice(0, 4)).toEqual(["t", "kind", "value", "quality"]);
      expect(Math.abs(Number(line["value"]) - 59.7)).toBeLessThan(1);
    }
    const untimed = run("replay.ts", [file]);
    expect(untimed.code).toBe(1);
    expect(untimed.err).toContain("it has no times: give a rate");
    await rm(folder, { recursive: true });
  });

  test("replay says what is wrong with its arguments, and what they may be", () => {
    for (const args of [[], ["x.csv", "--kind", "dreams"], ["x.csv", "--rate", "-1"]]) {
      const { code, err } = run("replay.ts", args);
      expect(code).toBe(2);
      expect(err).toContain("bun run replay FILE…");
    }
    expect(run("replay.ts", ["no-such-file.csv"])).toMatchObject({
      code: 1,
      err: "no-such-file.csv: it cannot be read\n",
    });
  });

  test("accuracy says plainly which recordings are absent, and claims nothing of them", () => {
    const nowhere = { VIGIE_DATA: join(tmpdir(), "vigie-no-recordings") };
    const { code, out } = run("accuracy.ts", ["--json"], nowhere);
    expect(code).toBe(0);
    const report: { rows: unknown[]; absent: string[] } = JSON.parse(out);
    expect(report.rows).toEqual([]);
    expect(report.absent).toHaveLength(3);
    expect(run("accuracy.ts", [], nowhere).out).toContain("falls were not measured");
  });
});
