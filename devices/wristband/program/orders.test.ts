/** Desired leaves and commands, over the air. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { Minutes, Seconds } from "#wire/units.ts";

import { BandScene, createMemoryStore, type SceneOptions, sceneStart } from "./band-scene.ts";
import { createMeanLayer, type MeanBody } from "./mean-layer.ts";

const body: MeanBody = {
  wear: () => "worn",
  heartRate: () => ({ value: 70, quality: 90 }),
  spo2: () => ({ value: 96, quality: 90 }),
  steps: () => 10,
};

async function newScene(options: SceneOptions = {}, given = body): Promise<BandScene> {
  const scene = new BandScene(createMeanLayer(given), options);
  await scene.pass(Seconds(10));
  return scene;
}

/** A command, by its id and its name, that is good for an hour. */
function order(scene: BandScene, words: string, args: Record<string, string> = {}): void {
  const [id = "", name = ""] = words.split(" ");
  const deadline = scene.clock.now() + Minutes(60);
  const leaves = Object.entries(args).map(([path, value]) => ({ path, value }));
  scene.tell({ kind: "command", id, name, deadline, args: leaves });
}

/** What was answered, in order of its own times. */
function answers(scene: BandScene): string[] {
  const said = scene.bodies("answer").toSorted((a, b) => a.t.ms - b.t.ms);
  return said.map(({ id, state, code }) =>
    [id, state, code].filter((word) => word !== "").join(" "),
  );
}

describe("desired leaves", () => {
  test("a profile is applied at once, answered, and kept across a restart", async () => {
    const store = createMemoryStore();
    const scene = await newScene({ store });
    scene.tell({ kind: "desired", v: 3, leaves: [{ path: "config/profile", value: "dense" }] });
    await scene.pass(Seconds(1));
    expect(scene.bodies("settled")).toMatchObject([{ v: 3, leaves: [{ path: "config/profile" }] }]);
    await scene.pass(Minutes(1));
    const dense = scene.readings("heart-rate").filter(({ window }) => window === 1000);
    expect(dense.length).toBeGreaterThan(50);
    const again = await newScene({ store, seed: 2 });
    expect(again.reported("config/profile")).toBe("dense");
    again.tell({ kind: "desired", v: 4, leaves: [{ path: "config/profile", value: null }] });
    await again.pass(Seconds(1));
    expect(again.band.state.plan().heartRate.window).toBe(Minutes(2));
  });

  test("the same wish again wears out no flash", async () => {
    const memory = createMemoryStore();
    let writes = 0;
    const write = (name: string, bytes: Uint8Array): void => {
      writes += 1;
      memory.write(name, bytes);
    };
    const scene = await newScene({ store: { ...memory, write } });
    for (let v = 1; v <= 5; v += 1) {
      scene.tell({ kind: "desired", v, leaves: [{ path: "config/hypoxaemia", value: 88 }] });
      await scene.pass(Seconds(1));
    }
    expect(scene.bodies("settled")).toHaveLength(5);
    expect(writes).toBe(1);
  });

  test("each leaf is judged by itself, with the reason", async () => {
    const scene = await newScene();
    const leaves = [
      { path: "config/hypoxaemia", value: 88 },
      { path: "config/hypoxaemia2", value: 88 },
      { path: "config/heartRateLow", value: 200 },
      { path: "config/profile", value: "constructor" },
    ];
    scene.tell({ kind: "desired", v: 1, leaves });
    await scene.pass(Seconds(1));
    expect(scene.bodies("settled").flatMap((said) => said.leaves)).toEqual([
      { path: "config/hypoxaemia" },
      { path: "config/hypoxaemia2", code: "unknown" },
      { path: "config/heartRateLow", code: "invalid" },
      { path: "config/profile", code: "invalid" },
    ]);
  });

  test("whatever is asked for, every leaf is answered, and the wristband goes on", async () => {
    const path = fc.constantFrom("config/profile", "config/hypoxaemia", "config/x", "toString");
    const value = fc.oneof(
      ...[fc.constant(null), fc.boolean(), fc.nat(300), fc.constantFrom("seed", "dense", "x")],
    );
    const law = fc.asyncProperty(
      fc.array(fc.record({ path, value }), { maxLength: 4 }),
      async (leaves) => {
        const scene = await newScene();
        scene.tell({ kind: "desired", v: 1, leaves });
        await scene.pass(Seconds(1));
        const settled = scene.bodies("settled").flatMap((said) => said.leaves);
        expect(settled.map((leaf) => leaf.path)).toEqual(leaves.map((leaf) => leaf.path));
      },
    );
    await fc.assert(law, { numRuns: 30 });
  });

  test("an older wish that the air brings late has nothing more to say", async () => {
    const scene = await newScene();
    scene.tell({ kind: "desired", v: 6, leaves: [{ path: "config/hypoxaemia", value: 88 }] });
    await scene.pass(Seconds(1));
    scene.tell({ kind: "desired", v: 5, leaves: [{ path: "config/hypoxaemia", value: 80 }] });
    await scene.pass(Seconds(1));
    expect(scene.bodies("settled").map(({ v }) => v)).toEqual([6]);
    scene.radio.move(50);
    await scene.pass(Seconds(1));
    scene.radio.move(1);
    await scene.pass(Seconds(3));
    scene.tell({ kind: "desired", v: 1, leaves: [{ path: "config/hypoxaemia", value: 90 }] });
    await scene.pass(Seconds(1));
    expect(scene.bodies("settled").map(({ v }) => v)).toEqual([6, 1]);
  });
});

