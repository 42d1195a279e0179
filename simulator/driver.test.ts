import { describe, expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { Hours, Instant, Millis, Minutes } from "#wire/units.ts";

import { Driver, type Living } from "./driver.ts";

const now = Instant(Date.UTC(2026, 2, 2));

/** A home that remembers the strides in which it lived. */
class Clockwork implements Living {
  lived: number;
  readonly strides: number[] = [];
  meetings = 0;

  constructor(start: number) {
    this.lived = start;
  }

  advance(to: number): void {
    this.strides.push(to - this.lived);
    this.lived = to;
  }

  meet(): void {
    this.meetings += 1;
  }
}

describe("homes on one timer", () => {
  test("live a day in two seconds, meet the world once, and are then left alone", async () => {
    const clock = createVirtualClock({ start: now });
    const homes = Array.from({ length: 40 }, () => new Clockwork(now - Hours(24)));
    const driver = Driver.open({
      homes,
      clock,
      pace: { begun: now, since: Hours(24), speed: 43_200 },
    });
    await clock.advance({ by: Millis(2100) });
    expect(driver.met).toBe(true);
    for (const home of homes) {
      expect(home.lived).toBeWithin(now + 2000, now + 2101);
      expect(home.meetings).toBe(1);
      expect(Math.min(...home.strides)).toBeGreaterThanOrEqual(0);
    }
    const strides = homes.flatMap((home) => home.strides).length;
    await clock.advance({ by: Minutes(10) });
    expect(homes.flatMap((home) => home.strides).length).toBe(strides);
    driver.close();
  });

  test("never live ahead of the world", async () => {
    const clock = createVirtualClock({ start: now });
    const home = new Clockwork(now - Hours(1));
    const driver = Driver.open({
      homes: [home],
      clock,
      pace: { begun: now, since: Hours(1), speed: 7 },
    });
    for (let second = 0; second < 900; second++) {
      await clock.advance({ by: Millis(1000) });
      expect(home.lived).toBeLessThanOrEqual(clock.now());
    }
    expect(driver.met).toBe(true);
    expect(driver.lived).toBe(clock.now());
    driver.close();
  });
});
