import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { Instant, Millis } from "#wire/units.ts";

import { panelContract } from "./contract.ts";
import { createMemoryPanel } from "./memory.ts";

const start = Instant(1_700_000_000_000);

panelContract("memory", async () => {
  const clock = createVirtualClock({ start });
  const panel = createMemoryPanel(clock);
  let known = 0;
  return {
    panel,
    touch: (isDown) => panel.touch(isDown),
    shown: async () => panel.shown,
    heard: async () => {
      const heard = panel.heard.slice(known);
      known = panel.heard.length;
      return heard;
    },
    pass: (ms) => clock.advance({ by: Millis(ms) }),
    close: () => panel.close(),
  };
});

test("however a finger plays, there is one press for each time that it was put down", async () => {
  const plays = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5000 })));
  await fc.assert(
    fc.asyncProperty(plays, async (play) => {
      const clock = createVirtualClock({ start });
      const panel = createMemoryPanel(clock);
      let told = 0;
      panel.onPress(() => (told += 1));
      let isDown = false;
      let times = 0;
      for (const [down, ms] of play) {
        times += !isDown && down ? 1 : 0;
        isDown = down;
        panel.touch(down);
        await clock.advance({ by: Millis(ms) });
      }
      await clock.advance({ by: Millis(5000) });
      panel.touch(false);
      expect(told).toBe(times);
      expect(clock.waiting()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
