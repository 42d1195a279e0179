/**
 * Goal: what the field speaks today is understood for as long as it is spoken.
 * Method: every file of fixtures/ is read, compared with what it says, and written again.
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { canonical } from "./canonical.ts";
import * as codec from "./codec.ts";
import { parseEpoch, parseSerial } from "./identity.ts";
import type { Parsed, ReadingsPack } from "./messages.ts";
import { Instant } from "./units.ts";

const folder = join(import.meta.dir, "fixtures");
const device = parseSerial("B-DEMO1")!;
const box = parseSerial("X-DEMO1")!;
const now = 1_790_000_000_000;
const context = { device, receivedAt: Instant(now) };

/** What `readings.v1` says, in either form. */
const pack: ReadingsPack = {
  device,
  epoch: parseEpoch("k3v9")!,
  seq: 1042,
  battery: 82,
  firmware: "1.4.0",
  readings: [
    {
      metric: "heart-rate",
      value: 71,
      t: Instant(now - 480_000),
      window: 120_000,
      quality: 93,
    },
    {
      metric: "heart-rate",
      value: 74,
      t: Instant(now - 360_000),
      window: 120_000,
      quality: 61,
      flags: ["motion"],
    },
    { metric: "spo2", value: 96.5, t: Instant(now - 300_000), window: 300_000, quality: 88 },
    { metric: "steps", value: 412, t: Instant(now), window: 1_800_000 },
  ],
  rejected: [],
};

const plain: Readonly<Record<string, (bytes: Uint8Array) => Parsed<codec.JsonMessage>>> = {
  "event.v1.json": (bytes) => codec.decodeEvent(bytes, { device }),
  "reported.v1.json": (bytes) => codec.decodeReported(bytes, { device: box }),
  "alive.v1.json": (bytes) => codec.decodeAlive(bytes, { device: box }),
  "answer.v1.json": (bytes) => codec.decodeAnswer(bytes, { device, id: "cmd-41" }),
  "answer-desired.v1.json": (bytes) => codec.decodeAnswer(bytes, { device, id: "desired-7" }),
  "stored.v1.json": codec.decodeReceipt,
  "desired.v1.json": codec.decodeDesired,
  "command.v1.json": codec.decodeCommand,
};

function read(file: string): Uint8Array {
  const bytes = readFileSync(join(folder, file));
  return file.endsWith(".hex") ? Buffer.from(bytes.toString().replaceAll(/\s/g, ""), "hex") : bytes;
}

/** The file's JSON as the wire writes it. */
function compact(file: string): string {
  return canonical(JSON.parse(new TextDecoder().decode(read(file))));
}

describe("golden messages", () => {
  for (const [file, decode] of Object.entries(plain)) {
    test(`${file} is read, and written again as it is`, () => {
      const message = decode(read(file));
      if (message.kind === "refused") throw new Error(message.why);
      expect(new TextDecoder().decode(codec.encodeJson(message.value))).toBe(compact(file));
    });
  }

  test("readings.v1 says the same in JSON and in CBOR, and is written again as it is", () => {
    const [json, cbor] = ["readings.v1.json", "readings.v1.cbor.hex"];
    for (const file of [json, cbor]) {
      expect(codec.decodeReadings(read(file), context)).toEqual({ kind: "parsed", value: pack });
    }
    expect(new TextDecoder().decode(codec.encodeReadings(pack, "json"))).toBe(compact(json));
    expect(codec.encodeReadings(pack, "cbor")).toEqual(new Uint8Array(read(cbor)));
  });

  test("readings-by-hand.v1 is measured when it arrives", () => {
    expect(codec.decodeReadings(read("readings-by-hand.v1.json"), context)).toMatchObject({
      value: {
        seq: 1,
        battery: 82,
        readings: [{ metric: "heart-rate", value: 71, t: now, window: 120_000, quality: 90 }],
        rejected: [],
      },
    });
  });

  test("every file of the folder is one of these", () => {
    const readings = ["readings.v1.json", "readings.v1.cbor.hex", "readings-by-hand.v1.json"];
    expect(readdirSync(folder).toSorted()).toEqual(
      ["README.md", ...readings, ...Object.keys(plain)].toSorted(),
    );
  });
});
