import { expect, test } from "bun:test";

import {
  falling,
  type Movement,
  samplesOf,
  walking,
} from "#devices/wristband/signals/body-scene.ts";
import type { Report } from "#devices/wristband/signals/report.ts";

import { createKit } from "./kit.ts";

function told(movement: Movement, seconds: number): readonly Report[] {
  const kit = createKit();
  return [...samplesOf(movement, { hz: 100, seconds })].flatMap((sample) => kit.push(sample));
}

test("a walk is told every minute, a fall when it is suspected and when it is sure", () => {
  const walk = told(walking({ stepsPerSecond: 2, swing: 0.8 }), 130);
  expect(walk.map(({ kind, t }) => [kind, Math.round(t / 1000)])).toEqual([
    ["steps", 60],
    ["steps", 120],
  ]);
  const fall = told(falling({ peak: 6 }), 45);
  expect(fall.map(({ kind }) => kind)).toEqual(["suspected-fall", "fall"]);
});
