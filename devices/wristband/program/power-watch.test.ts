/** The battery and the cable, over the air. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { Hours, Minutes, Seconds } from "#wire/units.ts";

import { BandScene } from "./band-scene.ts";
import { createMeanLayer } from "./mean-layer.ts";
import { batteryStep } from "./picture.ts";

function newScene(): BandScene {
  return new BandScene(
    createMeanLayer({
      wear: () => "worn",
      heartRate: () => undefined,
      spo2: () => undefined,
      steps: () => 0,
    }),
  );
}

/** The battery at one level after another, a minute each. */
async function drain(scene: BandScene, levels: readonly number[]): Promise<void> {
  for (const level of levels) {
    scene.power = { ...scene.power, level };
    await scene.pass(Minutes(1));
  }
  await scene.pass(Seconds(1));
}

describe("WB-19: a low battery", () => {
  test("is shown, and told once, with hysteresis", async () => {
    const scene = newScene();
    await drain(scene, [30, 21, 20, 19, 20, 21, 24, 19]);
    expect(scene.events()).toEqual(["low_battery"]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "low", title: "PILE FAIBLE" });
    await drain(scene, [10]);
    expect(scene.band.state.picture()).toMatchObject({ title: "PILE TRES FAIBLE" });
    await drain(scene, [26, 20]);
    expect(scene.events()).toEqual(["low_battery", "low_battery"]);
  });

  test("is told once for each time that it sinks through 20 from above 25, whatever it does", async () => {
    const law = fc.asyncProperty(fc.array(fc.nat(60), { maxLength: 40 }), async (levels) => {
      const scene = newScene();
      const seen = levels.map((level) => level + 3);
      await drain(scene, seen);
      let well = true;
      let due = 0;
      for (const level of seen) {
        if (level > 25) well = true;
        if (level > 20 || !well) continue;
        well = false;
        due += 1;
      }
      expect(scene.events().filter((event) => event === "low_battery")).toHaveLength(due);
    });
    await fc.assert(law, { numRuns: 20 });
  });

  test("F07: says that it will be gone, before all else, while it can", async () => {
    const scene = newScene();
    await drain(scene, [4, 2, 1, 1]);
    const last = scene.heard.filter(({ lane }) => lane === "emergency");
    expect(last.map(({ body }) => body.kind === "event" && body.event)).toEqual(["power_lost"]);
  });
});

describe("WB-18, WB-06: what is shown and said of it", () => {
  test("the display has its fifths, and is drawn when one is gone", async () => {
    expect([0, 1, 20, 21, 79, 80, 81, 100].map(batteryStep)).toEqual([0, 1, 1, 2, 4, 4, 5, 5]);
    const scene = newScene();
    await scene.pass(Minutes(1));
    scene.seen.pictures.length = 0;
    await drain(
      scene,
      Array.from({ length: 100 }, (_, gone) => 100 - gone),
    );
    expect(scene.seen.pictures.length).toBeLessThanOrEqual(5 + 2);
    expect(scene.seen.pictures.every(({ battery }) => battery <= 5)).toBe(true);
  });

  test("what it says carries the level of that minute", async () => {
    const scene = newScene();
    await drain(scene, [80, 79, 78, 77, 76, 75]);
    const levels = scene.bodies("readings").map(({ battery }) => battery);
    expect(levels).toEqual([78, 76]);
  });
});

describe("WB-04: the cable", () => {
  test("charges: said, shown, and over when it is taken out", async () => {
    const scene = newScene();
    await scene.pass(Minutes(1));
    await scene.plug(true);
    expect(scene.band.state.mode()).toBe("charging");
    expect(scene.band.state.picture()).toMatchObject({ sign: "charging", charging: true });
    await scene.plug(false);
    await scene.pass(100);
    expect(scene.band.state.mode()).toBe("running");
    expect(scene.reported("power/charging")).toBe(false);
  });

  test("with the button held it is a rescue: the wristband waits to be flashed", async () => {
    const scene = newScene();
    await scene.pass(Minutes(1));
    scene.band.press("call", true);
    await scene.plug(true);
    await scene.pass(Seconds(3));
    expect(scene.band.state.mode()).toBe("recovery");
    expect(scene.seen.recoveries).toBe(1);
    expect(scene.seen.pictures.at(-1)).toMatchObject({ sign: "recovery", title: "SECOURS" });
    expect(scene.reported("power/mode")).toBe("recovery");
    scene.heard.length = 0;
    await scene.pass(Hours(1));
    expect(scene.heard).toEqual([]);
  });
});
