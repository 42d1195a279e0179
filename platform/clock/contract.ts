/** What every clock promises; run on the virtual one always and on the host's live. */
import { describe, expect, test } from "bun:test";

import { Millis } from "#wire/units.ts";

import type { Clock } from "./port.ts";

/** A clock on trial, and how to let that much time pass. */
export interface ClockTrial {
  readonly clock: Clock;
  readonly pass: (ms: number) => Promise<void>;
}

/** The suite. */
export function clockContract(name: string, open: () => ClockTrial): void {
  describe(`the ${name} clock`, () => {
    test("calls once after a delay, and never what was cancelled", async () => {
      const { clock, pass } = open();
      const seen: string[] = [];
      clock.after(Millis(10), "once", () => seen.push("once"));
      clock.after(Millis(10), "never", () => seen.push("never")).cancel();
      expect(seen).toEqual([]);
      await pass(60);
      expect(seen).toEqual(["once"]);
    });

    test("calls in the order of the delays", async () => {
      const { clock, pass } = open();
      const seen: number[] = [];
      for (const delay of [40, 5, 20]) clock.after(Millis(delay), "one", () => seen.push(delay));
      await pass(100);
      expect(seen).toEqual([5, 20, 40]);
    });

    test("repeats until cancelled, twice if need be", async () => {
      const { clock, pass } = open();
      let beats = 0;
      const timer = clock.every(Millis(5), "beat", () => (beats += 1));
      await pass(60);
      expect(beats).toBeGreaterThan(0);
      timer.cancel();
      timer.cancel();
      const counted = beats;
      await pass(30);
      expect(beats).toBe(counted);
    });

    test("calls soon, after all that goes on by itself, without time passing", async () => {
      const { clock, pass } = open();
      const seen: string[] = [];
      clock.after(Millis(1), "later", () => seen.push("later"));
      clock.soon(() => seen.push("soon"));
      seen.push("now");
      await pass(60);
      expect(seen).toEqual(["now", "soon", "later"]);
    });

    test("sleeps at least as long as asked, and shows it", async () => {
      const { clock, pass } = open();
      const before = { wall: clock.now(), began: clock.monotonic() };
      const slept = clock.sleep(Millis(20));
      await pass(40);
      await slept;
      expect(clock.monotonic() - before.began).toBeGreaterThanOrEqual(19);
      expect(clock.now() - before.wall).toBeGreaterThanOrEqual(19);
    });
  });
}
