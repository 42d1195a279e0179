/**
 * Goal: everything that a wristband says reaches its box once, whatever the air does. Method: both ends
 * as they are, on a virtual clock, through a seeded air.
 */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { decodeFrame } from "#wire/frames/frame.ts";
import { bandLimits } from "#wire/frames/sender.ts";
import { Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import { createScene, type LinkScene } from "./link-scene.ts";
import { lossAt, type Weather } from "./radio.ts";

const storm: Weather = { loss: 0.3, duplication: 0.2, swap: 0.2, damage: 0.05 };

/** Says one routine body a `period`, and an emergency now and then, for a while. */
async function talk(scene: LinkScene, ms: { length: number; period: number }): Promise<string[]> {
  const said: string[] = [];
  for (let at = 0; at < ms.length; at += ms.period) {
    const lane = scene.random.next() < 0.01 ? "emergency" : "routine";
    const text = `${lane} ${String(said.length).padStart(5, "0")}`;
    said.push(text);
    scene.say(lane, text);
    await scene.clock.advance({ by: Millis(ms.period) });
  }
  return said;
}

function texts({ arrived }: LinkScene): string[] {
  return arrived.map(({ text }) => text);
}

describe("F12, RK-F-05, WB-38: what was said arrives once, in order after sorting", () => {
  test("30 % loss with swapped, doubled and damaged frames for an hour", async () => {
    const law = fc.asyncProperty(fc.nat(), async (seed) => {
      const scene = createScene(seed, { weather: storm });
      const said = await talk(scene, { length: Hours(1), period: Seconds(2) });
      await scene.clock.advance({ by: Minutes(1) });
      expect(texts(scene).toSorted()).toEqual(said.toSorted());
      expect(scene.sender.waiting).toBe(0);
      expect(scene.lost()).toBe(0);
    });
    await fc.assert(law, { numRuns: 20 });
  });

  test("WB-38: half an hour out of reach, again and again", async () => {
    const law = fc.asyncProperty(fc.nat(), async (seed) => {
      const scene = createScene(seed, { weather: storm });
      const said: string[] = [];
      for (let round = 0; round < 2; round += 1) {
        scene.radio.move(50);
        said.push(...(await talk(scene, { length: Minutes(30), period: Seconds(10) })));
        scene.radio.move(2);
        said.push(...(await talk(scene, { length: Minutes(5), period: Seconds(10) })));
      }
      await scene.clock.advance({ by: Minutes(2) });
      expect(scene.arrived).toHaveLength(said.length);
      expect(scene.sender.dropped).toBe(0);
    });
    await fc.assert(law, { numRuns: 10 });
  });

  test("F14: a box that dies between keeping a frame and acknowledging it takes none twice", async () => {
    const law = fc.asyncProperty(fc.nat(), async (seed) => {
      const scene = createScene(seed, { weather: storm, killShare: 0.2 });
      const said = await talk(scene, { length: Minutes(10), period: Seconds(2) });
      await scene.clock.advance({ by: Minutes(2) });
      expect(texts(scene).toSorted()).toEqual(said.toSorted());
    });
    await fc.assert(law, { numRuns: 20 });
  });

  test("F15: what the box could not keep is not acknowledged, and comes again", async () => {
    const scene = createScene(2, { refuseShare: 0.5 });
    const said = await talk(scene, { length: Minutes(2), period: Seconds(2) });
    await scene.clock.advance({ by: Minutes(1) });
    expect(texts(scene).toSorted()).toEqual(said.toSorted());
  });

  test("F08: a wristband that starts again is a new epoch, and nothing of it is a repeat", async () => {
    const scene = createScene(1, { weather: storm });
    const before = await talk(scene, { length: Minutes(2), period: Seconds(1) });
    await scene.clock.advance({ by: Minutes(1) });
    scene.rebootBand();
    const after = await talk(scene, { length: Minutes(2), period: Seconds(1) });
    await scene.clock.advance({ by: Minutes(1) });
    expect(texts(scene).toSorted()).toEqual([...before, ...after].toSorted());
  });

  test("the same seed makes the same hour", async () => {
    const runs = [createScene(7, { weather: storm }), createScene(7, { weather: storm })];
    for (const scene of runs) await talk(scene, { length: Minutes(10), period: Seconds(2) });
    expect(runs[0]?.arrived).toEqual(runs[1]?.arrived ?? []);
  });
});

describe("WB-24, WB-27: emergencies go before all else", () => {
  test("WB-27: on a healthy link an emergency is at the box within a second", async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const scene = createScene(seed);
      for (let routine = 0; routine < 100; routine += 1) scene.say("routine", `routine ${routine}`);
      await scene.clock.advance({ by: Millis(seed * 10) });
      const said = scene.clock.monotonic();
      scene.say("emergency", "fall");
      await scene.clock.advance({ by: Seconds(1) });
      const arrived = scene.arrived.find(({ text }) => text === "fall");
      expect((arrived?.at ?? Infinity) - said).toBeLessThanOrEqual(1000);
    }
  });

  test("WB-24: after an outage the emergency arrives before the first routine frame", async () => {
    const scene = createScene(3);
    scene.radio.move(50);
    await scene.clock.advance({ by: Seconds(1) });
    for (let routine = 0; routine < 50; routine += 1) scene.say("routine", `routine ${routine}`);
    scene.say("emergency", "fall");
    await scene.clock.advance({ by: Minutes(30) });
    expect(scene.arrived).toEqual([]);
    const lanesSent: string[] = [];
    const send = scene.radio.band.send.bind(scene.radio.band);
    scene.radio.band.send = (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame.kind === "data") lanesSent.push(frame.lane);
      send(bytes);
    };
    scene.radio.move(2);
    await scene.clock.advance({ by: Minutes(1) });
    expect(lanesSent.slice(0, 2)).toEqual(["emergency", "routine"]);
    expect(scene.arrived).toHaveLength(51);
  });

  test("WB-24: an emergency is repeated until it is acknowledged, through 90 % loss", async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const scene = createScene(seed, { weather: { ...storm, loss: 0.9, damage: 0 } });
      scene.say("emergency", "sos");
      await scene.clock.advance({ by: Minutes(2) });
      expect(texts(scene)).toEqual(["sos"]);
      expect(scene.sender.waiting).toBe(0);
    }
  });

  test("a full memory lets the oldest routine go, no emergency, and the box knows how many", async () => {
    const scene = createScene(4, { limits: { ...bandLimits, routineBytes: 1000 } });
    scene.radio.move(50);
    for (let index = 0; index < 300; index += 1) {
      scene.say("routine", `routine ${String(index).padStart(3, "0")}`);
      if (index % 60 === 0) scene.say("emergency", `emergency ${index}`);
    }
    scene.radio.move(1);
    await scene.clock.advance({ by: Minutes(1) });
    const routine = texts(scene)
      .filter((text) => text.startsWith("routine"))
      .toSorted();
    expect(routine).toHaveLength(90);
    expect(routine[0]).toBe("routine 210");
    expect(texts(scene).filter((text) => text.startsWith("emergency"))).toHaveLength(5);
    expect(scene.sender.dropped).toBe(210);
    // The box has had no number of this epoch before: it cannot know of those that it never saw.
    expect(scene.lost()).toBe(0);
  });

  test("numbers that went while the box knew the epoch are counted as lost", async () => {
    const scene = createScene(5, { limits: { ...bandLimits, routineBytes: 100 } });
    scene.say("routine", "0123456789");
    await scene.clock.advance({ by: Seconds(1) });
    scene.radio.move(50);
    for (let index = 0; index < 30; index += 1) scene.say("routine", "0123456789");
    scene.radio.move(1);
    await scene.clock.advance({ by: Minutes(1) });
    expect(scene.arrived).toHaveLength(11);
    expect(scene.lost()).toBe(20);
  });
});

