/**
 * What a suspected fall looks like, in fourteen numbers: the impact, what came before it, and what followed.
 *
 * Nothing here depends on how the wristband is turned on the arm: magnitudes, angles between before and after, and
 * lengths of paths. Worked out once per suspicion, never per sample.
 */
import type { Ring } from "./ring.ts";

/** 50 Hz: the rate at which falls are looked at. */
export const fallPeriodMs = 20;
/** How much is looked at before and after the impact, in samples. */
export const before = 110;
export const after = 125;

/** How long after an impact it is described, ms. */
export const settledMs = after * fallPeriodMs;

/** The last seconds of the accelerometer, thousandths of g, newest first. */
export interface Motion {
  readonly x: Ring;
  readonly y: Ring;
  readonly z: Ring;
  /** Magnitude. */
  readonly m: Ring;
}

/** How many numbers {@link describeImpact} gives. */
export const featureCount = 14;

/** A stretch of samples relative to the impact, from `from` until before `to`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Seconds relative to the impact. */
function stretch(from: number, to: number): Stretch {
  return {
    from: Math.round((from * 1000) / fallPeriodMs),
    to: Math.round((to * 1000) / fallPeriodMs),
  };
}

const whole = stretch(-2, 2.5);
const impact = stretch(-0.5, 0.5);
const core = stretch(-0.3, 0.3);
const swing = stretch(-0.4, 0.4);
const blow = stretch(-0.6, 0.6);
const earlier = stretch(-2, -1);
const settling = stretch(0.4, 1.2);
const following = stretch(0.6, 2.5);
const lying = stretch(1.5, 2.5);
const last = stretch(2, 2.5);

/**
 * Writes the features of the impact that lies {@link after} samples back into `features`, g and natural logarithms.
 */
export function describeImpact(motion: Motion, features: Float64Array): void {
  const lay = meanVector(motion, lying);
  const angle = tilt(meanVector(motion, earlier), lay);
  const quick = smoothed(motion, { ...impact, half: 2 });
  const slow = smoothed(motion, { ...blow, half: 5 });
  const magnitudes = summary(motion.m, impact);
  features[0] = magnitudes.high - magnitudes.low;
  features[1] = log(energy(motion.m, core) / (energy(motion.m, whole) + tiny));
  features[2] = log(angle);
  features[3] = angle;
  features[4] = log(summary(motion.m, settling).deviation);
  features[5] = log(pathOf(motion, { ...last, half: 0 }) / (last.to - last.from));
  features[6] = log(quick.deviation);
  features[7] = shareAbove(motion.m, { ...whole, mg: 2000 });
  features[8] = log(quick.roughness);
  features[9] = pushed(motion, lay);
  features[10] = log(quick.strongest);
  features[11] = slow.strongest;
  features[12] = pathOf(motion, { ...earlier, half: 5 });
  features[13] = pathOf(motion, { ...following, half: 5 });
}

const tiny = 1e-9;

/** Logarithm that stays finite; 0.02 g is about the noise of a wrist sensor. */
function log(value: number): number {
  return Math.log(Math.max(0, value) + 0.02);
}

/** The sample at that place relative to the impact, g. */
function g(ring: Ring, place: number): number {
  return ring.at(after - place) / 1000;
}

