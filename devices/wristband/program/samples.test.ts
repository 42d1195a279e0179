/** Samples through the detectors and the whole program: what comes out at the box. */
import { describe, expect, test } from "bun:test";

import {
  falling,
  hanging,
  lightOf,
  type Movement,
  samplesOf,
  sitting,
  walking,
} from "#devices/wristband/signals/body-scene.ts";
import type { LightSample } from "#devices/wristband/signals/sample.ts";
import { peakRule } from "#devices/wristband/signals/steps.ts";
import { Millis, Seconds } from "#wire/units.ts";

import { BandScene, type SceneOptions } from "./band-scene.ts";
import { createSampleLayer, type SampleLayer, sampleSettings } from "./sample-layer.ts";

/** What the sensors feel for a while. */
interface Scene {
  readonly seconds: number;
  readonly movement?: Movement;
  /** Beats a minute; 0: skin without a pulse. */
  readonly rate?: number;
  /** The wristband lies on a table: no light comes back. */
  readonly off?: boolean;
  readonly spo2?: number;
  readonly hz?: number;
}

/** A wristband on a synthetic body. */
class Wearer {
  readonly layer: SampleLayer;
  readonly scene: BandScene;

  constructor(options: SceneOptions & { readonly layer?: SampleLayer } = {}) {
    this.layer = options.layer ?? createSampleLayer();
    this.scene = new BandScene(this.layer, options);
  }

  /** Lives through something, sample by sample, on the clock of the program. */
  async live({ seconds, movement = hanging, rate = 72, ...rest }: Scene): Promise<void> {
    const { hz = 50, off = false, spo2 = 97 } = rest;
    const startMs = this.scene.clock.monotonic();
    const light = off ? [] : lit({ rate, seconds, startMs });
    const samples = [
      ...Array.from(samplesOf(movement, { hz, seconds, startMs }), (sample) => ({
        t: sample.t,
        feel: () => this.layer.acceleration(sample),
      })),
      ...Array.from(light, (sample) => ({ t: sample.t, feel: () => this.layer.light(sample) })),
      ...Array.from({ length: off ? 0 : Math.floor(seconds) }, (_, second) => {
        const measure = { t: startMs + 1000 * second, value: spo2, quality: 90 };
        return { t: measure.t, feel: () => this.layer.oximetry(measure) };
      }),
    ];
    for (const { t, feel } of samples) {
      this.scene.clock.after(Millis(t - startMs), "sensor", feel);
    }
    await this.scene.pass(Seconds(seconds));
  }

  /** Sits still until the wristband has seen that it is worn. */
  async settle(): Promise<void> {
    await this.live({ seconds: 20 });
    expect(this.scene.band.state.wear()).toBe("worn");
  }
}

function lit(pulse: { rate: number; seconds: number; startMs: number }): Iterable<LightSample> {
  const { rate } = pulse;
  return lightOf({ ...pulse, rate: Math.max(1, rate), hz: 25, counts: rate === 0 ? 0 : 300 });
}

describe("the pulse", () => {
  test("WB-22, WB-08: 72 beats a minute come out as 72", async () => {
    const wearer = new Wearer();
    await wearer.live({ seconds: 250 });
    const [first] = wearer.scene.readings("heart-rate");
    expect(Math.abs((first?.value ?? 0) - 72)).toBeLessThanOrEqual(1);
    expect(first?.quality).toBeGreaterThan(70);
  });

  test("WB-23: lost on a worn, still wrist it is an emergency; on a table it never is", async () => {
    const wearer = new Wearer();
    await wearer.live({ seconds: 120 });
    await wearer.live({ seconds: 60, rate: 0 });
    expect(wearer.scene.events()).toEqual(["cardiac"]);
    const other = new Wearer();
    await other.live({ seconds: 120 });
    await other.live({ seconds: 300, off: true });
    expect(other.scene.events()).toEqual(["off_wrist"]);
  });

  test("a rate beyond the wearer's own bounds is one too", async () => {
    const wearer = new Wearer();
    const leaves = [{ path: "config/heartRateHigh", value: 120 }];
    wearer.scene.tell({ kind: "desired", v: 1, leaves });
    await wearer.live({ seconds: 60, rate: 90 });
    expect(wearer.scene.events()).toEqual([]);
    await wearer.live({ seconds: 90, rate: 140 });
    expect(wearer.scene.events()).toEqual(["cardiac"]);
    expect(wearer.scene.bodies("event")[0]).toMatchObject({ cause: "too_fast" });
  });

  test("WB-35: the dense profile tells it each second, from then on and after a restart", async () => {
    const wearer = new Wearer();
    await wearer.settle();
    const leaves = [{ path: "config/profile", value: "dense" }];
    wearer.scene.tell({ kind: "desired", v: 1, leaves });
    await wearer.live({ seconds: 60 });
    const readings = wearer.scene.readings("heart-rate").filter(({ window }) => window === 1000);
    expect(readings.length).toBeGreaterThan(35);
    for (const { value } of readings) expect(Math.abs(value - 72)).toBeLessThan(3);
  });
});

