/**
 * What the accelerometer on a seeded body's wrist feels at any instant: lying, sitting, walking, a fall, a table.
 *
 * A function of seed and instant alone. Axes are those of an arm that hangs: x along it, downwards negative.
 */
import { Seconds } from "#wire/units.ts";

import { bell, chance } from "./chance.ts";
import { channels } from "./channels.ts";
import { type Day, rememberDay } from "./day.ts";
import { wearAt } from "./means.ts";
import { type Person, personOf } from "./person.ts";

/** Acceleration with gravity, thousandths of g. */
export type Acceleration = readonly [x: number, y: number, z: number];

/** A movement over time (ms UTC). */
export type Movement = (t: number) => Acceleration;

/** How long a fall takes before and after its blow, and how long somebody then lies there. */
const dive = Seconds(0.6);
const ringing = Seconds(3);
const lying = Seconds(120);
/** An arm changes its place now and then. */
const posture = Seconds(300);

/** The movements of this seed. */
export function createMovement(seed: number): Movement {
  const person = personOf(seed);
  const dayAt = rememberDay(person);
  return (t) => {
    const day = dayAt(t);
    const [x, y, z] = wearAt(day, t) === "worn" ? armAt(person, day, t) : table;
    const index = Math.floor(t);
    const grain = (axis: number): number =>
      4 * bell(seed, channels.motionGrain + axis * 256, index);
    return [Math.round(x + grain(0)), Math.round(y + grain(1)), Math.round(z + grain(2))];
  };
}

const table: Acceleration = [0, 0, 1000];

function armAt(person: Person, day: Day, t: number): Acceleration {
  const sinceFall = day.fall === undefined ? -Infinity : t - day.fall;
  if (sinceFall + dive >= 0 && sinceFall < lying) return fallingAt(sinceFall);
  const walk = day.walks.find(({ from, to }) => t >= from && t < to);
  if (walk !== undefined) return walkingAt(person, t - walk.from);
  return restingAt(person, day, t);
}

/** A swing at each step, every other a little less; the arm hangs. */
function walkingAt(person: Person, since: number): Acceleration {
  const phase = 2 * Math.PI * (person.stepRate / 60) * (since / 1000);
  const swing = Math.sin(phase) + 0.2 * Math.sin(phase / 2);
  return [-1000 - 280 * swing, 120 * Math.sin(phase / 2), 100];
}

/** A dive, a blow of 6 g that rings, and then nothing: lying on the other side. */
function fallingAt(since: number): Acceleration {
  if (since < 0) return [-350, 200, 300 * Math.sin(since / 110)];
  if (since > ringing) return [0, 100, 1000];
  const seconds = since / 1000;
  const blow = 6000 * Math.exp(-6 * seconds) * Math.cos(2 * Math.PI * 4 * seconds);
  const lies = 1 - Math.exp(-9 * seconds);
  return [-0.8 * blow, 100 + 0.3 * blow, 1000 * lies + 0.5 * blow];
}

/** An arm that lies somewhere; awake, it trembles and is moved now and then. */
function restingAt(person: Person, day: Day, t: number): Acceleration {
  const place = chance(person.seed, channels.fidget, Math.floor(t / posture)) * Math.PI;
  const asleep = t < day.wakes || t >= day.sleeps;
  const tremor = asleep ? 0 : 12 * bell(person.seed, channels.tremor, Math.floor(t / 200));
  return [-1000 * Math.sin(place) + tremor, tremor, 1000 * Math.cos(place)];
}
