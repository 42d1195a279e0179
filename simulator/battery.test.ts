import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { Hours, Minutes } from "#wire/units.ts";

import { type Battery, batteryAfter, fullBattery, wornBattery } from "./battery.ts";
import { createMeansBody } from "./physiology/means.ts";

/** Lets a battery live for `ms` in looks of two minutes; how often it warned. */
function live(
  battery: Battery,
  ms: number,
  charging: boolean,
): { battery: Battery; warnings: number } {
  let now = battery;
  let warnings = 0;
  for (let passed = 0; passed < ms; passed += Minutes(2)) {
    const next = batteryAfter(now, { ms: Minutes(2), charging });
    now = next.battery;
    if (next.newlyLow) warnings += 1;
  }
  return { battery: now, warnings };
}

describe("a wristband's battery", () => {
  test("WB-36: lasts a day from full, is flat before two, and says so", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const full = fullBattery(seed);
        expect(live(full, Hours(24), false).battery.flat).toBe(false);
        expect(live(full, Hours(40), false).battery.flat).toBe(true);
      }),
    );
  });

  test("WB-19: is announced low once, however long it stays low, and again after a charge", () => {
    const full = fullBattery(3);
    const empty = live(full, Hours(40), false);
    expect(empty.warnings).toBe(1);
    const charged = live(empty.battery, Hours(2), true);
    expect(charged.battery.level).toBe(100);
    expect(live(charged.battery, Hours(40), false).warnings).toBe(1);
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
          battery = batteryAfter(battery, { ms, charging }).battery;
          expect(battery.level).toBeWithin(0, 100.001);
        }
      }),
    );
  });
});
