/** The whole program over the air, on a body that gives the values of windows. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { profiles } from "#wire/cadence.ts";
import { decodeFrame } from "#wire/frames/frame.ts";
import { Hours, Minutes, Seconds } from "#wire/units.ts";

import { BandScene, sceneStart } from "./band-scene.ts";
import { createMeanLayer, type MeanBody } from "./mean-layer.ts";
import { createTimekeeper } from "./timekeeper.ts";

/** A body whose values tell the window that they are of. */
const body: MeanBody = {
  wear: () => "worn",
  heartRate: ({ to }) => ({ value: 60 + (Math.round(to / 1000) % 50), quality: 90 }),
  spo2: ({ to }) => ({ value: 90 + (Math.round(to / 1000) % 9), quality: 80 }),
  steps: ({ from, to }) => Math.round((to - from) / 1000),
};

const storm = { loss: 0.3, duplication: 0.2, swap: 0.2, damage: 0.1 };

/** The lanes of the data frames that the wristband sends from now on, repetitions included. */
function sentLanes({ radio }: BandScene): string[] {
  const lanes: string[] = [];
  const send = radio.band.send.bind(radio.band);
  radio.band.send = (bytes) => {
    const frame = decodeFrame(bytes);
    if (frame.kind === "data") lanes.push(frame.lane);
    send(bytes);
  };
  return lanes;
}

describe("a quiet day", () => {
  test("WB-25, WB-32, WB-29: 30 means of the pulse and 12 of saturation an hour, 2 counts of steps", async () => {
    const scene = new BandScene(createMeanLayer(body));
    await scene.pass(Hours(1) + Seconds(1));
    expect(scene.readings("heart-rate")).toHaveLength(30);
    expect(scene.readings("spo2")).toHaveLength(12);
    expect(scene.readings("steps")).toHaveLength(2);
    await scene.pass(Hours(23));
    const steps = scene.readings("steps");
    expect(steps).toHaveLength(48);
    expect(steps.reduce((sum, { value }) => sum + value, 0)).toBe(24 * 3600);
  });

  test("WB-06, WB-34: each body of readings says battery and firmware, each reading its time and quality", async () => {
    const scene = new BandScene(createMeanLayer(body));
    scene.power = { level: 79.6, plugged: false };
    await scene.pass(Minutes(5));
    const said = scene.bodies("readings");
    expect(said.length).toBeGreaterThan(0);
    for (const { battery, firmware } of said) expect([battery, firmware]).toEqual([80, "1.5.0"]);
    const [first] = scene.readings("heart-rate");
    expect(first).toMatchObject({ quality: 90, window: Minutes(2) });
    // To the latency of the air: the box has told it the time.
    expect(Math.abs((first?.t ?? 0) - sceneStart - Minutes(2))).toBeLessThan(100);
  });

  test("a wristband that has nothing to say says so, before the box must think that it is gone", async () => {
    const scene = new BandScene(createMeanLayer({ ...body, wear: () => "off" }));
    await scene.pass(Hours(1));
    const heardAt = scene.heard.map(({ at }) => at);
    const silences = heardAt.slice(1).map((at, index) => at - (heardAt[index] ?? 0));
    expect(Math.max(...silences)).toBeLessThan(1.1 * profiles.seed.contact);
    expect(scene.readings("heart-rate")).toEqual([]);
  });

  test("WB-02: the display is drawn once in an hour in which nothing happens", async () => {
    const scene = new BandScene(createMeanLayer(body));
    await scene.pass(Seconds(1));
    scene.seen.pictures.length = 0;
    await scene.pass(Hours(1));
    expect(scene.seen.pictures).toEqual([]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "well", title: "TOUT VA BIEN" });
  });
});

describe("WB-38, H-05: the box is out of reach", () => {
  const law = (profile: "seed" | "dense", runs: number): Promise<void> =>
    fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 30 }), async (seed, minutes) => {
        let windows = 0;
        const counting = (): { value: number; quality: number } => {
          windows += 1;
          return { value: 30 + windows / 10, quality: 90 };
        };
        const layer = createMeanLayer({ ...body, heartRate: counting });
        const scene = new BandScene(layer, { seed, weather: storm, settings: { profile } });
        await scene.pass(Minutes(3));
        scene.radio.move(50);
        await scene.pass(Minutes(minutes));
        scene.radio.move(2);
        await scene.pass(Minutes(5));
        scene.radio.setWeather({ loss: 0, duplication: 0, swap: 0, damage: 0 });
        await scene.pass(Seconds(10));
        const got = scene.readings("heart-rate").map(({ value }) => Math.round(10 * value - 300));
        // The last ones of the dense profile still wait for company.
        expect(windows - got.length).toBeLessThan(profile === "dense" ? 8 : 1);
        expect(got).toEqual(Array.from({ length: got.length }, (_, index) => index + 1));
        expect(scene.band.state.dropped()).toBe(0);
      }),
      { numRuns: runs },
    );

  test("half an hour of it loses no mean, and doubles none, in any weather", () => law("seed", 30));

  test("nor of seconds, in the dense profile", () => law("dense", 5));

  test("readings that waited go together", async () => {
    const scene = new BandScene(createMeanLayer(body));
    await scene.pass(Seconds(10));
    scene.radio.move(50);
    await scene.pass(Hours(2));
    scene.heard.length = 0;
    scene.radio.move(2);
    await scene.pass(Minutes(1));
    expect(scene.readings("heart-rate")).toHaveLength(60);
    expect(scene.bodies("readings").length).toBeLessThan(14);
  });

  test("WB-24: a fall of that time is the first that goes to the box", async () => {
    const layer = createMeanLayer(body);
    const scene = new BandScene(layer);
    await scene.pass(Minutes(2));
    scene.radio.move(50);
    await scene.pass(Minutes(20));
    layer.fall({ t: scene.clock.monotonic(), quality: 88 });
    await scene.pass(Minutes(10));
    const sent = sentLanes(scene);
    scene.radio.move(2);
    await scene.pass(Minutes(1));
    expect(sent.slice(0, 2)).toEqual(["emergency", "routine"]);
    expect(scene.events()).toEqual(["fall"]);
  });

  test("the display says so after a while, not at once", async () => {
    const scene = new BandScene(createMeanLayer(body));
    await scene.pass(Seconds(10));
    scene.radio.move(50);
    await scene.pass(Minutes(4));
    expect(scene.band.state.picture()?.far).toBe(false);
    await scene.pass(Minutes(2));
    expect(scene.band.state.picture()?.far).toBe(true);
    scene.radio.move(2);
    await scene.pass(Seconds(5));
    expect(scene.band.state.picture()?.far).toBe(false);
  });
});

