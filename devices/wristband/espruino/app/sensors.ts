/**
 * The watch's sensors, set up and read: acceleration of ±8 g fifty times a second, light twenty-five times.
 *
 * Samples are dated when they come and never counted: the watch skips some, and some come late.
 * @source spec/firmware.md §3.1; BangleApps apps/accelrec
 */
import type { AccelerationSample, LightSample } from "#devices/wristband/signals/sample.ts";

import type { Watch } from "./watch.ts";

/** Registers of the accelerometer (KX023): control and output rate. */
const control = 0x18;
const rate = 0x1b;
const off8g = 0b0111_0100;
const on8g = 0b1111_0100;
/** Rates by their code, and a filter at half of each. */
const filtered = 0x40;
const rates = { 25: 1, 50: 2, 100: 3 } as const;

/** Samples a second that the accelerometer can be asked for. */
export type AccelerationHz = keyof typeof rates;

/** The watch divides as if its range were 4 g: at 8 g what it says is half of what is. */
const mgPerSaid = 2000;

/** Has every sample go to `take`, which is lent it; times are those of `now`. */
export function readAcceleration(
  watch: Watch,
  { hz, now }: { readonly hz: AccelerationHz; readonly now: () => number },
  take: (sample: AccelerationSample) => void,
): void {
  const { bangle } = watch;
  const sample = { t: 0, x: 0, y: 0, z: 0 };
  bangle.accelWr(control, off8g);
  bangle.accelWr(rate, rates[hz] | filtered);
  bangle.accelWr(control, on8g);
  bangle.setPollInterval(1000 / hz);
  watch.onAcceleration((event) => {
    sample.t = now();
    sample.x = event.x * mgPerSaid;
    sample.y = event.y * mgPerSaid;
    sample.z = event.z * mgPerSaid;
    take(sample);
  });
}

/** How often the light is looked at, ms: its own rate, for which the watch's filters are made. */
const lightEveryMs = 40;

/** Likewise the light that comes back from the wrist, counts. */
export function readLight(
  watch: Watch,
  now: () => number,
  take: (sample: LightSample) => void,
): void {
  const sample = { t: 0, light: 0 };
  const { bangle } = watch;
  // Before it is switched on: later it would count for nothing.
  bangle.setOptions({ hrmPollInterval: lightEveryMs });
  bangle.setHRMPower(true, "vigie");
  watch.onLight(({ raw }) => {
    sample.t = now();
    sample.light = raw;
    take(sample);
  });
}
