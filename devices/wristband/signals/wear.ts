/**
 * Whether the wristband is worn, off, or charging: never silence, never a vital sign of a table.
 *
 * Skin sends back light; a table and the air do not. A change must last before it is believed, longer for off than for
 * on, so that a loose strap does not tear a night to pieces.
 * @source WB-20, WB-21, CF-24; F01, F05
 */
import type { Wear, WearReport } from "./report.ts";

export interface WearSettings {
  /** Light that comes back from skin, counts of the sensor: within these it touches. */
  readonly dimmest: number;
  readonly brightest: number;
  readonly onAfterMs: number;
  readonly offAfterMs: number;
}

/** For 16-bit counts; the bounds are the sensor's, to be set per hardware. */
export const wearSettings: WearSettings = {
  dimmest: 1000,
  brightest: 60_000,
  onAfterMs: 3000,
  offAfterMs: 10_000,
};

/** What is seen about once a second. */
export interface Contact {
  readonly t: number;
  /** Mean light that comes back, counts. */
  readonly light: number;
  readonly charging: boolean;
}

export interface WearWatch {
  /** A report when the state changes. */
  push(contact: Contact): WearReport | undefined;
  state(): Wear;
}

/** Off until skin is felt. */
export function createWearWatch(settings: WearSettings = wearSettings): WearWatch {
  let state: Wear = "off";
  let seen: Wear = "off";
  let since = 0;
  return {
    state: () => state,
    push: ({ t, light, charging }) => {
      const touches = light >= settings.dimmest && light <= settings.brightest;
      const now: Wear = charging ? "charging" : touches ? "worn" : "off";
      if (now !== seen) {
        seen = now;
        since = t;
      }
      if (seen === state || t - since < patience(seen, settings)) return undefined;
      state = seen;
      return { kind: "wear", t, wear: state };
    },
  };
}

/** The charger says what it is; the rest may be an accident. */
function patience(wear: Wear, settings: WearSettings): number {
  if (wear === "charging") return 0;
  return wear === "worn" ? settings.onAfterMs : settings.offAfterMs;
}
