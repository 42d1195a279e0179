import { describe, expect, test } from "bun:test";

import type { Report } from "./report.ts";
import { createWearWatch, wearSettings } from "./wear.ts";

/** A second of something after another. */
function lived(
  phases: readonly (readonly [number, { light: number; charging?: boolean }])[],
): Report[] {
  const watch = createWearWatch();
  let t = 0;
  return phases.flatMap(([seconds, seen]) =>
    Array.from({ length: seconds }, () => {
      t += 1000;
      return watch.push({ t, light: seen.light, charging: seen.charging ?? false });
    }).filter((report) => report !== undefined),
  );
}

const skin = { light: 20_000 };
const air = { light: 10 };

describe("wear", () => {
  test("WB-21: taken off and put on again is said, and worn again within seconds", () => {
    const reports = lived([
      [30, skin],
      [60, air],
      [30, skin],
    ]);
    expect(reports.map((report) => (report.kind === "wear" ? report.wear : ""))).toEqual([
      "worn",
      "off",
      "worn",
    ]);
    expect((reports[2]?.t ?? 0) - 90_000).toBeLessThanOrEqual(wearSettings.onAfterMs + 1000);
  });

  test("WB-20: the charger is believed at once, whatever lies on it", () => {
    const charging = { light: 20_000, charging: true };
    const reports = lived([
      [30, skin],
      [60, charging],
      [30, air],
    ]);
    expect(reports).toMatchObject([
      { wear: "worn" },
      { wear: "charging", t: 31_000 },
      { wear: "off" },
    ]);
  });

  test("a loose strap for a few seconds changes nothing", () => {
    const night = Array.from(
      { length: 20 },
      () =>
        [
          [30, skin],
          [5, air],
        ] as const,
    ).flat();
    expect(lived(night)).toHaveLength(1);
  });
});
