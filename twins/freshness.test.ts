import { describe, expect, test } from "bun:test";

import { cadence } from "#wire/cadence.ts";

import { expectedEvery, isStale } from "./freshness.ts";
import { after, start } from "./specimens.ts";

describe("a leaf", () => {
  test("TW-11: is stale once it is older than twice its cadence", () => {
    const leaf = { kind: "wristband", path: "vitals/heart-rate", t: start } as const;
    expect(isStale(leaf, after(2 * cadence.heartRate.batch))).toBe(false);
    expect(isStale(leaf, after(2 * cadence.heartRate.batch + 1))).toBe(true);
    const spo2 = { ...leaf, path: "vitals/spo2" };
    expect(isStale(spo2, after(2 * cadence.heartRate.batch + 1))).toBe(false);
    expect(isStale(spo2, after(2 * cadence.spo2.batch + 1))).toBe(true);
  });

  test("TW-11: that is told on a change only is never stale", () => {
    const leaf = { kind: "box", path: "buffer/depth", t: start } as const;
    expect(isStale(leaf, after(1e11))).toBe(false);
  });
});

test("a box is expected with each heartbeat, a wristband as often as it meets its box", () => {
  expect(expectedEvery("box")).toBe(cadence.heartbeat.period);
  expect(expectedEvery("wristband")).toBe(cadence.contact);
});
