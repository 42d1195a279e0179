/**
 * The steps of a seeded body, one by one: those that its movement makes.
 */
import { Minutes } from "#wire/units.ts";

import type { Window } from "./body.ts";
import { rememberDay } from "./day.ts";
import { personOf } from "./person.ts";

/** Whole steps within the window; windows end to end miss none and count none twice. */
export type Gait = (window: Window) => number;

/** The gait of this seed. */
export function createGait(seed: number): Gait {
  const person = personOf(seed);
  const dayAt = rememberDay(person);
  return ({ from, to }) => {
    let steps = 0;
    for (const walk of dayAt(to).walks) {
      const until = (t: number): number =>
        Math.floor(
          (Math.min(walk.to, Math.max(walk.from, t)) - walk.from) * (person.stepRate / Minutes(1)),
        );
      if (walk.from < to && walk.to > from) steps += until(to) - until(from);
    }
    return steps;
  };
}
