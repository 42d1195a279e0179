/**
 * A suspected cardiac emergency: no reliable pulse on a worn, still wrist, or an extreme rate. No diagnosis is claimed.
 *
 * A poor signal is not a lost pulse: in living patients with an irregular heart the rhythm is weak for a minute at a
 * time, but the light goes on pulsating as strongly. So a pulse counts as lost when its rhythm *and* its strength are
 * gone, the latter against what it was on this wrist.
 * @source S1 §6.1.1 (WB-23), CF-38; F01; docs/accuracy.md
 */
import type { PulseEstimate } from "./heart-rate.ts";
import type { Emergency } from "./report.ts";

export interface CardiacSettings {
  /** A rate below or above these is extreme, beat/min. */
  readonly lowest: number;
  readonly highest: number;
  /** A rate is believed from this quality on. */
  readonly reliable: number;
  /** There is no rhythm below this quality. */
  readonly absent: number;
  /** There is no strength below this share of the usual, 0–1. */
  readonly collapsed: number;
  /** There is no strength below this amplitude whatever was usual, counts: the noise of the sensor. */
  readonly flat: number;
  /** How long a condition must last, without a break. */
  readonly confirmMs: number;
}

/** Ours, for a doctor to set per patient. */
export const cardiacSettings: CardiacSettings = {
  lowest: 35,
  highest: 180,
  reliable: 70,
  absent: 40,
  collapsed: 0.3,
  flat: 3,
  confirmMs: 20_000,
};

/** What is known of the wrist when an estimate is made. */
export interface Wrist {
  readonly worn: boolean;
  readonly still: boolean;
}

export interface CardiacWatch {
  /** An emergency once its condition has lasted; one per episode. */
  push(estimate: PulseEstimate, wrist: Wrist): Emergency | undefined;
}

export function createCardiacWatch(settings: CardiacSettings = cardiacSettings): CardiacWatch {
  let usual = 0;
  let condition: Emergency["why"] | undefined;
  let since = 0;
  let told = false;

  const conditionOf = ({
    rate,
    quality,
    amplitude,
  }: PulseEstimate): Emergency["why"] | undefined => {
    if (quality >= settings.reliable && rate > settings.highest) return "too_fast";
    if (quality >= settings.reliable && rate < settings.lowest) return "too_slow";
    const weak = amplitude < settings.flat || amplitude < settings.collapsed * usual;
    return weak && quality < settings.absent ? "no_pulse" : undefined;
  };
  return {
    push: (estimate, { worn, still }) => {
      if (!worn) usual = 0;
      const now = worn && still ? conditionOf(estimate) : undefined;
      if (worn && estimate.quality >= settings.reliable) {
        usual += (estimate.amplitude - usual) * (usual === 0 ? 1 : slowly);
      }
      if (now !== condition) {
        condition = now;
        since = estimate.t;
        told = false;
      }
      if (condition === undefined || told || estimate.t - since < settings.confirmMs)
        return undefined;
      told = true;
      return { kind: "cardiac", t: estimate.t, quality: estimate.quality, why: condition };
    },
  };
}

/** The usual strength follows the present one over about a hundred estimates. */
const slowly = 0.01;
