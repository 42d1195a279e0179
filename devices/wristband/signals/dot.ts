/**
 * One product that a watch's interpreter has of its own, thirty times faster than a loop: its bundle takes that instead
 * of this (espruino/app/dot.ts).
 */

/** Σ one[i] × other[i + offset], where `other` begins again at its end; offset ≥ 0. */
export function dot(one: ArrayLike<number>, other: ArrayLike<number>, offset: number): number {
  const { length } = other;
  let place = offset % length;
  let sum = 0;
  for (let i = 0; i < one.length; i++) {
    sum += (one[i] ?? 0) * (other[place] ?? 0);
    place = place + 1 < length ? place + 1 : 0;
  }
  return sum;
}
