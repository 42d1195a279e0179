import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Report } from "#devices/wristband/signals/report.ts";

import type { LayerHost, Plan } from "./layer.ts";
import { createSaturations } from "./saturations.ts";
import type { Task } from "./scheduler.ts";
import { createVitals, pulsePeriod, type Vitals } from "./vitals.ts";

const seed: Plan = {
  ...{ heartRate: { window: 120_000 }, spo2: { window: 300_000 } },
  ...{ steps: { window: 1_800_000 }, contact: 120_000 },
};
const dense: Plan = {
  ...{ heartRate: { window: 1000 }, spo2: { window: 30_000 } },
  ...{ steps: { window: 60_000 }, contact: 30_000 },
};

/** Vitals, what they tell, and the tasks that they want. */
class Host implements LayerHost {
  readonly thresholds = { hypoxaemia: 85, slowest: 35, fastest: 180 };
  readonly told: Report[] = [];
  readonly tasks: Task[] = [];
  readonly vitals: Vitals;
  #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.vitals = createVitals(this, createSaturations);
    this.vitals.wear({ kind: "wear", t: 0, wear: "worn" });
    this.vitals.still(true);
  }

  plan(): Plan {
    return this.#plan;
  }

  replan(plan: Plan, now: number): void {
    this.#plan = plan;
    this.vitals.replan(now);
  }

  gain(): number {
    return 1000;
  }

  charging(): boolean {
    return false;
  }

  tell(report: Report): void {
    this.told.push(report);
  }

  add(task: Task): ReturnType<LayerHost["add"]> {
    this.tasks.push(task);
    return { wake: () => {}, every: () => {}, rest: () => {} };
  }

  /** Gives every task its turns until then, as if no sensor spoke. */
  idle({ from, to }: { readonly from: number; readonly to: number }): void {
    for (let now = from; now <= to; now += 1000) for (const task of this.tasks) task.run(now);
  }

  of(kind: Report["kind"], window?: number): Report[] {
    return this.told.filter(
      (report) =>
        report.kind === kind &&
        (window === undefined || ("window" in report && report.window === window)),
    );
  }
}

const value = fc.record({ rate: fc.integer({ min: 30, max: 220 }), quality: fc.nat(100) });

describe("WB-13: a mean is the arithmetic mean of the valid values of its window", () => {
  test("of the pulse, in either profile, to the tenth that is sent", () => {
    const plans = fc.constantFrom(seed, dense);
    const law = fc.property(
      plans,
      fc.array(value, { minLength: 60, maxLength: 200 }),
      (plan, all) => {
        const host = new Host(plan);
        const period = pulsePeriod(plan);
        const { window } = plan.heartRate;
        const perWindow = window / period;
        all.forEach(({ rate, quality }, index) => {
          host.vitals.pulse({ t: (index + 1) * period, rate, quality, amplitude: 100 });
        });
        for (let index = 0; index < Math.floor(all.length / perWindow); index += 1) {
          const inside = all.slice(index * perWindow, (index + 1) * perWindow);
          const valid = inside.filter(({ quality }) => quality >= 50);
          const told = host.told.find(
            (report) =>
              (report.kind === "heart-rate" || report.kind === "gap") &&
              report.t === (index + 1) * window,
          );
          if (valid.length < 0.25 * perWindow) {
            expect(told).toMatchObject({ kind: "gap", of: "heart-rate", window });
          } else {
            const mean = valid.reduce((sum, { rate }) => sum + rate, 0) / valid.length;
            expect(told).toMatchObject({ kind: "heart-rate", window });
            const sent = told !== undefined && "value" in told ? told.value : 0;
            expect(Math.abs(sent - mean)).toBeLessThan(0.0501);
          }
        }
      },
    );
    fc.assert(law);
  });

  test("of saturation: five minutes, of the minutes' means", () => {
    const host = new Host(seed);
    for (let second = 1; second <= 300; second += 1) {
      const percent = 90 + Math.floor((second - 1) / 60);
      host.vitals.oximetry({ t: 1000 * second, value: percent, quality: 90 });
    }
    expect(host.of("spo2")).toMatchObject([{ value: 92, window: 300_000, t: 300_000 }]);
  });

  test("of saturation, every half minute, while emergencies are still judged by the minute", () => {
    const host = new Host(dense);
    for (let second = 1; second <= 120; second += 1) {
      const low = second > 30 && second <= 60;
      host.vitals.oximetry({ t: 1000 * second, value: low ? 80 : 96, quality: 90 });
    }
    expect(host.of("spo2").map((report) => "value" in report && report.value)).toEqual([
      ...[96, 80, 96, 96],
    ]);
    expect(host.of("respiratory")).toEqual([]);
  });
});

describe("WB-30: an hour of minutes of saturation is kept", () => {
  test("sixty of them, each a value or a gap", () => {
    const host = new Host(seed);
    for (let second = 1; second <= 3600; second += 1) {
      const minute = Math.ceil(second / 60);
      const quality = minute % 10 === 0 ? 10 : 90;
      host.vitals.oximetry({ t: 1000 * second, value: 85 + (minute % 13), quality });
    }
    for (let minute = 1; minute <= 60; minute += 1) {
      const kept = host.vitals.minute(60 - minute);
      expect(kept).toBe(minute % 10 === 0 ? 0 : 10 * (85 + (minute % 13)));
    }
  });
});

describe("a silent sensor", () => {
  test("gives a gap for every window, with its reason, on time", () => {
    const host = new Host(seed);
    host.vitals.wear({ kind: "wear", t: 0, wear: "off" });
    host.idle({ from: 1000, to: 1_810_000 });
    const gaps = host.told.filter((report) => report.kind === "gap");
    expect(gaps.filter(({ of }) => of === "heart-rate")).toHaveLength(15);
    expect(gaps.filter(({ of }) => of === "spo2").length).toBeGreaterThanOrEqual(5);
    for (const { why } of gaps) expect(why).toBe("off_wrist");
    expect(host.of("steps")).toMatchObject([{ value: 0, quality: 0, flaw: "off_wrist" }]);
  });

  test("on a moving wrist has motion for its reason", () => {
    const host = new Host(seed);
    host.vitals.still(false);
    for (let t = 2000; t <= 240_000; t += 2000) {
      host.vitals.pulse({ t, rate: 90, quality: 20, amplitude: 100 });
    }
    expect(host.of("gap")).toMatchObject([{ why: "motion" }, { why: "motion" }]);
  });
});

describe("another profile", () => {
  test("tells the steps of the unfinished window, and loses none", () => {
    const host = new Host(seed);
    host.vitals.steps(1000, 5);
    host.vitals.steps(60_000, 7);
    host.replan(dense, 90_000);
    host.vitals.steps(100_000, 3);
    host.vitals.steps(150_000, 0);
    const steps = host.of("steps").map((report) => "value" in report && report.value);
    expect(steps).toEqual([12, 3]);
  });
});

test("a value may be asked for while it is fresh and worn", () => {
  const host = new Host(seed);
  host.vitals.pulse({ t: 2000, rate: 71, quality: 80, amplitude: 100 });
  expect(host.vitals.sense("heart-rate", 5000)).toMatchObject({ value: 71, quality: 80 });
  expect(host.vitals.sense("heart-rate", 20_000)).toBeUndefined();
  expect(host.vitals.sense("spo2", 5000)).toBeUndefined();
  host.vitals.wear({ kind: "wear", t: 6000, wear: "off" });
  expect(host.vitals.sense("heart-rate", 6000)).toBeUndefined();
});
