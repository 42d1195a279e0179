/** Goal: what cuffs, meters and scales say arrives as what it comes to. Method: the whole box in memory, real bytes. */
import { describe, expect, test } from "bun:test";

import { parseSerial } from "#wire/identity.ts";
import type { ReadingsPack } from "#wire/messages.ts";
import { Hours, Minutes, Seconds } from "#wire/units.ts";

import { BoxScene } from "../box-scene.ts";
import type { HomeMeasure } from "../ports.ts";
import { type BloodPressure, encodeBloodPressure } from "../sensors/blood-pressure.ts";
import { encodeGlucoseContext, type GlucoseContext } from "../sensors/glucose-context.ts";
import { encodeGlucose, type Glucose } from "../sensors/glucose.ts";
import { encodeWeight } from "../sensors/weight.ts";

const cuff = parseSerial("T-1")!;
const meter = parseSerial("G-1")!;
const scale = parseSerial("S-1")!;
const moved = {
  ...{ moved: true, loose: false, irregular: false, misplaced: false },
  pulseRange: "within" as const,
};

function pressure(systolic: number, changes: Partial<BloodPressure> = {}): HomeMeasure {
  const measure = {
    ...{ systolic, diastolic: 80, mean: undefined, pulse: undefined, at: undefined },
    ...{ user: undefined, status: undefined },
    ...changes,
  };
  return { device: cuff, sensor: "bloodPressure", bytes: encodeBloodPressure(measure) };
}

function glucose(sequence: number, changes: Partial<Glucose> = {}): HomeMeasure {
  const measure: Glucose = {
    ...{ sequence, at: undefined, offsetMinutes: 0, value: 0, status: undefined },
    ...{ original: { value: 0.001, unit: "kg/L" }, contextFollows: false },
    ...changes,
  };
  return { device: meter, sensor: "glucose", bytes: encodeGlucose(measure) };
}

function context(sequence: number, changes: Partial<GlucoseContext>): HomeMeasure {
  const said = { sequence, meal: undefined, health: undefined, carbohydrate: undefined };
  const bytes = encodeGlucoseContext({ ...said, ...changes });
  return { device: meter, sensor: "glucoseContext", bytes };
}

function weight(value: number): HomeMeasure {
  const bytes = encodeWeight({ value, at: undefined, user: undefined, size: undefined });
  return { device: scale, sensor: "weight", bytes };
}

/** Readings as `systolic 120/240 single`: value, window in seconds if there is one, flags. */
function told(packs: readonly ReadingsPack[]): string[][] {
  return packs.map(({ readings }) =>
    readings.map(({ metric, value, window, flags = [] }) =>
      [metric, window === 0 ? value : `${value}/${window / 1000}`, ...flags].join(" "),
    ),
  );
}

async function scene(): Promise<BoxScene> {
  const made = new BoxScene();
  await made.after(Seconds(1));
  return made;
}

describe("blood pressure", () => {
  test("MD-02: three measures are sent at once with their mean, a window long as the series", async () => {
    const home = await scene();
    for (const systolic of [130, 124, 127]) {
      home.measure(pressure(systolic));
      await home.after(Minutes(2));
    }
    expect(told(home.packs(cuff))).toEqual([
      [
        ...["systolic 130", "diastolic 80", "systolic 124", "diastolic 80"],
        ...["systolic 127", "diastolic 80", "systolic 127/240", "diastolic 80/240"],
      ],
    ]);
  });

  test("MD-02: a lone measure is kept, and says that it is single", async () => {
    const home = await scene();
    home.measure(pressure(130));
    await home.after(Minutes(9));
    expect(home.packs(cuff)).toEqual([]);
    await home.restart();
    await home.after(Minutes(2));
    expect(told(home.packs(cuff))).toEqual([["systolic 130 single", "diastolic 80 single"]]);
  });

  test("MD-03: an artefact asks for one repeat, and is not in the mean", async () => {
    const home = await scene();
    home.measure(pressure(180, { status: moved }));
    expect(home.drawn.at(-1)?.warnings).toEqual(["measure_failed"]);
    for (const systolic of [120, 130]) {
      await home.after(Minutes(1));
      home.measure(pressure(systolic));
    }
    expect(home.drawn.at(-1)?.warnings).toEqual([]);
    await home.after(Minutes(11));
    const [pack = []] = told(home.packs(cuff));
    expect(pack).toContain("systolic 180 motion");
    expect(pack).toContain("systolic 125/120");
  });
});