describe("F08: the time", () => {
  test("until the box tells it, a body is dated since the start, and says so", async () => {
    const scene = new BandScene(createMeanLayer(body), { tellsTime: false });
    await scene.pass(Minutes(3));
    for (const { body: said } of scene.heard) expect(said.t.clock).toBe("start");
    expect(scene.readings("heart-rate")[0]?.t).toBe(Minutes(2));
    scene.tell({ kind: "time", now: sceneStart + Minutes(3) });
    await scene.pass(Minutes(2));
    const [clock] = scene.bodies("clock");
    expect((clock?.wall ?? 0) - (clock?.t.ms ?? 0)).toBeCloseTo(sceneStart, -2);
    expect(scene.reported("clock/synchronised")).toBe(true);
    expect(scene.bodies("readings").at(-1)?.t.clock).toBe("wall");
  });

  test("what was told late does not set the clock back, what was corrected does", () => {
    const timekeeper = createTimekeeper();
    timekeeper.told(sceneStart + 1000, 1000);
    timekeeper.told(sceneStart + 2000, 5000);
    expect(timekeeper.wall(5000)).toBe(sceneStart + 5000);
    timekeeper.told(sceneStart + 9000, 8000);
    expect(timekeeper.wall(8000)).toBe(sceneStart + 9000);
    timekeeper.told(sceneStart - 86_400_000, 9000);
    expect(timekeeper.moment(9000)).toEqual({ ms: sceneStart - 86_400_000, clock: "wall" });
  });
});

describe("WB-20, WB-21: worn, off, charging", () => {
  test("an interval off the wrist is tagged, is no vital sign, and ends alone", async () => {
    let wear: ReturnType<MeanBody["wear"]> = "worn";
    const layer = createMeanLayer({ ...body, wear: () => wear });
    const scene = new BandScene(layer);
    await scene.pass(Minutes(10));
    wear = "off";
    layer.handled();
    await scene.pass(Minutes(65));
    expect(scene.events()).toEqual(["off_wrist"]);
    expect(scene.reported("wear/worn")).toBe(false);
    expect(scene.reported("sensors/ppg")).toBe("off_wrist");
    expect(scene.readings("steps").at(-1)).toMatchObject({ value: 0, flaw: "off_wrist" });
    const before = scene.readings("heart-rate").length;
    expect(before).toBe(5);
    wear = "worn";
    layer.handled();
    await scene.pass(Minutes(4.5));
    expect(scene.readings("heart-rate").length).toBeGreaterThan(before);
    expect(scene.reported("sensors/ppg")).toBe("ok");
    expect(scene.reported("wear/state")).toBe("worn");
  });

  test("a gap while it charges has charging for its reason, and is shown", async () => {
    let wear: ReturnType<MeanBody["wear"]> = "worn";
    const layer = createMeanLayer({ ...body, wear: () => wear });
    const scene = new BandScene(layer);
    await scene.pass(Minutes(5));
    wear = "charging";
    layer.handled();
    await scene.plug(true);
    await scene.pass(Minutes(6));
    expect(scene.events()).toEqual([]);
    expect(scene.reported("sensors/ppg")).toBe("charging");
    expect(scene.reported("power/charging")).toBe(true);
    expect(scene.band.state.picture()).toMatchObject({ sign: "charging", charging: true });
  });
});

test("WB-31: a mean of saturation below the wearer's own threshold is an emergency, once per episode", async () => {
  let value = 96;
  const scene = new BandScene(createMeanLayer({ ...body, spo2: () => ({ value, quality: 90 }) }));
  scene.tell({ kind: "desired", v: 1, leaves: [{ path: "config/hypoxaemia", value: 80 }] });
  value = 80;
  await scene.pass(Minutes(11));
  expect(scene.events()).toEqual([]);
  value = 79.9;
  await scene.pass(Minutes(20));
  expect(scene.events()).toEqual(["respiratory"]);
  expect(scene.bodies("event")[0]).toMatchObject({ cause: "hypoxaemia" });
});
