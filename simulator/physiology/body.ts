/**
 * A body as a wristband meets it at fidelity `means`: it gives window values, not beats or samples.
 *
 * All times are ms UTC. Implementations are pure: the same question always has the same answer, in any order.
 */
import type { Flag } from "#wire/messages.ts";

/** From `from` (excluded) to `to` (included), ms. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What the wristband's sensor made of one window. */
export interface Measure {
  /** In the metric's canonical unit, one decimal. */
  readonly value: number;
  /** 0–100, integer. */
  readonly quality: number;
  readonly flags?: readonly Flag[];
}

/** Where the wristband is. `charging` and `off` measure nothing. */
export type Wear = "worn" | "off" | "charging";

/** One person with a wristband. */
export interface Body {
  /** Where the wristband is at `t`. */
  wear(t: number): Wear;
  /** Mean heart rate over the window, beat/min, 30–220; undefined when the sensor saw no pulse. */
  heartRate(window: Window): Measure | undefined;
  /** Mean oxygen saturation over the window, %, 50–100; undefined when the sensor saw no pulse. */
  spo2(window: Window): Measure | undefined;
  /** Steps taken within the window, whole. */
  steps(window: Window): number;
  /** When, within the window, the person fell; undefined nearly always. */
  fall(window: Window): number | undefined;
}
