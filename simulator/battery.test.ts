import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { Hours, Minutes } from "#wire/units.ts";

import { type Battery, batteryAfter, createBattery } from "./battery.ts";

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
        const full = { ...createBattery(seed), level: 100 };
        expect(live(full, Hours(24), false).battery.flat).toBe(false);
        expect(live(full, Hours(40), false).battery.flat).toBe(true);
      }),
    );
  });

  test("WB-19: is announced low once, however long it stays low, and again after a charge", () => {
    const full = { ...createBattery(3), level: 100 };
    const empty = live(full, Hours(40), false);
    expect(empty.warnings).toBe(1);
    const charged = live(empty.battery, Hours(2), true);
    expect(charged.battery.level).toBe(100);
    expect(live(charged.battery, Hours(40), false).warnings).toBe(1);
  });

  test("stays between 0 and 100 whatever happens to it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.tuple(fc.nat(Hours(30)), fc.boolean())), (seed, lapses) => {
        let battery = createBattery(seed);
        for (const [ms, charging] of lapses) {
          battery = batteryAfter(battery, { ms, charging }).battery;
          expect(battery.level).toBeWithin(0, 100.001);
        }
      }),
    );
  });
});
