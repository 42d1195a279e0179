/**
 * The wristband's app, as the watch runs it, says the same as the program it was made of: thirty recordings through
 * both, in duktape, and in Espruino itself where `ESPRUINO` names one.
 *
 * Without the recordings (`VIGIE_DATA`), synthetic people serve; that is said, since they prove less.
 */
import { beforeAll, expect, test } from "bun:test";

import { held } from "#devices/wristband/accuracy/replay.ts";
import { bundleApp } from "#devices/wristband/espruino/bundle/app-files.ts";
import { budget } from "#devices/wristband/espruino/bundle/budget.ts";
import {
  bundleHost,
  measureVars,
  type Program,
  runInBun,
  runInDuktape,
  runInEspruino,
} from "#devices/wristband/espruino/parity/interpreters.ts";
import { lightTrace, motionTrace, type Trace } from "#devices/wristband/espruino/parity/trace.ts";
import {
  falling,
  lightOf,
  samplesOf,
  sitting,
  walking,
} from "#devices/wristband/signals/body-scene.ts";

import { readFallTrials, readPulseTrials, readStepTrials } from "./recorded.ts";

const espruino = process.env["ESPRUINO"];
/** After a fall: the time to cancel, and some. */
const aftermathMs = 36_000;
/** Of walks and drives, and of pulses, so much is enough to tell two interpreters apart. */
const walkMs = 240_000;
const pulseMs = 250_000;

const traces = await recordedTraces();
let program: Program;

beforeAll(async () => {
  program = { host: await bundleHost(), app: (await bundleApp()).app };
});

test.each(traces)("the bundle says the same in duktape as in Bun: $name", async (trace) => {
  const said = runInBun(program, trace);
  expect(said.length).toBeGreaterThan(8);
  expect(await runInDuktape(program, trace)).toEqual(said);
});

test("the recordings hold falls that are told, and falls that are not", () => {
  const told = traces.map((trace) =>
    runInBun(program, trace).some((line) => /emergency/.test(line)),
  );
  expect(told).toContain(true);
  expect(told).toContain(false);
});

if (espruino === undefined) {
  console.log("ESPRUINO names no interpreter: the bundle was run in duktape alone");
}
test.skipIf(espruino === undefined)(
  "the bundle says the same in Espruino as in Bun, of every recording",
  async () => {
    for (const trace of traces) {
      expect(await runInEspruino(espruino ?? "", program, trace)).toEqual(runInBun(program, trace));
    }
  },
  1_200_000,
);

test.skipIf(espruino === undefined)(
  "the app takes no more of Espruino's memory than it may",
  async () => {
    expect(await measureVars(espruino ?? "", program)).toBeLessThanOrEqual(budget.computerVars);
  },
  60_000,
);

/** Thirty recordings: falls and daily activities one of each kind, walks and drives, pulses. */
async function recordedTraces(): Promise<Trace[]> {
  const trials = await readFallTrials();
  const kinds = [...new Set(trials.map(({ activity }) => activity))];
  const falls = kinds.flatMap((kind) => {
    const samples = trials.find(({ activity }) => activity === kind)?.samples ?? [];
    return motionTrace(kind, [...samples, ...held(samples, aftermathMs)], 0);
  });
  const steps = (await readStepTrials()).slice(0, 6).map(({ name, samples }) => {
    const from = samples[0]?.t ?? 0;
    return motionTrace(
      name,
      samples.filter(({ t }) => t < from + walkMs),
      1000,
    );
  });
  const pulses = (await readPulseTrials()).slice(0, 5).map(({ subject, light }) =>
    lightTrace(
      subject,
      light.filter(({ t }) => t < pulseMs),
    ),
  );
  const all = [...falls, ...steps, ...pulses];
  if (all.length > 0) return all;
  console.log("the recordings are absent: synthetic people were fed instead");
  return syntheticTraces();
}

function syntheticTraces(): Trace[] {
  const moved = { hz: 50, seconds: 10 };
  return [
    motionTrace("a fall", [...samplesOf(falling({ peak: 6 }), moved)], aftermathMs),
    motionTrace("sitting down", [...samplesOf(sitting({ peak: 2.5 }), moved)], aftermathMs),
    motionTrace(
      "a walk",
      [...samplesOf(walking({ stepsPerSecond: 1.8, swing: 0.6 }), { hz: 12.5, seconds: 240 })],
      1000,
    ),
    lightTrace("a pulse", [...lightOf({ rate: 72, counts: 200, hz: 25, seconds: 250 })]),
  ];
}