describe("falls", () => {
  test("WB-26: of 100 samples a second a fall is one, sitting down is none", async () => {
    const wearer = new Wearer();
    await wearer.settle();
    await wearer.live({ seconds: 15, movement: sitting({ peak: 2 }), hz: 100 });
    await wearer.live({ seconds: 30, hz: 100 });
    expect(wearer.scene.seen.buzzes).toEqual([]);
    await wearer.live({ seconds: 60, movement: falling({ peak: 4 }), hz: 100 });
    expect(wearer.scene.events()).toEqual(["fall"]);
  });

  test("F05: of a wristband that nobody wears is none", async () => {
    const wearer = new Wearer();
    await wearer.live({ seconds: 20, off: true });
    await wearer.live({ seconds: 60, movement: falling({ peak: 4 }), off: true });
    expect(wearer.scene.events()).toEqual([]);
    expect(wearer.scene.reported("wear/dismissedFall")).toBe("off_wrist");
  });

  test("CF-41: one that is called off is none", async () => {
    const wearer = new Wearer();
    await wearer.settle();
    await wearer.live({ seconds: 20, movement: falling({ peak: 4 }) });
    expect(wearer.scene.band.state.picture()?.sign).toBe("ask");
    await wearer.scene.press(300);
    await wearer.live({ seconds: 60 });
    expect(wearer.scene.events()).toEqual([]);
  });
});

describe("steps", () => {
  const plan = { window: 60_000 };
  const profiles = {
    minutes: { heartRate: plan, spo2: plan, steps: plan, contact: 120_000 },
  };
  const settings = { profile: "minutes", profiles };

  test("WB-29, WB-07: are told window by window, and their sum is what was walked", async () => {
    const wearer = new Wearer({ settings });
    await wearer.settle();
    await wearer.live({ seconds: 100, movement: walking({ stepsPerSecond: 1.8, swing: 0.6 }) });
    await wearer.live({ seconds: 80 });
    const steps = wearer.scene.readings("steps");
    const sum = steps.reduce((total, { value }) => total + value, 0);
    expect(steps.length).toBe(3);
    expect(Math.abs(sum - 180)).toBeLessThan(18);
    expect(steps.at(-1)?.quality).toBe(100);
  });

  test("WB-28: with the rule of the source document, each peak above 1.2 g is one", async () => {
    const layer = createSampleLayer({ ...sampleSettings, steps: peakRule });
    const wearer = new Wearer({ layer, settings });
    await wearer.settle();
    const peaks: Movement = (s) => [s % 1 < 0.1 ? -1.3 : -1, 0, 0];
    await wearer.live({ seconds: 30, movement: peaks });
    await wearer.live({ seconds: 30 });
    const [first] = wearer.scene.readings("steps");
    expect(first?.value).toBe(30);
  });
});

describe("saturation", () => {
  test("WB-31: a minute below the threshold is an emergency, at it is none", async () => {
    const wearer = new Wearer();
    await wearer.settle();
    await wearer.live({ seconds: 130, spo2: 85 });
    expect(wearer.scene.events()).toEqual([]);
    await wearer.live({ seconds: 130, spo2: 84 });
    expect(wearer.scene.events()).toEqual(["respiratory"]);
  });

  test("WB-32: five minutes of it are one mean", async () => {
    const wearer = new Wearer();
    await wearer.live({ seconds: 310, spo2: 96 });
    expect(wearer.scene.readings("spo2")).toEqual([
      expect.objectContaining({ value: 96, window: 300_000 }),
    ]);
  });
});

test("WB-21: sampling goes on alone within a period of being worn again", async () => {
  const wearer = new Wearer();
  await wearer.live({ seconds: 130 });
  await wearer.live({ seconds: 240, off: true });
  expect(wearer.scene.reported("wear/state")).toBe("off");
  expect(wearer.scene.reported("sensors/ppg")).toBe("off_wrist");
  const before = wearer.scene.readings("heart-rate").length;
  await wearer.live({ seconds: 245 });
  expect(wearer.scene.readings("heart-rate").length).toBeGreaterThan(before);
  expect(wearer.scene.reported("sensors/ppg")).toBe("ok");
});

describe("a sensor that is not there", () => {
  test("an accelerometer that falls silent is told once, and again when it is back", async () => {
    const wearer = new Wearer();
    await wearer.settle();
    await wearer.scene.pass(200_000);
    expect(wearer.scene.events().toSorted()).toEqual(["device_error", "off_wrist"]);
    expect(wearer.scene.reported("sensors/accelerometer")).toBe("silent");
    await wearer.live({ seconds: 62 });
    expect(wearer.scene.reported("sensors/accelerometer")).toBe("ok");
  });

  test("WB-30: an oximeter that a watch does not have is absent, and not missed", async () => {
    const layer = createSampleLayer({ ...sampleSettings, oximeter: false });
    const wearer = new Wearer({ layer });
    const args = [{ path: "metric", value: "spo2" }];
    const deadline = wearer.scene.clock.now() + 1e6;
    wearer.scene.tell({ kind: "command", id: "cmd-1", name: "measure", deadline, args });
    await wearer.scene.pass(Seconds(3600));
    expect(wearer.scene.reported("sensors/oximeter")).toBe("absent");
    expect(wearer.scene.bodies("answer")).toMatchObject([{ state: "rejected", code: "no_sensor" }]);
  });
});

test("WB-12: no sample is lost at the highest rates; with a task that cannot keep up, it is counted", async () => {
  const wearer = new Wearer();
  await wearer.live({ seconds: 60, hz: 100 });
  expect(wearer.scene.band.state.missed()).toBe(0);
  expect(wearer.layer.lost()).toBe(0);
  const layer = createSampleLayer({ ...sampleSettings, motionEveryMs: 1000 });
  const slow = new Wearer({ layer });
  await slow.live({ seconds: 10, hz: 100 });
  expect(layer.lost()).toBe(10 * 100 - 10 * sampleSettings.motionSamples);
});
