/**
 * The watch's sensors, set up: acceleration of ±8 g fifty times a second, light twenty-five times.
 *
 * Samples are dated when they come and never counted: the watch skips some, and some come late.
 * @source spec/firmware.md §3.1; BangleApps apps/accelrec
 */
import type { AccelEvent, LightEvent, Watch } from "./watch.ts";

/** Registers of the accelerometer (KX023): control and output rate. */
const control = 0x18;
const rate = 0x1b;
const off8g = 0b0111_0100;
const on8g = 0b1111_0100;
/** Fifty a second, and a filter at half of that. */
const filtered50Hz = 0x42;
const motionEveryMs = 20;

/** Has each look at the accelerometer go to `feel`, straight: whatever stood between would cost at each. */
export function readAcceleration(watch: Watch, feel: (event: AccelEvent) => void): void {
  const { bangle } = watch;
  bangle.accelWr(control, off8g);
  bangle.accelWr(rate, filtered50Hz);
  bangle.accelWr(control, on8g);
  bangle.setPollInterval(motionEveryMs);
  watch.onAcceleration(feel);
}

/** How often the light is looked at, ms: its own rate, for which the watch's filters are made. */
const lightEveryMs = 40;

/** Likewise each look at the light that comes back from the wrist. */
export function readLight(watch: Watch, see: (event: LightEvent) => void): void {
  const { bangle } = watch;
  // Before it is switched on: later it would count for nothing.
  bangle.setOptions({ hrmPollInterval: lightEveryMs });
  bangle.setHRMPower(true, "vigie");
  watch.onLight(see);
}
