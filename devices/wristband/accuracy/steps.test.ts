import { expect, test } from "bun:test";

import { stepsNamed } from "./steps.ts";

test("the steps that were taken are read from a file's name, or left unknown", () => {
  const named: Readonly<Record<string, number | undefined>> = {
    "HughB-walk-1834": 1834,
    "HughB-drive-36min-0": 0,
    "HughB-drive-a3-b136": 3,
    "HughB-drive-18": 18,
    "HughB-mixed-390": 390,
    "HughB-static-0": 0,
    "MrPloppy-stationary-0": 0,
    "0_HughB_train_journey_b31": 0,
    "HughB-nosteps1": 0,
    "100": 100,
    "100_7": 100,
    HughB0: undefined,
    Guillaume_G: undefined,
    "d3nd3-o0": undefined,
  };
  for (const [name, steps] of Object.entries(named))
    expect([name, stepsNamed(name)]).toEqual([name, steps]);
});
