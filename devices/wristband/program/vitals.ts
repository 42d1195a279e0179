/**
 * From what detectors or a simulated body see to what is told: means, minutes, counts, and emergencies.
 *
 * A sensor that is silent, or sees no wrist, is written down as such once a period, so that windows end
 * on time and a missing value has its reason.
 * @source catalogue WB-13, WB-21, WB-23, WB-29, WB-30, WB-31, WB-32
 */
import { cardiacSettings, createCardiacWatch } from "#devices/wristband/signals/cardiac-arrest.ts";
import { type PulseEstimate, rateMeans } from "#devices/wristband/signals/heart-rate.ts";
import type { Reading, Report, WearReport } from "#devices/wristband/signals/report.ts";
import { createCounts, createMeans, type Measure } from "#devices/wristband/signals/windows.ts";

import type { LayerHost, Plan, Vital } from "./layer.ts";
import { minutesKept, type SaturationMaker } from "./saturations.ts";
import { flawOf, type WristState } from "./wrist-state.ts";

/** What a body shows, detected or told. */
export interface Vitals {
  /** The pulse as it is now: once every {@link pulsePeriod}. */
  pulse(estimate: PulseEstimate): void;
  /** Percent, once a second. */
  oximetry(measure: Measure): void;
  steps(t: number, count: number): void;
  wear(report: WearReport): void;
  still(still: boolean): void;
  replan(now: number): void;
  sense(vital: Vital, now: number): Measure | undefined;
  /** The last {@link minutesKept} minutes of saturation, tenths of a percent, newest first; 0 is a gap. */
  minute(age: number): number;
}

/** Bytes that the vitals hold: the minutes, and some sums. */
export const vitalsBytes = 2 * minutesKept + 256;
/** How long a value may be asked for, ms. */
const freshMs = 10_000;
const countEveryMs = 10_000;

/** How often the pulse is looked at: no less often than it is told. */
export function pulsePeriod(plan: Plan): number {
  return Math.min(rateMeans.everyMs, plan.heartRate.window);
}

/** The vitals of one wearer; without an oximeter, saturation is not missed either. */
export function createVitals(
  host: LayerHost,
  createSaturations: SaturationMaker = noOximeter,
): Vitals {
  const state: WristState = { worn: false, still: false };
  const rates = createRates(host, state);
  const saturation = createSaturations(host, state);
  const steps = createSteps(host, state);
  return {
    pulse: (estimate) => rates.push(estimate),
    oximetry: (measure) => saturation.push(measure),
    steps: (t, count) => steps.push(t, count),
    wear: (report) => {
      steps.push(report.t, 0);
      state.worn = report.wear === "worn";
      host.tell(report);
    },
    still: (still) => {
      state.still = still;
    },
    replan: (now) => {
      rates.replan(now);
      saturation.replan();
      steps.replan(now);
    },
    sense: (vital, now) => {
      const newest = vital === "spo2" ? saturation.newest() : rates.newest();
      const known = newest !== undefined && state.worn && now - newest.t <= freshMs;
      return known ? newest : undefined;
    },
    minute: (age) => saturation.minute(age),
  };
}

/** What is not sensed is never missed. */
const noOximeter: SaturationMaker = () => ({
  push: () => {},
  replan: () => {},
  newest: () => undefined,
  minute: () => 0,
});

interface Rates {
  push(estimate: PulseEstimate): void;
  replan(now: number): void;
  newest(): Measure | undefined;
}

function createRates(host: LayerHost, wrist: WristState): Rates {
  const settings = { ...cardiacSettings };
  const watch = createCardiacWatch(settings);
  const meansOf = (plan: Plan): ReturnType<typeof createMeans> =>
    createMeans({ ...rateMeans, windowMs: plan.heartRate.window, everyMs: pulsePeriod(plan) });
  let means = meansOf(host.plan());
  let newest: Measure | undefined;
  let last = 0;
  const tell = (report: Report): void => host.tell(report);
  const count = (t: number, value: number, quality: number): void => {
    last = t;
    means.push({ t, value, quality, flaw: flawOf(wrist) }).forEach(tell);
  };
  const turn = host.add({
    name: "heart rate",
    periodMs: pulsePeriod(host.plan()),
    run: (now) => {
      if (now - last >= 1.5 * pulsePeriod(host.plan())) count(now, 0, 0);
      return false;
    },
  });
  return {
    push: (estimate) => {
      const { t, rate, quality } = estimate;
      settings.lowest = host.thresholds.slowest;
      settings.highest = host.thresholds.fastest;
      const emergency = watch.push(estimate, wrist);
      if (emergency !== undefined) host.tell(emergency);
      newest = { t, value: rate, quality };
      if (wrist.worn) count(t, rate, quality);
      else count(t, 0, 0);
    },
    replan: (now) => {
      means = meansOf(host.plan());
      turn.every(pulsePeriod(host.plan()), now);
    },
    newest: () => newest,
  };
}

interface Steps {
  push(t: number, count: number): void;
  replan(now: number): void;
}

/** Steps of a wrist: what shakes a wristband on a table is none. */
function createSteps(host: LayerHost, wrist: WristState): Steps {
  let counts = createCounts("steps", host.plan().steps.window);
  let last = -1;
  let wornMs = 0;
  const tell = (reading: Reading): void => {
    const share = reading.window > 0 ? Math.min(1, wornMs / reading.window) : 0;
    wornMs = 0;
    const told = { ...reading, quality: Math.round(100 * share) };
    host.tell(share > 0 ? told : { ...told, flaw: "off_wrist" });
  };
  const push = (t: number, count: number): void => {
    if (wrist.worn && last >= 0) wornMs += Math.max(0, t - last);
    last = t;
    counts.push(t, wrist.worn ? count : 0).forEach(tell);
  };
  host.add({
    name: "steps",
    periodMs: countEveryMs,
    run: (now) => {
      push(now, 0);
      return false;
    },
  });
  return {
    push,
    replan: (now) => {
      const rest = counts.rest(now);
      if (rest !== undefined) tell(rest);
      counts = createCounts("steps", host.plan().steps.window);
      push(now, 0);
    },
  };
}
