/** The host's clock. */
import { type Duration, Instant } from "#wire/units.ts";

import type { Clock, Timer } from "./port.ts";

/** A host's timer counts in 31 bits: a longer wait is made of several. */
const waitMax = 2_147_483_647;

/** Wall time, monotonic time and timers of this process. */
export const realClock: Clock = {
  now: () => Instant(Date.now()),
  monotonic: () => performance.now(),
  after: (delay, _name, run) => wait(delay, run),
  every: (period, _name, run) => {
    const timer = setInterval(run, period);
    return { cancel: () => clearInterval(timer) };
  },
  soon: (run) => void setImmediate(run),
  sleep: (delay) => new Promise((resolve) => void wait(delay, resolve)),
};

function wait(delay: Duration, run: () => void): Timer {
  let left: number = delay;
  let timer: ReturnType<typeof setTimeout>;
  const step = (): void => {
    const part = Math.min(left, waitMax);
    left -= part;
    timer = setTimeout(left > 0 ? step : run, part);
  };
  step();
  return { cancel: () => clearTimeout(timer) };
}