describe("WB-05: the air", () => {
  test("frames are lost with the distance, all of them at the edge", () => {
    expect(lossAt(storm, 0)).toBeCloseTo(0.3);
    expect(lossAt(storm, 0.5)).toBeCloseTo(0.3);
    expect(lossAt(storm, 0.75)).toBeCloseTo(0.65);
    expect(lossAt(storm, 1)).toBe(1);
    expect(lossAt(storm, 2)).toBe(1);
  });

  test("what is on the air when the link breaks does not arrive over the next one", async () => {
    const scene = createScene(6);
    const got: Uint8Array[] = [];
    const changes: boolean[] = [];
    scene.radio.box.onFrame((bytes) => got.push(bytes));
    scene.radio.box.onLink((up) => changes.push(up));
    scene.radio.band.send(Uint8Array.of(1));
    scene.radio.move(50);
    scene.radio.move(1);
    expect(scene.radio.band.up).toBe(false);
    await scene.clock.advance({ by: Minutes(1) });
    expect(got).toEqual([]);
    expect(changes).toEqual([false, true]);
  });

  test("nothing is left to do once all is said", async () => {
    const scene = createScene(8, { weather: storm });
    await talk(scene, { length: Minutes(1), period: Seconds(1) });
    await scene.clock.advance({ by: Minutes(2) });
    expect(scene.clock.next()).toBeNull();
  });
});
