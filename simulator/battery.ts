/** A wristband's battery: a day and a bit from full to empty, an hour and a half back. */
import { Hours, Minutes } from "#wire/units.ts";

import { between, chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";

/** A battery at one instant. */
export interface Battery {
  /** Percent, 0–100, fractional. */
  readonly level: number;
  /** Percent an hour that living costs. */
  readonly drain: number;
  /** Empty: the wristband is off until its charger has given it {@link bootLevel}. */
  readonly flat: boolean;
}

/** Percent an hour that the charger gives. */
const charge = 62;
/** The level at which an empty wristband starts again. */
const bootLevel = 4;

/** A full battery of this seed. */
export function fullBattery(seed: number): Battery {
  const drain = between(chance(seed, channels.drain, 0), { low: 2.6, high: 3.9 });
  return { level: 100, drain, flat: false };
}

/** How a battery of this seed stands at `t` (ms): what two days of wear have left of a full one. */
export function wornBattery(seed: number, t: number, charging: (t: number) => boolean): Battery {
  let battery = fullBattery(seed);
  for (let at = t - Hours(48); at < t; at += wearStep) {
    battery = batteryAfter(battery, { ms: wearStep, charging: charging(at) });
  }
  return battery;
}

const wearStep = Minutes(10);

/** The battery after `ms` more. */
export function batteryAfter(
  battery: Battery,
  lapse: { readonly ms: number; readonly charging: boolean },
): Battery {
  const cost = battery.flat ? 0 : battery.drain;
  const rate = lapse.charging ? charge : -cost;
  const level = Math.min(100, Math.max(0, battery.level + (rate * lapse.ms) / Hours(1)));
  const flat = level === 0 || (battery.flat && level < bootLevel);
  return { level, drain: battery.drain, flat };
}
