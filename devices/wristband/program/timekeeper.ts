/**
 * What time it is, once the box has said so; until then times are those since the start.
 * @source spec/clinical.md F08, F09; wire/bodies/up-body.ts
 */
import type { Moment } from "#wire/bodies/up-body.ts";

export interface Timekeeper {
  /**
   * It is `wall` (ms UTC) at `now`, or was a moment ago: a radio that repeats itself makes the news late.
   * So the latest time that was told holds, unless it is off by more than such a delay.
   */
  told(wall: number, now: number): void;
  /** A time since the start, as it is told. */
  moment(t: number): Moment;
  /** ms UTC; undefined when nobody has said so yet. */
  wall(t: number): number | undefined;
}

/** What was told so much too early, ms, was not late on its way: the box's clock was corrected. */
const delayMost = 10_000;

/** A timekeeper that knows nothing yet. */
export function createTimekeeper(): Timekeeper {
  let start: number | undefined;
  const wall = (t: number): number | undefined =>
    start === undefined ? undefined : Math.round(start + t);
  return {
    told: (time, now) => {
      const said = time - now;
      const late = start === undefined ? -1 : start - said;
      if (late < 0 || late > delayMost) start = said;
    },
    wall,
    moment: (t) => {
      const ms = wall(t);
      if (ms !== undefined) return { ms, clock: "wall" };
      return { ms: Math.max(0, Math.round(t)), clock: "start" };
    },
  };
}
