import { expect, test } from "bun:test";

import { hanging, samplesOf, walking } from "./body-scene.ts";
import { createStillness } from "./stillness.ts";

test("a wrist is still after some quiet seconds, and no more as soon as it moves", () => {
  const stillness = createStillness();
  const hz = 25;
  for (const sample of samplesOf(hanging, { hz, seconds: 4 })) stillness.push(sample);
  expect(stillness.still()).toBe(false);
  for (const sample of samplesOf(hanging, { hz, seconds: 6, startMs: 4000 }))
    stillness.push(sample);
  expect(stillness.still()).toBe(true);
  const walk = walking({ stepsPerSecond: 2, swing: 0.6 });
  for (const sample of samplesOf(walk, { hz, seconds: 2, startMs: 10_000 })) stillness.push(sample);
  expect(stillness.still()).toBe(false);
});
