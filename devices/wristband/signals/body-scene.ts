/**
 * Synthetic people for the tests of the detectors: arms that hang, walk, fall and sit down, and light that pulsates.
 */
import type { AccelerationSample, LightSample } from "./sample.ts";

/** An acceleration in g at a time in seconds. */
export type Movement = (seconds: number) => readonly [number, number, number];

/** An arm that hangs still. */
export const hanging: Movement = () => [-1, 0, 0];

/** Samples of a movement, `hz` a second for so many seconds, from `startMs` on. */
export function* samplesOf(
  movement: Movement,
  { hz, seconds, startMs = 0 }: { hz: number; seconds: number; startMs?: number },
): Generator<AccelerationSample> {
  for (let n = 0; n < seconds * hz; n++) {
    const [x, y, z] = movement(n / hz);
    yield { t: startMs + (n * 1000) / hz, x: x * 1000, y: y * 1000, z: z * 1000 };
  }
}

/** A walk: the arm's acceleration swings once a step, every other step a little less. */
export function walking({
  stepsPerSecond,
  swing,
}: {
  stepsPerSecond: number;
  swing: number;
}): Movement {
  return (s) => {
    const step = Math.sin(2 * Math.PI * stepsPerSecond * s);
    const stride = 0.2 * Math.sin(Math.PI * stepsPerSecond * s);
    return [-1 - (swing / 2) * (step + stride), 0, 0.1];
  };
}

/** Standing, then a dive, a blow of `peak` g at second 5 that swings out for a second, then lying on the other side. */
export function falling({ peak }: { peak: number }): Movement {
  return (s) => {
    if (s < 4.4) return [-1, 0.02 * Math.sin(s), 0];
    if (s < 5) return [-0.35, 0.2, 0.3 * Math.sin(9 * s)];
    const since = s - 5;
    const blow = peak * Math.exp(-6 * since) * Math.cos(2 * Math.PI * 4 * since);
    const lies = 1 - Math.exp(-9 * since);
    return [-0.8 * blow, 0.1 + 0.3 * blow, lies + 0.5 * blow];
  };
}

/** Standing, then sitting down hard at second 5; the arm comes to rest as it was. */
export function sitting({ peak }: { peak: number }): Movement {
  return (s) => {
    const bump = s >= 5 && s < 5.08 ? peak - 1 : 0;
    return [-1 - bump, 0.1, 0.02 * Math.sin(3 * s)];
  };
}

/** Light of a pulse of `rate` beats a minute and so many counts, with a notch like an artery's. */
export function* lightOf({
  rate,
  counts,
  hz,
  seconds,
  startMs = 0,
}: {
  rate: number;
  counts: number;
  hz: number;
  seconds: number;
  startMs?: number;
}): Generator<LightSample> {
  for (let n = 0; n < seconds * hz; n++) {
    const phase = ((n / hz) * rate) / 60;
    const beat = Math.sin(2 * Math.PI * phase) + 0.4 * Math.sin(4 * Math.PI * phase + 1);
    yield { t: startMs + (n * 1000) / hz, light: 8000 + counts * beat };
  }
}
