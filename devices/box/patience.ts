/** How long to wait before the next try: 1, 5, 15, 60 s with jitter, then 60 s at most for ever. */
import type { Random } from "#platform/random/port.ts";
import { cadence } from "#wire/cadence.ts";
import { type Duration, Millis } from "#wire/units.ts";

/**
 * The wait after the `failures`-th failure in a row.
 *
 * @param failures  1 or more
 * @source catalogue BX-26, CF-19
 */
export function patience(failures: number, random: Random): Duration {
  const { steps, jitter } = cadence.reconnect;
  const longest = steps.at(-1) ?? Millis(0);
  const step = steps[failures - 1] ?? longest;
  return Millis(Math.min(longest, step * (1 + jitter * (2 * random.next() - 1))));
}
