/** What the watch says by shaking. */
import type { Buzz } from "#devices/wristband/program/ports.ts";

import type { Watch } from "./watch.ts";

/** How often, how long (ms) and with what pause each is. */
const rhythms: Readonly<Record<Buzz, { times: number; onMs: number; everyMs: number }>> = {
  ask: { times: 30, onMs: 400, everyMs: 1000 },
  alarm: { times: 5, onMs: 700, everyMs: 1000 },
  found: { times: 10, onMs: 300, everyMs: 1500 },
  short: { times: 1, onMs: 150, everyMs: 1000 },
  none: { times: 0, onMs: 0, everyMs: 1000 },
};

/** Begins a buzz; one that is under way ends. */
export function createShaking(watch: Watch): (buzz: Buzz) => void {
  let timer = 0;
  const shake = (buzz: Buzz, left: number): void => {
    const { onMs, everyMs } = rhythms[buzz];
    timer = 0;
    if (left === 0) return;
    watch.bangle.buzz(onMs, 1);
    timer = watch.after(everyMs, () => shake(buzz, left - 1));
  };
  return (buzz) => {
    if (timer !== 0) watch.cancel(timer);
    shake(buzz, rhythms[buzz].times);
  };
}