describe("commands", () => {
  test("measure: the next good value is the answer, and a reading", async () => {
    const scene = await newScene();
    order(scene, "cmd-1 measure", { metric: "spo2" });
    await scene.pass(Seconds(3));
    expect(answers(scene)).toEqual(["cmd-1 accepted", "cmd-1 done measured"]);
    expect(scene.bodies("answer").find(({ state }) => state === "done")?.result).toEqual([
      { path: "value", value: 96 },
      { path: "quality", value: 90 },
    ]);
    expect(scene.readings("spo2")).toMatchObject([{ value: 96, window: 0 }]);
  });

  test("measure: fails after a minute of a wristband that is not worn, or has no signal", async () => {
    const off = await newScene({}, { ...body, wear: () => "off" });
    order(off, "cmd-1 measure", { metric: "heart-rate" });
    await off.pass(Seconds(70));
    expect(answers(off)).toEqual(["cmd-1 accepted", "cmd-1 failed not_worn"]);
    const poor = await newScene({}, { ...body, spo2: () => ({ value: 70, quality: 10 }) });
    order(poor, "cmd-1 measure", { metric: "spo2" });
    await poor.pass(Seconds(70));
    expect(answers(poor)).toEqual(["cmd-1 accepted", "cmd-1 failed no_signal"]);
  });

  test("locate: buzzes and shows itself until it is found", async () => {
    const scene = await newScene();
    order(scene, "cmd-1 locate");
    await scene.pass(Seconds(5));
    expect(scene.seen.buzzes).toEqual(["found"]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "here", title: "JE SUIS ICI" });
    await scene.press(200);
    await scene.pass(Seconds(1));
    expect(answers(scene)).toEqual(["cmd-1 accepted", "cmd-1 done"]);
    expect(scene.seen.buzzes).toEqual(["found", "none"]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "well" });
  });

  test("identify: shows which one it is", async () => {
    const scene = await newScene();
    order(scene, "cmd-1 identify");
    await scene.pass(Seconds(5));
    expect(scene.band.state.picture()).toMatchObject({ sign: "here", title: "B-DEMO1" });
    await scene.pass(Seconds(10));
    expect(answers(scene)).toEqual(["cmd-1 accepted", "cmd-1 done"]);
  });

  test("calibrate: of a still wrist; kept across a restart", async () => {
    const scene = await newScene();
    order(scene, "cmd-1 calibrate", { sensor: "accelerometer" });
    order(scene, "cmd-2 calibrate", { sensor: "ppg" });
    order(scene, "cmd-3 calibrate", { sensor: "thermometer" });
    await scene.pass(Seconds(5));
    expect(answers(scene).toSorted()).toEqual([
      "cmd-1 accepted",
      "cmd-1 done calibrated",
      "cmd-2 accepted",
      "cmd-2 done measured",
      "cmd-3 rejected invalid_argument",
    ]);
  });

  test("what it does not know, and what comes too late, is rejected", async () => {
    const scene = await newScene();
    order(scene, "cmd-1 dance");
    const deadline = sceneStart + Seconds(5);
    scene.tell({ kind: "command", id: "cmd-2", name: "locate", deadline, args: [] });
    await scene.pass(Seconds(5));
    expect(answers(scene)).toEqual(["cmd-1 rejected unknown_command", "cmd-2 rejected too_late"]);
    expect(scene.seen.buzzes).toEqual([]);
  });

  test("restart: is answered before it happens, and done after it", async () => {
    const store = createMemoryStore();
    const scene = await newScene({ store });
    order(scene, "cmd-1 restart");
    await scene.pass(Seconds(1));
    expect(scene.seen.restarts).toBe(0);
    expect(answers(scene)).toEqual(["cmd-1 accepted restarting"]);
    await scene.pass(Seconds(3));
    expect(scene.seen.restarts).toBe(1);
    const again = await newScene({ store, seed: 2 });
    expect(answers(again)).toEqual(["cmd-1 done restarted"]);
    order(again, "cmd-1 restart");
    await again.pass(Seconds(10));
    expect(again.seen.restarts).toBe(0);
  });

  test("what a restart interrupted has failed, and is not done again", async () => {
    const store = createMemoryStore();
    const scene = await newScene({ store });
    order(scene, "cmd-1 locate");
    await scene.pass(Seconds(2));
    const again = await newScene({ store, seed: 2 });
    order(again, "cmd-1 locate");
    await again.pass(Seconds(2));
    expect(new Set(answers(again))).toEqual(new Set(["cmd-1 failed interrupted"]));
    expect(again.seen.buzzes).toEqual([]);
  });

  test("exactly one effect for each id, however often it comes, across restarts", async () => {
    const ids = fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 25 });
    const law = fc.asyncProperty(ids, fc.nat(), async (all, seed) => {
      const store = createMemoryStore();
      let effects = 0;
      const half = Math.floor(all.length / 2);
      for (const some of [all.slice(0, half), all.slice(half)]) {
        const weather = { loss: 0.2, duplication: 0.3, swap: 0.2, damage: 0.05 };
        const scene = await newScene({ store, seed, weather });
        for (const id of some) {
          order(scene, `cmd-${id} locate`);
          await scene.pass(Seconds(40));
        }
        effects += scene.seen.buzzes.filter((kind) => kind === "found").length;
      }
      expect(effects).toBe(new Set(all).size);
    });
    await fc.assert(law, { numRuns: 25 });
  });

  test("more at once than it can do are told that it is busy", async () => {
    const scene = await newScene();
    for (let id = 1; id <= 5; id += 1) order(scene, `cmd-${id} locate`);
    await scene.pass(Seconds(5));
    expect(answers(scene).filter((said) => said.endsWith("rejected busy"))).toHaveLength(1);
  });
});