interface Vector {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

function meanVector(motion: Motion, { from, to }: Stretch): Vector {
  let x = 0;
  let y = 0;
  let z = 0;
  for (let place = from; place < to; place++) {
    x += g(motion.x, place);
    y += g(motion.y, place);
    z += g(motion.z, place);
  }
  const count = to - from;
  return { x: x / count, y: y / count, z: z / count };
}

/** 0 for the same direction, 1 for a right angle, 2 for the opposite one. */
function tilt(one: Vector, other: Vector): number {
  const product = one.x * other.x + one.y * other.y + one.z * other.z;
  return 1 - product / (length(one) * length(other) + tiny);
}

function length({ x, y, z }: Vector): number {
  return Math.sqrt(x * x + y * y + z * z);
}

function summary(
  ring: Ring,
  { from, to }: Stretch,
): { readonly low: number; readonly high: number; readonly deviation: number } {
  let low = g(ring, from);
  let high = low;
  let sum = 0;
  let squares = 0;
  for (let place = from; place < to; place++) {
    const value = g(ring, place);
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
    squares += value * value;
  }
  return { low, high, deviation: deviation(sum, squares, to - from) };
}

function deviation(sum: number, squares: number, count: number): number {
  const mean = sum / count;
  return Math.sqrt(Math.max(0, squares / count - mean * mean));
}

/** How far the magnitude was from rest, squared and summed. */
function energy(ring: Ring, { from, to }: Stretch): number {
  let sum = 0;
  for (let place = from; place < to; place++) {
    const away = g(ring, place) - 1;
    sum += away * away;
  }
  return sum;
}

function shareAbove(ring: Ring, { from, to, mg }: Stretch & { readonly mg: number }): number {
  let count = 0;
  for (let place = from; place < to; place++) if (ring.at(after - place) > mg) count += 1;
  return count / (to - from);
}

/** The change of speed through the impact, in g·s: what gravity at rest does not explain. */
function pushed(motion: Motion, rest: Vector): number {
  const mean = meanVector(motion, swing);
  const away = { x: mean.x - rest.x, y: mean.y - rest.y, z: mean.z - rest.z };
  return (length(away) * (swing.to - swing.from) * fallPeriodMs) / 1000;
}

/** A stretch seen through a running mean of 2 × `half` + 1 samples. */
interface Blurred extends Stretch {
  readonly half: number;
}

/** The running mean along a stretch: its strongest vector, its spread, and what it leaves out. */
function smoothed(
  motion: Motion,
  blurred: Blurred,
): { readonly strongest: number; readonly deviation: number; readonly roughness: number } {
  const mean = createBlur(motion, blurred);
  const sums = { x: 0, y: 0, z: 0 };
  const squares = { x: 0, y: 0, z: 0 };
  let strongest = 0;
  let rough = 0;
  const count = blurred.to - blurred.from;
  for (let place = blurred.from; place < blurred.to; place++) {
    mean.move();
    const strength = Math.sqrt(mean.x * mean.x + mean.y * mean.y + mean.z * mean.z);
    if (strength > strongest) strongest = strength;
    sums.x += mean.x;
    sums.y += mean.y;
    sums.z += mean.z;
    squares.x += mean.x * mean.x;
    squares.y += mean.y * mean.y;
    squares.z += mean.z * mean.z;
    const left = g(motion.m, place) - mean.m;
    rough += left * left;
  }
  const spread =
    deviation(sums.x, squares.x, count) +
    deviation(sums.y, squares.y, count) +
    deviation(sums.z, squares.z, count);
  return { strongest, deviation: spread, roughness: Math.sqrt(rough / count) };
}

/** How far the running mean travels along a stretch. */
function pathOf(motion: Motion, blurred: Blurred): number {
  const mean = createBlur(motion, blurred);
  mean.move();
  let path = 0;
  for (let place = blurred.from + 1; place < blurred.to; place++) {
    const { x, y, z } = mean;
    mean.move();
    path += length({ x: mean.x - x, y: mean.y - y, z: mean.z - z });
  }
  return path;
}

interface Blur {
  x: number;
  y: number;
  z: number;
  m: number;
  /** To the next place of the stretch; the first time to its first. */
  move(): void;
}

/** A mean that slides: one sample in, one out, whatever its width. Places past the newest sample repeat it. */
function createBlur(motion: Motion, { from, half }: Blurred): Blur {
  const width = 2 * half + 1;
  const at = (ring: Ring, place: number): number => g(ring, place > after ? after : place);
  let place = from - 1;
  const start = (ring: Ring): number => {
    let sum = 0;
    for (let near = place - half; near <= place + half; near++) sum += at(ring, near);
    return sum / width;
  };
  const blur: Blur = {
    x: start(motion.x),
    y: start(motion.y),
    z: start(motion.z),
    m: start(motion.m),
    move: () => {
      const into = place + half + 1;
      const out = place - half;
      blur.x += (at(motion.x, into) - at(motion.x, out)) / width;
      blur.y += (at(motion.y, into) - at(motion.y, out)) / width;
      blur.z += (at(motion.z, into) - at(motion.z, out)) / width;
      blur.m += (at(motion.m, into) - at(motion.m, out)) / width;
      place += 1;
    },
  };
  return blur;
}
