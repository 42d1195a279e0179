/** Emergencies, buttons and pairing, over the air. */
import { describe, expect, test } from "bun:test";

import { decodeFrame } from "#wire/frames/frame.ts";
import { Minutes, Seconds } from "#wire/units.ts";

import { BandScene } from "./band-scene.ts";
import { createMeanLayer, type MeanLayer } from "./mean-layer.ts";

/** A person who wears the wristband. */
function newLayer(): MeanLayer {
  return createMeanLayer({
    wear: () => "worn",
    heartRate: () => ({ value: 70, quality: 90 }),
    spo2: () => ({ value: 96, quality: 90 }),
    steps: () => 0,
  });
}

async function newScene(): Promise<{ scene: BandScene; layer: MeanLayer }> {
  const layer = newLayer();
  const scene = new BandScene(layer);
  await scene.pass(Seconds(10));
  scene.seen.pictures.length = 0;
  scene.seen.buzzes.length = 0;
  return { scene, layer };
}

describe("a fall", () => {
  test("WB-27: is at the box within a second of being confirmed, in the lane of emergencies", async () => {
    const { scene, layer } = await newScene();
    const t = scene.clock.monotonic();
    layer.fall({ t, quality: 87 });
    await scene.pass(Seconds(29));
    expect(scene.events()).toEqual([]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "ask", title: "CHUTE ?" });
    await scene.pass(Seconds(2));
    const heard = scene.heard.find(({ body }) => body.kind === "event");
    expect(heard).toMatchObject({ lane: "emergency", body: { event: "fall", number: 1 } });
    expect(heard?.body).toMatchObject({ cause: "impact", quality: 87 });
    expect((heard?.at ?? Infinity) - t - Seconds(30)).toBeLessThanOrEqual(1000);
    expect(scene.seen.buzzes).toEqual(["ask", "alarm"]);
  });

  test("CF-41: is called off by a press, and the box hears that one was suspected", async () => {
    const { scene, layer } = await newScene();
    layer.fall({ t: scene.clock.monotonic(), quality: 60 });
    await scene.pass(Seconds(20));
    await scene.press(200);
    await scene.pass(Minutes(1));
    expect(scene.events()).toEqual([]);
    expect(scene.reported("wear/dismissedFall")).toBe("cancelled");
    expect(scene.band.state.picture()?.sign).toBe("well");
  });

  test("F05: of somebody who moves about is none", async () => {
    const { scene, layer } = await newScene();
    layer.fall({ t: scene.clock.monotonic(), quality: 60, moves: true });
    await scene.pass(Minutes(1));
    expect(scene.events()).toEqual([]);
    expect(scene.reported("wear/dismissedFall")).toBe("moving");
  });

  test("WB-18: shows that help was told once the box has it, until a press", async () => {
    const { scene, layer } = await newScene();
    scene.radio.move(50);
    layer.fall({ t: scene.clock.monotonic(), quality: 87 });
    await scene.pass(Seconds(60));
    expect(scene.band.state.picture()).toMatchObject({ sign: "calling" });
    await scene.press(200);
    expect(scene.band.state.picture()).toMatchObject({ sign: "calling" });
    scene.radio.move(1);
    await scene.pass(Seconds(10));
    expect(scene.band.state.picture()).toMatchObject({ sign: "called", title: "AIDE PREVENUE" });
    await scene.press(200);
    expect(scene.band.state.picture()).toMatchObject({ sign: "well" });
  });
});

describe("WB-37: SOS", () => {
  test("three seconds of the button are a call, within two seconds of it, and again and again", async () => {
    const { scene } = await newScene();
    for (let call = 1; call <= 5; call += 1) {
      const pressed = scene.clock.monotonic();
      await scene.press(Seconds(4));
      await scene.pass(Seconds(1));
      const heard = scene.heard.filter(({ body }) => body.kind === "event");
      expect(heard).toHaveLength(call);
      expect(heard.at(-1)).toMatchObject({
        lane: "emergency",
        body: { event: "sos", number: call },
      });
      expect((heard.at(-1)?.at ?? Infinity) - pressed).toBeLessThan(Seconds(5));
    }
  });

  test("a shorter press is none", async () => {
    const { scene } = await newScene();
    await scene.press(Seconds(2.9));
    await scene.pass(Minutes(1));
    expect(scene.events()).toEqual([]);
  });

  test("a button that sticks calls once", async () => {
    const { scene } = await newScene();
    await scene.press(Minutes(30));
    await scene.pass(Minutes(1));
    expect(scene.events()).toEqual(["sos"]);
  });

  test("of a person on the floor is a call too, whatever becomes of the fall", async () => {
    const { scene, layer } = await newScene();
    layer.fall({ t: scene.clock.monotonic(), quality: 60 });
    await scene.press(Seconds(4));
    await scene.pass(Minutes(1));
    expect(scene.events()).toEqual(["sos", "fall"]);
  });
});

test("WB-33: falls, cardiac events and respiratory insufficiency have codes of their own", async () => {
  const { scene, layer } = await newScene();
  const t = scene.clock.monotonic();
  layer.tell({ kind: "cardiac", t, quality: 30, why: "no_pulse" });
  layer.tell({ kind: "respiratory", t, quality: 80, why: "hypoxaemia" });
  layer.tell({ kind: "fall", t, at: t, quality: 90 });
  await scene.pass(Seconds(5));
  const said = scene.bodies("event").map(({ event, cause }) => [event, cause]);
  expect(new Map(said.map(([event, cause]) => [event, cause]))).toEqual(
    new Map([
      ["cardiac", "no_pulse"],
      ["respiratory", "hypoxaemia"],
      ["fall", "impact"],
    ]),
  );
});

test("WB-24: an emergency is sent before any routine frame that waits, until it is acknowledged", async () => {
  const { scene } = await newScene();
  const sent: string[] = [];
  const send = scene.radio.band.send.bind(scene.radio.band);
  scene.radio.band.send = (bytes) => {
    const frame = decodeFrame(bytes);
    if (frame.kind === "data") sent.push(frame.lane);
    send(bytes);
  };
  // The box hears, but what it says is lost.
  scene.radio.box.send = () => {};
  await scene.press(Seconds(4));
  await scene.pass(Seconds(10));
  const calls = sent.filter((lane) => lane === "emergency").length;
  expect(sent[0]).toBe("emergency");
  expect(calls).toBeGreaterThan(20);
  expect(scene.band.state.waiting("emergency")).toBe(1);
});

describe("WB-01, WB-14: pairing", () => {
  test("only a press opens the window, for a minute", async () => {
    const { scene } = await newScene();
    expect(scene.seen.pairing).toEqual([]);
    await scene.press(100, "pair");
    expect(scene.seen.pairing).toEqual([true]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "pairing", detail: "B-DEMO1" });
    await scene.pass(Seconds(59));
    expect(scene.seen.pairing).toEqual([true]);
    await scene.pass(Seconds(2));
    expect(scene.seen.pairing).toEqual([true, false]);
    expect(scene.band.state.picture()).toMatchObject({ sign: "well" });
  });

  test("another press opens it for another minute", async () => {
    const { scene } = await newScene();
    await scene.press(100, "pair");
    await scene.pass(Seconds(50));
    await scene.press(100, "pair");
    await scene.pass(Seconds(50));
    expect(scene.seen.pairing).not.toContain(false);
  });

  test("a link shuts it: the bond is made", async () => {
    const { scene } = await newScene();
    scene.radio.move(50);
    await scene.press(100, "pair");
    scene.radio.move(1);
    await scene.pass(Seconds(3));
    expect(scene.seen.pairing).toEqual([true, false]);
  });
});
