import { describe, expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { Hours, Instant, Millis, Minutes } from "#wire/units.ts";

import { Driver, type Living } from "./driver.ts";

const now = Instant(Date.UTC(2026, 2, 2));

/** A home that is due every two minutes and remembers to when it lived, by whose clock. */
class Clockwork implements Living {
  nextDue: number;
  readonly lived: number[] = [];
  meetings = 0;

  constructor(start: number) {
    this.nextDue = start + Minutes(2);
  }

  advance(to: number): void {
    while (this.nextDue <= to) {
      this.lived.push(this.nextDue);
      this.nextDue += Minutes(2);
    }
  }

  meet(): void {
    this.meetings += 1;
  }
}

describe("homes on one timer", () => {
  test("live a day in two seconds, meet the world once, and then live in its time", async () => {
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
      expect(home.lived.length).toBe(720);
      expect(home.meetings).toBe(1);
    }
    await clock.advance({ by: Minutes(10) });
    for (const home of homes) expect(home.lived.length).toBe(725);
    driver.close();
    await clock.advance({ by: Minutes(10) });
    for (const home of homes) expect(home.lived.length).toBe(725);
  });

  test("never live ahead of the world", async () => {
    const clock = createVirtualClock({ start: now });
    const home = new Clockwork(now - Hours(1));
    const driver = Driver.open({
      homes: [home],
      clock,
      pace: { begun: now, since: Hours(1), speed: 7 },
    });
    for (let minute = 0; minute < 30; minute++) {
      await clock.advance({ by: Minutes(1) });
      expect(home.lived.at(-1) ?? 0).toBeLessThanOrEqual(clock.now());
    }
    expect(home.lived.length).toBe(45);
    driver.close();
  });
});
