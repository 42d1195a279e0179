/**
 * Where the program meets the body: the part of it that a lower fidelity replaces.
 *
 * ```
 * samples   accelerometer, light, oximeter ─▶ detectors ─┐
 * beats                  beats and steps of a body ──────┴▶ vitals ─┐
 * means                        values of whole windows ─────────────┴▶ reports ─▶ the same program
 * ```
 * Everything above the reports is the same, whatever is below.
 */
import type { Report } from "#devices/wristband/signals/report.ts";
import type { Measure } from "#devices/wristband/signals/windows.ts";

import type { Task, Turn } from "./scheduler.ts";

/** One metric's window, ms. */
export interface Rhythm {
  readonly window: number;
}

/** How often each metric is told: a profile of `wire/cadence.ts`, as far as a wristband needs it. */
export interface Plan {
  readonly heartRate: Rhythm;
  readonly spo2: Rhythm;
  readonly steps: Rhythm;
  /** The longest silence towards the box, ms. */
  readonly contact: number;
}

/** What makes a value an emergency. They are read with every value, so that a change holds at once. */
export interface Thresholds {
  /** Percent; a one-minute mean below it. */
  hypoxaemia: number;
  /** beat/min; a rate beyond them. */
  slowest: number;
  fastest: number;
}

/** A vital sign that can be asked for now. */
export type Vital = "heart-rate" | "spo2";

/** How strongly the sensor feels gravity, mg before any calibration, and whether it lies still. */
export interface Gravity {
  readonly mg: number;
  readonly still: boolean;
}

/** The program, as a layer sees it. */
export interface LayerHost {
  readonly thresholds: Readonly<Thresholds>;
  /** As it is now. */
  plan(): Plan;
  /** What the accelerometer is multiplied by, thousandths. */
  gain(): number;
  charging(): boolean;
  tell(report: Report): void;
  add(task: Task): Turn;
}

/** What is below the program. */
export interface Layer {
  /** Bytes of memory that it takes. */
  readonly bytes: number;
  /** What it has a sensor for. */
  readonly vitals: readonly Vital[];
  /** Begins to report; called once, before anything else. */
  begin(host: LayerHost): void;
  /** The plan is another one: what was counted so far is reported. */
  replan(now: number): void;
  /** The wearer says that nothing is wrong. */
  dismiss(): void;
  /** The newest value of a vital sign, if one is there at all. */
  sense(vital: Vital, now: number): Measure | undefined;
  /** What it feels of gravity now; undefined when its accelerometer says nothing. */
  gravity(now: number): Gravity | undefined;
}