describe("glucose", () => {
  test("MD-04: a value goes with the tag of its meal, and at once when none was announced", async () => {
    const home = await scene();
    home.measure(glucose(1));
    await home.after(Seconds(1));
    home.measure(glucose(2, { contextFollows: true }));
    await home.after(Seconds(1));
    expect(told(home.packs(meter))).toEqual([["glucose 100"]]);
    home.measure(context(2, { meal: "after" }));
    await home.after(Seconds(1));
    home.measure(glucose(3, { contextFollows: true }));
    home.measure(context(3, { meal: "before", health: "minor_issue" }));
    await home.after(Seconds(1));
    expect(told(home.packs(meter)).slice(1)).toEqual([
      ["glucose 100 post_meal"],
      ["glucose 100 symptom"],
    ]);
  });

  test("a context that never comes is waited for a minute", async () => {
    const home = await scene();
    home.measure(glucose(2, { contextFollows: true }));
    await home.after(Minutes(1));
    expect(told(home.packs(meter))).toEqual([["glucose 100"]]);
  });

  test("a meter whose clock is years behind is dated by the box, with a mark", async () => {
    const home = await scene();
    const at = { year: 2001, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
    home.measure(glucose(1, { at }));
    await home.after(Seconds(1));
    const [reading] = home.packs(meter)[0]!.readings;
    expect(reading?.flags).toEqual(["clock_corrected"]);
    expect(home.clock.now() - reading!.t).toBeLessThan(Minutes(1));
  });

  test("HI is no number: the home is warned, and the cloud told why", async () => {
    const home = await scene();
    const bytes = glucose(1).bytes.slice();
    bytes.set([bytes[0]! | 0x08], 0);
    home.measure({ ...glucose(1), bytes: Uint8Array.of(...bytes, 0x20, 0) });
    await home.after(Minutes(2));
    expect(home.packs(meter)).toEqual([]);
    expect(home.events(meter)).toMatchObject([{ kind: "device_error", detail: "above_range" }]);
    expect(home.drawn.at(-1)?.warnings).toEqual(["measure_failed"]);
  });
});

describe("weight", () => {
  test("MD-05: the calmest of the day so far goes when the person has left; a worse one later does not", async () => {
    const home = await scene();
    const step = async (...values: number[]): Promise<void> => {
      for (const value of values) {
        home.measure(weight(value));
        await home.after(Minutes(1));
      }
      await home.after(Minutes(15));
    };
    await step(71.9, 71.2, 71.25);
    await step(80);
    await home.restart();
    await step(71.2, 71.2);
    await home.after(Hours(24));
    await step(70);
    expect(told(home.packs(scale))).toEqual([["weight 71.25"], ["weight 71.2"], ["weight 70"]]);
  });
});

test("what needs no company goes at once, and what is no measure only warns", async () => {
  const home = await scene();
  home.measure({ device: scale, sensor: "temperature", bytes: Uint8Array.of(0, 0x70, 1, 0, 0xff) });
  await home.after(Seconds(1));
  expect(told(home.packs(scale))).toEqual([["temperature 36.8"]]);
  home.measure({ device: scale, sensor: "temperature", bytes: Uint8Array.of(0, 1) });
  expect(home.drawn.at(-1)?.warnings).toEqual(["measure_failed"]);
  expect(home.panel.heard).toEqual(["warning"]);
});
