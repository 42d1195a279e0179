/**
 * What the sensors give. A sample may be one object that the caller fills again and again: nobody keeps it.
 */

/** Acceleration with gravity, thousandths of g, each axis within ±32,767; `t` in ms. */
export interface AccelerationSample {
  readonly t: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Light that came back through the skin, counts of the sensor, ±32,767; `t` in ms. */
export interface LightSample {
  readonly t: number;
  readonly light: number;
}

/** Magnitude of an acceleration, thousandths of g. */
export function magnitude(sample: { x: number; y: number; z: number }): number {
  return Math.sqrt(sample.x * sample.x + sample.y * sample.y + sample.z * sample.z);
}
