/** The band's clock on the watch: ms since the program began. */
import type { BandClock } from "#devices/wristband/program/ports.ts";

import type { Watch } from "./watch.ts";

/**
 * A clock that calls `step` when it is asked to wake it.
 *
 * The watch's time is the wall's and may be set by others: what goes back stands still until it is passed again.
 */
export function createWatchClock(watch: Watch, step: () => void): BandClock {
  const began = watch.seconds();
  let latest = 0;
  let timer = 0;
  const now = (): number => {
    latest = Math.max(latest, Math.round((watch.seconds() - began) * 1000));
    return latest;
  };
  return {
    now,
    wake: (at) => {
      if (timer !== 0) watch.cancel(timer);
      timer = watch.after(Math.max(1, Math.min(at - now(), longest)), () => {
        timer = 0;
        step();
      });
    },
  };
}

/** A timer that is further away is set again when this one ends: an hour. */
const longest = 3_600_000;
