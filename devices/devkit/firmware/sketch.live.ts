/**
 * The sketch's own machine code, spoken to byte by byte: what it answers, what it refuses, and that nothing silences it.
 */
import { beforeAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";

import * as fc from "fast-check";

import { Adxl345 } from "#devices/devkit/emulator/adxl345.ts";
import type { I2cDevice } from "#devices/devkit/emulator/i2c.ts";
import { Uno } from "#devices/devkit/emulator/uno.ts";

import { buildSketch } from "./build.ts";

const sysex = (...bytes: readonly number[]): readonly number[] => [0xf0, ...bytes, 0xf7];
const input = 0;
const output = 1;
const pullup = 0x0b;
const pwm = 3;
const pinMode = 0xf4;
const tone = (note: { pin: number; hertz: number; ms: number }): readonly number[] => {
  const wide = (value: number): readonly number[] => [value & 0x7f, value >> 7];
  return sysex(0x01, note.pin, ...wide(note.hertz), ...wide(note.ms));
};
const version = [0xf9, 2, 5];
const i2c = { config: sysex(0x78, 0, 0), write: 0x00, once: 0x08, always: 0x10, stop: 0x18 };

let program: Uint8Array;
let uno: Uno;
let heard: number[];

beforeAll(async () => {
  ({ program } = await buildSketch(join(import.meta.dir, "../../../var/sketch")));
});

beforeEach(() => powerOn([new Adxl345(() => ({ x: 500, y: -1000, z: 1000 }))]));

function powerOn(devices: readonly I2cDevice[]): void {
  uno = new Uno(program, devices);
  heard = [];
  uno.listen((bytes) => heard.push(...bytes));
  uno.advance(250);
}

/** Says it, and answers what is heard in the time after. */
function ask(bytes: readonly number[], ms = 50): readonly number[] {
  heard = [];
  uno.write(Uint8Array.from(bytes));
  uno.advance(ms);
  return heard;
}

/** The texts among what is heard. */
function texts(bytes: readonly number[]): readonly string[] {
  const told = String.fromCharCode(...bytes).matchAll(/\xf0\x71([^\xf7]*)\xf7/g);
  return [...told].map(([, text]) => (text ?? "").replaceAll("\0", ""));
}

test("it tells its version and its name before it is asked, within a quarter of a second", () => {
  const name = [...new TextEncoder().encode("vigie_firmata")].flatMap((letter) => [letter, 0]);
  expect(heard).toEqual([...version, ...sysex(0x79, 1, 0, ...name)]);
});

test("a pin shows what is written to it, and tells what is put on it", () => {
  const edges: boolean[] = [];
  uno.watch(13, (isHigh) => edges.push(isHigh));
  ask([pinMode, 13, output, 0xf5, 13, 1, 0xf5, 13, 0]);
  expect(edges).toEqual([true, false]);
  uno.drive(2, true);
  expect(ask([pinMode, 2, pullup, 0xd0, 1])).toEqual([0x90, 4, 0]);
  expect(uno.isPulledUp(2)).toBe(true);
  uno.drive(2, false);
  expect(ask([])).toEqual([0x90, 0, 0]);
});

test("a write to a port leaves the pull-up of a pressed button alone", () => {
  ask([pinMode, 2, input, 0x90, 4, 0]);
  expect(uno.isPulledUp(2)).toBe(true);
  ask([0x90, 0, 0]);
  expect(uno.isPulledUp(2)).toBe(true);
});

test("a voltage is told every interval, in 1024 parts of five volts", () => {
  uno.apply(0, 1.65);
  const told = ask([...sysex(0x7a, 10, 0), 0xc0, 1], 100);
  const values = told.flatMap((byte, at) =>
    byte === 0xe0 ? [(told[at + 1] ?? 0) + (told[at + 2] ?? 0) * 128] : [],
  );
  expect(values.length).toBeGreaterThanOrEqual(9);
  expect(new Set(values)).toEqual(new Set([337]));
});

test("a level is the share of the time that a pin is high", () => {
  let high = 0;
  let rose = 0;
  uno.watch(9, (isHigh, t) => {
    if (isHigh) rose = t;
    else high += t - rose;
  });
  ask([pinMode, 9, pwm, 0xe9, 64, 0], 100);
  expect(high / 100).toBeCloseTo(64 / 255, 1);
});

test("a device on I2C is read once, and again and again until that is stopped", () => {
  ask(i2c.config);
  const reply = [0x77, 0x53, 0, 0, 0, 0x65, 1];
  expect(ask(sysex(0x76, 0x53, i2c.once, 0, 0, 1, 0))).toEqual(sysex(...reply));
  const often = ask([...sysex(0x7a, 10, 0), ...sysex(0x76, 0x53, i2c.always, 0, 0, 1, 0)], 1000);
  expect(Math.abs(often.length / (reply.length + 2) - 100)).toBeLessThanOrEqual(2);
  expect(ask(sysex(0x76, 0x53, i2c.stop)).length).toBeLessThanOrEqual(reply.length + 2);
  expect(ask([])).toEqual([]);
});

test("what does not fit is refused and said: a long message, a long read, a fifth read", () => {
  ask(i2c.config);
  expect(texts(ask(sysex(...Array.from({ length: 65 }, () => 1)), 100))).toEqual([
    "message too long",
  ]);
  expect(texts(ask(sysex(0x76, 0x53, i2c.once, 0, 0, 33, 0)))).toEqual(["I2C: length refused"]);
  const reads = [0, 1, 2, 3, 4].flatMap((place) => sysex(0x76, 0x53, i2c.always, place, 0, 1, 0));
  expect(texts(ask(reads))).toEqual(["I2C: too many reads"]);
  expect(texts(ask(sysex(0x0f)))).toEqual(["message refused"]);
  expect(texts(ask([pinMode, 5, 4]))).toEqual(["mode refused"]);
});

test("a device that is not there is said, and holds nothing up", () => {
  ask(i2c.config);
  expect(texts(ask(sysex(0x76, 0x20, i2c.once, 0, 0, 1, 0)))).toEqual(["I2C: no answer"]);
  expect(ask([0xf9])).toEqual(version);
});

test("a device that never lets go of the bus is given up", () => {
  const stuck = { address: 0x20, isStuck: true, begin: () => {}, write: () => true, read: () => 0 };
  powerOn([stuck]);
  ask(i2c.config);
  expect(texts(ask(sysex(0x76, 0x20, i2c.once, 0, 0, 1, 0)))).toEqual(["I2C: no answer"]);
  expect(ask([0xf9])).toEqual(version);
});

test("a pin, port or channel that is not there is passed over", () => {
  const edges: boolean[] = [];
  // The host's line, and a pin that is no output.
  for (const pin of [1, 8]) uno.watch(pin, (isHigh) => edges.push(isHigh));
  const elsewhere = [
    [0xdf, 1],
    [0xcf, 1],
    [pinMode, 200, output],
    [pinMode, 1, output, 0xf5, 1, 1, 0xf5, 1, 0],
    tone({ pin: 8, hertz: 880, ms: 100 }),
  ];
  for (const bytes of elsewhere) expect(ask(bytes, 100)).toEqual([]);
  expect(edges).toEqual([]);
});

test("a tone has its pitch and its time, also when it begins just as another ends", () => {
  let edges: number[] = [];
  uno.watch(8, (_, t) => edges.push(t));
  ask([pinMode, 8, output]);
  for (let gap = 19; gap < 21; gap += 0.05) {
    ask(tone({ pin: 8, hertz: 880, ms: 20 }), gap);
    edges = [];
    const asked = uno.now();
    ask(tone({ pin: 8, hertz: 440, ms: 20 }), 60);
    // Without what is left of the tone before, and the half wave that the end cuts short.
    const waves = edges.slice(-13, -1);
    const hertz = ((waves.length - 1) * 500) / ((waves.at(-1) ?? 0) - (waves[0] ?? 0));
    expect(Math.abs(hertz - 440)).toBeLessThan(10);
    // The message itself takes over a millisecond.
    expect(Math.abs((edges.at(-1) ?? 0) - asked - 21.5)).toBeLessThan(2.5);
  }
});

test("whatever bytes come, it still tells its version", () => {
  const bytes = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xf0, 0xf7)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(bytes, (noise) => {
      ask(noise, 100);
      // A reset, so that nothing that was asked for goes on; then the question.
      ask([0xff]);
      expect(ask([0xf9])).toEqual(version);
    }),
    { numRuns: 300 },
  );
}, 30_000);
