/** A body that gives beats and steps: all above the detectors is the program. */
import { describe, expect, test } from "bun:test";

import { Millis, Minutes, Seconds } from "#wire/units.ts";

import { BandScene } from "./band-scene.ts";
import { type BeatLayer, createBeatLayer } from "./beat-layer.ts";

/** Beats of a rate, saturation each second and a step each other second, for so long. */
async function live(
  { scene, layer }: { readonly scene: BandScene; readonly layer: BeatLayer },
  { ms, rate }: { readonly ms: number; readonly rate: number },
): Promise<void> {
  const start = scene.clock.monotonic();
  const at = (t: number, run: () => void): void =>
    void scene.clock.after(Millis(t - start), "body", run);
  const interval = rate === 0 ? Infinity : 60_000 / rate;
  for (let t = start + interval; t <= start + ms; t += interval) {
    at(t, () => layer.beat({ t, interval, quality: 90 }));
  }
  for (let t = start + 1000; t <= start + ms; t += 1000) {
    at(t, () => layer.oximetry({ t, value: 97, quality: 90 }));
    if (t % 2000 === 0) at(t, () => layer.steps(t, 1));
  }
  await scene.pass(ms);
}

function newScene(): { scene: BandScene; layer: BeatLayer } {
  const layer = createBeatLayer();
  const scene = new BandScene(layer);
  layer.wear(0, "worn");
  return { scene, layer };
}

describe("beats", () => {
  test("WB-25: are 30 means an hour, of the rate that they have", async () => {
    const body = newScene();
    await live(body, { ms: Minutes(60), rate: 72 });
    await body.scene.pass(Seconds(1));
    const readings = body.scene.readings("heart-rate");
    expect(readings.length).toBeGreaterThanOrEqual(29);
    for (const { value } of readings) expect(Math.abs(value - 72)).toBeLessThanOrEqual(1);
    expect(body.scene.readings("spo2").length).toBeGreaterThanOrEqual(11);
    expect(body.scene.readings("steps")[0]?.value).toBeGreaterThan(890);
  });

  test("WB-23: that end on a still, worn wrist are an emergency; elsewhere they are none", async () => {
    const body = newScene();
    await live(body, { ms: Minutes(2), rate: 72 });
    await live(body, { ms: Minutes(1), rate: 0 });
    expect(body.scene.events()).toEqual(["cardiac"]);
    const moving = newScene();
    await live(moving, { ms: Minutes(2), rate: 72 });
    moving.layer.still(false);
    await live(moving, { ms: Minutes(1), rate: 0 });
    expect(moving.scene.events()).toEqual([]);
  });

  test("WB-27: and a fall of such a body is confirmed and sent like any other", async () => {
    const body = newScene();
    const { scene, layer } = body;
    await scene.pass(Seconds(1));
    layer.fall({ t: scene.clock.monotonic(), quality: 90 });
    await live(body, { ms: Seconds(31), rate: 80 });
    expect(scene.events()).toEqual(["fall"]);
  });
});
