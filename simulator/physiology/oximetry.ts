/**
 * Saturation second by second, as a sensor shows it: what its error is, it is for a whole minute.
 */
import { Minutes } from "#wire/units.ts";

import type { Body, Measure } from "./body.ts";

/** What is seen at `t` (ms UTC); undefined without a pulse. Asked onwards, one minute after another. */
export function createOximetry(body: Body): (t: number) => Measure | undefined {
  let minute = Number.NaN;
  let seen: Measure | undefined;
  return (t) => {
    const now = Math.floor(t / Minutes(1));
    if (now !== minute) {
      minute = now;
      const from = now * Minutes(1);
      seen = body.spo2({ from, to: from + Minutes(1) });
    }
    return seen;
  };
}
