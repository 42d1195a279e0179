/**
 * What the detectors say: readings, gaps where a reading should be, and things that happened.
 *
 * Numbers are plain here, with their unit in the docstring: minting a branded unit costs a call per sample on the
 * watch, and the constructors use what its interpreter lacks. The program brands them when it speaks to the box.
 */

/** What a wristband measures. */
export type Measured = "heart-rate" | "spo2" | "steps";

/** Why a value is missing or worth less; the words of the wire. */
export type Flaw = "motion" | "poor_contact" | "off_wrist";

/** One value over the `window` ms that end at `t`: beat/min, percent, or a count. */
export interface Reading {
  readonly kind: Measured;
  /** ms. */
  readonly t: number;
  readonly value: number;
  /** 0–100. */
  readonly quality: number;
  /** ms. */
  readonly window: number;
  readonly flaw?: Flaw;
}

/** A window that should have given a value, and why it did not. */
export interface Gap {
  readonly kind: "gap";
  readonly of: Measured;
  readonly t: number;
  readonly window: number;
  readonly why: Flaw;
}

/** A fall as far as it is known: suspected, then confirmed or dismissed. `t` is the impact, ms. */
export interface FallReport {
  readonly kind: "suspected-fall" | "fall" | "dismissed-fall";
  readonly t: number;
  /** When it was known, ms; after `t`. */
  readonly at: number;
  /** 0–100: how much it looked like a fall. */
  readonly quality: number;
  /** Why it was dismissed. */
  readonly why?: "cancelled" | "moving" | "off_wrist";
}

/** A suspected cardiac or respiratory emergency; no diagnosis is claimed. */
export interface Emergency {
  readonly kind: "cardiac" | "respiratory";
  readonly t: number;
  readonly quality: number;
  readonly why: "no_pulse" | "too_slow" | "too_fast" | "hypoxaemia";
}

/** The wristband was put on, taken off, or put on its charger. */
export interface WearReport {
  readonly kind: "wear";
  readonly t: number;
  readonly wear: Wear;
}
export type Wear = "worn" | "off" | "charging";

export type Report = Reading | Gap | FallReport | Emergency | WearReport;

/** Nothing to say: shared, so that a sample that says nothing allocates nothing. */
export const nothing: readonly never[] = [];
