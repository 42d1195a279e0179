/** Goal: the people of a home see and hear what is wrong, once. Method: the whole box in memory. */
import { describe, expect, test } from "bun:test";

import { Minutes, Seconds } from "#wire/units.ts";

import { BoxScene, linked, pulse, wall } from "../box-scene.ts";

describe("BX-14: each fault has its own code within 60 s, and all well is a clock", () => {
  const faults: readonly [string, string, (scene: BoxScene, isWrong: boolean) => void][] = [
    ["Ethernet", "E2", (scene, isWrong) => scene.cutLine(isWrong)],
    [
      "SIM",
      "E3",
      ({ modem }, isWrong) => {
        modem.sins = isWrong ? { sim: "none" } : {};
      },
    ],
    [
      "disk",
      "E4",
      (scene, isWrong) => {
        scene.isDiskFull = isWrong;
      },
    ],
    ["clock", "E5", ({ time }, isWrong) => time.set(isWrong ? "free" : "synchronised")],
  ];
  test.each(faults)("%s", async (_name, code, set) => {
    const scene = await linked();
    await scene.after(Minutes(2));
    expect(scene.drawn.at(-1)?.codes).toEqual([]);
    set(scene, true);
    await scene.after(Seconds(60));
    expect(scene.drawn.at(-1)?.codes).toEqual([code]);
    expect(scene.panel.shown).toBe("fault");
    set(scene, false);
    await scene.after(Minutes(2));
    expect(scene.drawn.at(-1)?.codes).toEqual([]);
    expect(scene.panel.shown).toBe("well");
  });

  test("Bluetooth, with a wristband and without one", async () => {
    for (const scene of [new BoxScene(), await linked()]) {
      scene.radio.isBroken = true;
      scene.air.move(50);
      await scene.after(Seconds(60));
      expect(scene.drawn.at(-1)?.codes).toEqual(["E1"]);
      scene.radio.isBroken = false;
      await scene.after(Minutes(2));
      expect(scene.drawn.at(-1)?.codes).toEqual([]);
    }
  });

  test("the screen is drawn once a minute, and not for nothing", async () => {
    const scene = await linked();
    const before = scene.drawn.length;
    await scene.after(Minutes(10));
    expect(scene.drawn).toHaveLength(before + 10);
    expect(scene.drawn.at(-1)?.time).toMatch(/^\d\d:\d\d$/);
  });
});

describe("PE-11: each local warning is heard once, until it is cleared", () => {
  test("a low battery", async () => {
    const scene = await linked();
    const say = async (battery: number): Promise<void> => {
      scene.say({ ...pulse(wall(scene.clock.now())), battery });
      await scene.after(Seconds(1));
    };
    for (const battery of [21, 20, 19, 22, 18]) await say(battery);
    expect(scene.panel.heard.filter((buzz) => buzz === "warning")).toHaveLength(1);
    expect(scene.drawn.at(-1)?.warnings).toEqual(["battery_low"]);
    await say(90);
    expect(scene.drawn.at(-1)?.warnings).toEqual([]);
    await say(10);
    expect(scene.panel.heard.filter((buzz) => buzz === "warning")).toHaveLength(2);
  });

  test("a wristband that is away for five minutes", async () => {
    const scene = await linked();
    scene.air.move(50);
    await scene.after(Minutes(4));
    expect(scene.drawn.at(-1)?.warnings).toEqual([]);
    await scene.after(Minutes(30));
    expect(scene.drawn.at(-1)?.warnings).toEqual(["bluetooth_lost"]);
    expect(scene.panel.heard.filter((buzz) => buzz === "warning")).toHaveLength(1);
    scene.air.move(1);
    await scene.after(Minutes(2));
    expect(scene.drawn.at(-1)?.warnings).toEqual([]);
  });
});
