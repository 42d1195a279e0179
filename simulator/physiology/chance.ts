/**
 * Chance without memory: a number that depends on nothing but a seed, a channel and an index.
 *
 * A body or a fault drawn this way can be asked about any instant, in any order, and always answers the same; that is
 * what lets a home be fast-forwarded. Method: the 32-bit finaliser of MurmurHash3 over the three numbers.
 */

/** Which idea draws: two ideas with different channels never share a number. Any integer below 2^31. */
export type Channel = number;

/** A number in [0, 1); `index` is an integer of at most 53 bits, its low 32 are used. */
export function chance(seed: number, channel: Channel, index: number): number {
  return mix(seed, channel, index) / 0x1_0000_0000;
}

/** A number in [low, high), evenly. */
export function between(
  draw: number,
  range: { readonly low: number; readonly high: number },
): number {
  return range.low + draw * (range.high - range.low);
}

/**
 * About normal, mean 0 and standard deviation 1, never beyond ±3.5: the sum of the four bytes of one draw.
 * A byte has mean 127.5 and variance 5461.25, so four have standard deviation 147.8.
 */
export function bell(seed: number, channel: Channel, index: number): number {
  const bits = mix(seed, channel, index);
  const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
  return (sum - 510) / 147.8;
}

/** {@link bell} made smooth: at whole `position` it is drawn, in between it eases from one to the next. */
export function drift(seed: number, channel: Channel, position: number): number {
  const index = Math.floor(position);
  const part = position - index;
  const eased = part * part * (3 - 2 * part);
  const here = bell(seed, channel, index);
  return here + (bell(seed, channel, index + 1) - here) * eased;
}

function mix(seed: number, channel: Channel, index: number): number {
  let bits = seed ^ Math.imul(channel + 1, 0x9e3779b1);
  bits = finish(bits) ^ Math.imul(index, 0x85ebca6b);
  return finish(bits);
}

function finish(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
