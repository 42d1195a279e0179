import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { Instant, Millis, Seconds } from "#wire/units.ts";

import { Opening } from "./opening.ts";

test("a thousand homes connect, never more than a hundred at once, though some never arrive", async () => {
  const clock = createVirtualClock({ start: Instant(Date.UTC(2026, 2, 2)) });
  let underWay = 0;
  let most = 0;
  const homes = Array.from({ length: 1000 }, (_, index) => ({
    connected: false,
    opened: false,
    open() {
      this.opened = true;
      most = Math.max(most, ++underWay);
      clock.after(Millis(100 + (index % 7) * 30), "handshake", () => {
        this.connected = index % 50 !== 0;
        underWay -= 1;
      });
    },
  }));
  const opening = Opening.open(homes, { clock, random: createSeededRandom(1) });
  await clock.advance({ by: Seconds(30) });
  expect(opening.left).toBe(0);
  expect(homes.every(({ opened }) => opened)).toBe(true);
  expect(most).toBeLessThanOrEqual(100);
  expect(clock.waiting()).toEqual([]);
});
