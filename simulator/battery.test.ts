import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { Hours, Minutes } from "#wire/units.ts";

import { type Battery, batteryAfter, fullBattery, wornBattery } from "./battery.ts";
import { createMeansBody } from "./physiology/means.ts";

/** Lets a battery live for `ms` in looks of two minutes. */
function live(battery: Battery, ms: number, charging: boolean): Battery {
  let now = battery;
  for (let passed = 0; passed < ms; passed += Minutes(2)) {
    now = batteryAfter(now, { ms: Minutes(2), charging });
  }
  return now;
}

describe("a wristband's battery", () => {
  test("WB-36: lasts a day from full, is flat before two", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const full = fullBattery(seed);
        expect(live(full, Hours(24), false).flat).toBe(false);
        expect(live(full, Hours(40), false).flat).toBe(true);
      }),
    );
  });

  test("is full after two hours on its charger", () => {
    const empty = live(fullBattery(3), Hours(40), false);
    expect(live(empty, Hours(2), true).level).toBe(100);
  });

  test("has been charged most days: few wristbands of a fleet are flat at any time", () => {
    const flat = Array.from({ length: 1000 }, (_, seed) => {
      const body = createMeansBody(seed);
      const t = Date.UTC(2026, 2, 2, seed % 24);
      return wornBattery(seed, t, (at) => body.wear(at) === "charging").flat;
    }).filter((isFlat) => isFlat);
    expect(flat.length).toBeWithin(1, 50);
  });

  test("stays between 0 and 100 whatever happens to it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.tuple(fc.nat(Hours(30)), fc.boolean())), (seed, lapses) => {
        let battery = fullBattery(seed);
        for (const [ms, charging] of lapses) {
          battery = batteryAfter(battery, { ms, charging });
          expect(battery.level).toBeWithin(0, 100.001);
        }
      }),
    );
  });
});
