/** Simulated time at the pace of a clock: for what waits in real time, as Johnny-Five's components do. */
import type { Clock } from "#platform/clock/port.ts";
import { Millis } from "#wire/units.ts";

import type { Uno } from "./uno.ts";

const every = Millis(2);
/** What is more than that is not made up for: one step must not hold up everything else. */
const stepMax = 100;

/** Lets the board live at the clock's pace, from where it stands, until stopped. */
export function pace(uno: Uno, clock: Clock): { stop(): void } {
  let before = clock.monotonic();
  const timer = clock.every(every, "emulated board", () => {
    const now = clock.monotonic();
    uno.advance(Math.min(now - before, stepMax));
    before = now;
  });
  return { stop: () => timer.cancel() };
}
