import { expect, test } from "bun:test";

import { contradictionIn, type PresenceRules, usualRules } from "./presence-rules.ts";
import { Hours, Minutes, Seconds } from "./units.ts";

test("CF-23: the plan's time-outs are 45 s, 90 s, 30 min, 2 h and 24 h, and agree with each other", () => {
  expect(contradictionIn(usualRules)).toBeUndefined();
  expect(usualRules).toMatchObject({
    lateAfter: Seconds(45),
    silentAfter: Seconds(90),
    hintAfter: Minutes(30),
    alertAfter: Hours(2),
    taskAfter: Hours(24),
  });
});

test("CF-23: rules that contradict each other are named", () => {
  const wrong: readonly Partial<PresenceRules>[] = [
    { lateAfter: Seconds(30) },
    { lateAfter: Seconds(90) },
    { lateFactor: 1 },
    { silentFactor: 1.5 },
    { hintAfter: Seconds(90) },
    { alertAfter: Minutes(29) },
    { taskAfter: Minutes(119) },
  ];
  const named = wrong.map((rules) => contradictionIn({ ...usualRules, ...rules }));
  expect(new Set(named).size).toBe(wrong.length);
  expect(named).not.toContain(undefined);
});
