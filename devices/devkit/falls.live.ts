/**
 * Recorded falls and daily activities as registers of an emulated accelerometer, read over I2C by our sketch's own
 * machine code, through firmata-io to the wristband's detectors.
 *
 * The falls are acted by healthy young people (WEDA-FALL, Marques and Moreno 2023): this proves the path, not how well
 * falls are found; that stands in docs/accuracy.md.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { replayFalls, replaySteps } from "#devices/wristband/accuracy/replay.ts";
import {
  falling,
  type Movement,
  samplesOf,
  sitting,
  walking,
} from "#devices/wristband/signals/body-scene.ts";
import type { AccelerationSample } from "#devices/wristband/signals/sample.ts";

import { readFallTrials, recordedFolder } from "../../scripts/recorded.ts";
import { feel } from "./emulator/worn.ts";
import { buildSketch } from "./firmware/build.ts";
import { createKit } from "./kit.ts";

let program: Uint8Array;
beforeAll(async () => {
  ({ program } = await buildSketch(join(import.meta.dir, "../../var/sketch")));
});

const absent = !existsSync(join(recordedFolder, "weda-fall"));
const why = absent ? ` (skipped: no recordings in ${recordedFolder}; set VIGIE_DATA)` : "";

interface Act {
  readonly activity: string;
  /** Samples that reached the host in a second. */
  readonly hz: number;
  readonly isFall: boolean;
}

describe("a synthetic wrist", () => {
  const move = (movement: Movement, seconds: number): Promise<readonly AccelerationSample[]> =>
    feel(program, [...samplesOf(movement, { hz: 100, seconds })]);

  test("WB-26: falls, and the kit suspects it at once and confirms it in its time", async () => {
    const kit = createKit();
    // The impact is at second 5; its judgement and the time to cancel follow.
    const felt = await move(falling({ peak: 6 }), 39);
    const [suspected, fall, ...more] = felt.flatMap((sample) => kit.push(sample));
    expect([suspected?.kind, fall?.kind, more]).toEqual(["suspected-fall", "fall", []]);
    expect(Math.abs((suspected?.t ?? 0) - 5000)).toBeLessThan(300);
  }, 30_000);

  test("WB-26: sits down hard, and no fall is told", async () => {
    expect(replayFalls(await move(sitting({ peak: 3 }), 12))).toEqual([]);
  }, 30_000);

  test("WB-28: walks two steps a second, and they are counted", async () => {
    const [counted] = replaySteps(await move(walking({ stepsPerSecond: 2, swing: 0.8 }), 20));
    const steps = counted?.kind === "steps" ? counted.value : 0;
    expect(Math.abs(steps - 40)).toBeLessThanOrEqual(2);
  }, 30_000);
});

describe(`recorded people${why}`, () => {
  /** One trial of each kind by one person: what the sensor's registers made of it, and what was told. */
  const act = async (subject: string, fell: boolean): Promise<readonly Act[]> => {
    const trials = (await readFallTrials()).filter(
      (trial) => trial.subject === subject && trial.fell === fell,
    );
    const first = new Map(trials.toReversed().map((trial) => [trial.activity, trial]));
    const acts: Act[] = [];
    for (const { activity, samples } of first.values()) {
      const felt = await feel(program, samples);
      acts.push({
        activity,
        hz: (felt.length * 1000) / ((samples.at(-1)?.t ?? 0) - (samples[0]?.t ?? 0)),
        isFall: replayFalls(felt).some(({ kind }) => kind === "fall"),
      });
    }
    return acts;
  };

  test.skipIf(absent)(
    "WB-26: falls of every kind come out of the sensor's registers as falls, at 100 Hz",
    async () => {
      const acts = await act("U01", true);
      expect(acts.length).toBeGreaterThanOrEqual(5);
      expect(acts.filter(({ isFall }) => !isFall)).toEqual([]);
      expect(acts.filter(({ hz }) => Math.abs(hz - 100) > 2)).toEqual([]);
    },
    60_000,
  );

  test.skipIf(absent)(
    "WB-26: what an old person does in a day does not",
    async () => {
      const acts = await act("U21", false);
      expect(acts.length).toBeGreaterThanOrEqual(5);
      expect(acts.filter(({ isFall }) => isFall)).toEqual([]);
    },
    60_000,
  );
});
