import { describe, expect, test } from "bun:test";

import type { Picture } from "#devices/wristband/program/picture.ts";
import { encodeFrame } from "#wire/frames/frame.ts";
import { bandGatt } from "#wire/gatt.ts";

import { createFakeWatch } from "../parity/fake-watch.ts";
import { listenToButtons } from "./button.ts";
import { openRadio } from "./radio.ts";
import { createScreen } from "./screen.ts";
import { readAcceleration, readLight } from "./sensors.ts";
import { createShaking } from "./shaking.ts";
import { createStore } from "./store.ts";
import { createWatchClock } from "./time.ts";

describe("the radio", () => {
  const body = Uint8Array.of(1, 2, 3);
  const data = { kind: "data", epoch: 1, number: 1, behind: 0, body } as const;
  const ack = { kind: "ack", lane: "emergency", epoch: 1, upTo: 1, bits: 0 } as const;

  test("indicates emergencies and nothing else, and notifies the rest", () => {
    const fake = createFakeWatch();
    const radio = openRadio(fake.watch, "B-1");
    const said: string[] = [];
    fake.onValue((name) => said.push(name));
    fake.link(true);
    radio.send(encodeFrame({ ...data, lane: "emergency" }));
    radio.send(encodeFrame({ ...data, lane: "routine" }));
    radio.send(encodeFrame(ack));
    expect(said).toEqual([bandGatt.emergency, bandGatt.routine, bandGatt.routine]);
  });

  test("hands on what a box writes, says when the link changes, and keeps silent without one", () => {
    const fake = createFakeWatch();
    const radio = openRadio(fake.watch, "B-1");
    const heard: unknown[] = [];
    radio.onFrame((bytes) => heard.push([...bytes]));
    radio.onLink((up) => heard.push(up));
    fake.onValue(() => heard.push("said"));
    radio.send(encodeFrame(ack));
    fake.link(true);
    fake.link(true);
    fake.tell(body);
    fake.link(false);
    expect(heard).toEqual([true, [1, 2, 3], false]);
    expect(radio.up).toBe(false);
  });

  test("a radio that is busy loses a frame, and no more", () => {
    const fake = createFakeWatch();
    const radio = openRadio(fake.watch, "B-1");
    fake.link(true);
    fake.onValue(() => {
      throw new Error("BUSY");
    });
    expect(() => radio.send(encodeFrame({ ...data, lane: "emergency" }))).not.toThrow();
  });

  test("WB-14: lets itself be bonded only while its window is open, and says so under its serial", () => {
    const fake = createFakeWatch();
    const radio = openRadio(fake.watch, "B-1");
    radio.advertise({ pairing: true });
    radio.advertise({ pairing: false });
    expect(fake.deeds.filter((deed) => /Security|Advertising/.test(deed))).toEqual([
      'setSecurity {"pair":true,"bond":true,"lesc":true}',
      "setAdvertising B-1 1",
      'setSecurity {"pair":false,"bond":true,"lesc":true}',
      "setAdvertising B-1 0",
    ]);
  });
});

describe("the sensors", () => {
  test("the accelerometer is set to ±8 g fifty times a second", () => {
    const fake = createFakeWatch();
    const felt: unknown[] = [];
    readAcceleration(fake.watch, (event) => felt.push(event.z));
    fake.accelerate({ x: 0.5, y: 0, z: -1.5, mag: 1.6 });
    expect(felt).toEqual([-1.5]);
    expect(fake.deeds).toEqual([
      "accelWr 24 116",
      "accelWr 27 66",
      "accelWr 24 244",
      "setPollInterval 20",
    ]);
  });

  test("the light's rate is set before it is switched on", () => {
    const fake = createFakeWatch();
    const seen: unknown[] = [];
    readLight(fake.watch, (event) => seen.push(event.raw));
    fake.shine({ raw: 8123 });
    expect(seen).toEqual([8123]);
    expect(fake.deeds).toEqual(['setOptions {"hrmPollInterval":40}', "setHRMPower true"]);
  });
});

test("the button calls, a long touch pairs, a short one does nothing, and the watch stays in the app", () => {
  const fake = createFakeWatch();
  const presses: string[] = [];
  listenToButtons(fake.watch, (button, down) => presses.push(`${button} ${down ? "down" : "up"}`));
  fake.press({ state: true });
  fake.press({ state: false });
  fake.touch({ type: 0 });
  fake.touch({ type: 2 });
  expect(presses).toEqual(["call down", "call up", "pair down", "pair up"]);
  expect(fake.deeds).toEqual(['setOptions {"btnLoadTimeout":0}']);
});

test("the clock wakes the program once, at the latest time that it asked for, and never goes back", () => {
  const fake = createFakeWatch();
  let steps = 0;
  let setBack = 0;
  const seconds = (): number => fake.watch.seconds() - setBack;
  const clock = createWatchClock({ ...fake.watch, seconds }, () => (steps += 1));
  clock.wake(500);
  clock.wake(100);
  fake.timers.pass(99);
  expect(steps).toBe(0);
  fake.timers.pass(1000);
  expect(steps).toBe(1);
  expect(clock.now()).toBe(1000);
  setBack = 3600;
  expect(clock.now()).toBe(1000);
});

test("a buzz that was begun ends when it is told to", () => {
  const fake = createFakeWatch();
  const buzz = createShaking(fake.watch);
  buzz("ask");
  fake.timers.pass(2500);
  buzz("none");
  fake.timers.pass(60_000);
  expect(fake.deeds).toEqual(["buzz 400", "buzz 400", "buzz 400"]);
});

test("what is stored is read again, byte for byte, and what was not is not there", () => {
  const store = createStore(createFakeWatch().storage);
  const all = Uint8Array.from({ length: 256 }, (_, value) => value);
  store.write("config", all);
  expect(store.read("config")).toEqual(all);
  expect(store.read("gain")).toBeUndefined();
});

describe("the display", () => {
  const well: Picture = {
    ...{ sign: "well", title: "TOUT VA BIEN", detail: "" },
    ...{ battery: 4, charging: false, far: true },
  };

  test("shows the picture when it is ours, and what it was before", () => {
    const fake = createFakeWatch();
    const screen = createScreen(fake.watch);
    screen.draw(well);
    expect(fake.deeds).toEqual([]);
    screen.show();
    screen.draw({ ...well, detail: "3" });
    expect(fake.deeds).toEqual(["draw :) | TOUT VA BIEN |  !", "draw :) | TOUT VA BIEN | 3 |  !"]);
  });

  test("is left to other apps, but for what the wearer must see now", () => {
    const fake = createFakeWatch();
    createScreen(fake.watch).draw({ ...well, sign: "ask", title: "CHUTE ?" });
    expect(fake.deeds).toEqual(["setLCDPower true", "draw ? | CHUTE ? |  !"]);
  });
});
