/** The watch's own product of two rows of numbers: what the bundle has in place of `signals/dot.ts`. */
import type { EspruinoApi } from "./watch.ts";

declare const E: Pick<EspruinoApi, "convolve">;

/** Σ one[i] × other[i + offset], where `other` begins again at its end. */
export function dot(one: Float32Array, other: Float32Array, offset: number): number {
  return E.convolve(one, other, offset);
}
