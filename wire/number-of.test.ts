import { describe, expect, test } from "bun:test";

import { encodeReadings } from "./codec.ts";
import { parseEpoch, parseSerial } from "./identity.ts";
import { numberOf } from "./number-of.ts";

const pack = {
  device: parseSerial("B-1")!,
  epoch: parseEpoch("e1")!,
  readings: [],
  rejected: [],
};
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the number of a refused message", () => {
  test("is read where it stands when the message parses", () => {
    const epoch = parseEpoch("e1")!;
    expect(numberOf(utf8('{"seq":7,"epoch":"e1","colour":"red"}'))).toEqual({ epoch, seq: 7 });
    expect(
      numberOf(utf8('[{"v":7,"n":"seq"},{"x_":1,"n":"urn:dev:vigie:B-1:epoch","vs":"e1"}]')),
    ).toEqual({ epoch, seq: 7 });
  });

  test("is found in a message cut short, in either form, whatever its size", () => {
    for (const seq of [1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40]) {
      for (const form of ["json", "cbor"] as const) {
        const bytes = encodeReadings({ ...pack, seq, battery: 50 }, form);
        const found = numberOf(bytes.subarray(0, bytes.length - 3));
        // Above 2^32 our CBOR is a float, which is not searched for.
        const searched = form === "json" || seq < 2 ** 32;
        expect(found).toEqual(searched ? { epoch: pack.epoch, seq } : undefined);
      }
    }
    const seven = { epoch: pack.epoch, seq: 7 };
    expect(numberOf(utf8('{"epoch":"e1","seq":7,"parts":{'))).toEqual(seven);
  });

  test("is found in a message nested too deep", () => {
    const deep = `{"epoch":"e1","seq":7,"parts":${"[".repeat(100)}`;
    expect(numberOf(utf8(deep))).toEqual({ epoch: pack.epoch, seq: 7 });
  });

  test("is not made up: half a number, or none, is no number", () => {
    for (const text of [
      "",
      "[]",
      "null",
      '{"epoch":"e1"}',
      '{"epoch":"e1","seq":0}',
      '{"epoch":"E1","seq":1}',
      '{"epoch":"e1","seq":12',
      '{"epoch":"e1","seq":1.5,',
      '{"epoch":"e1","seq":99999999999999999999,',
    ]) {
      expect(numberOf(utf8(text))).toBeUndefined();
    }
    expect(numberOf(Bun.gzipSync('{"epoch":"e1","seq":7}'))).toBeUndefined();
  });

  test("is not taken from inside a text", () => {
    expect(numberOf(utf8('{"detail":"\\"epoch\\":\\"e1\\",\\"seq\\":7,",'))).toBeUndefined();
  });
});
