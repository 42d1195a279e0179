import { describe, expect, test } from "bun:test";

import { decodeReadings } from "./codec.ts";
import { parseSerial } from "./identity.ts";
import { parseJson } from "./json.ts";
import { numberOf } from "./number-of.ts";
import { parseCbor } from "./senml-cbor.ts";
import { Instant } from "./units.ts";

const context = { device: parseSerial("B-1")!, receivedAt: Instant(1_790_000_000_000) };

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function codeOf(payload: Uint8Array): string {
  const parsed = decodeReadings(payload, context);
  return parsed.kind === "refused" ? parsed.code : "parsed";
}

/** bn "urn:dev:vigie:B-1:", n "epoch", vs "e1"; n "seq", v 7. */
const number =
  "a3 21 72 75726e3a6465763a76696769653a422d313a 00 65 65706f6368 03 62 6531" +
  "a2 00 63 736571 02 07";
/** The head of a reading of temperature in Cel, up to its value. */
const temperature = "a3 00 6b 74656d7065726174757265 01 63 43656c 02";

describe("CBOR", () => {
  test("of the integer labels of the RFC is a pack", () => {
    expect(codeOf(bytes(`82 ${number}`))).toBe("parsed");
  });

  test("decimal fractions are numbers, and so are floats of every width", () => {
    for (const [hex, value] of [
      ["c4 82 20 19 016e", 36.6], // 366 × 10^-1
      ["f9 5090", 36.5],
      ["fa 42120000", 36.5],
      ["fb 4042400000000000", 36.5],
    ] as const) {
      expect(decodeReadings(bytes(`83 ${number} ${temperature} ${hex}`), context)).toMatchObject({
        value: { readings: [{ metric: "temperature", value }], rejected: [] },
      });
    }
  });

  test("NaN, infinities and integers beyond 2^53 put their record aside", () => {
    for (const hex of ["f9 7e00", "f9 7c00", "1b ffffffffffffffff", "c4 82 19 03e7 01"]) {
      expect(decodeReadings(bytes(`83 ${number} ${temperature} ${hex}`), context)).toMatchObject({
        value: { readings: [], rejected: [{ reason: "invalid_record" }] },
      });
    }
  });

  test("extension labels are text", () => {
    const heart = "a5 00 6a 68656172742d72617465 01 68 626561742f6d696e 02 18 47";
    const extras = "61 64 18 78 61 66 81 66 6d6f74696f6e"; // d 120, f ["motion"]
    expect(decodeReadings(bytes(`83 ${number} ${heart} ${extras}`), context)).toMatchObject({
      value: { readings: [{ value: 71, window: 120_000, flags: ["motion"] }] },
    });
  });

  test("F26: truncated, with bytes behind it, or of indefinite length is refused", () => {
    const whole = bytes(`82 ${number}`);
    for (let end = 1; end < whole.length; end++) {
      expect(codeOf(whole.subarray(0, end))).toBe("invalid_cbor");
    }
    expect(codeOf(bytes(`82 ${number} 00`))).toBe("invalid_cbor");
    expect(codeOf(bytes(`9f ${number} ff`))).toBe("invalid_cbor");
    expect(codeOf(bytes("81 7f 61 61 ff"))).toBe("invalid_cbor");
    expect(codeOf(bytes("81 1c"))).toBe("invalid_cbor");
  });

  test("F26: a length that the bytes cannot hold is refused before it is believed", () => {
    for (const hex of [
      "9b 0000000100000000",
      "9a ffffffff",
      "81 bb 7fffffffffffffff",
      "81 ba 80000000",
      "81 5b ffffffffffffffff",
      "81 7a 7fffffff 61",
    ]) {
      expect(codeOf(bytes(hex))).toBe("invalid_cbor");
    }
    const records = new Uint8Array(3 + 1001).fill(0xa0);
    records.set([0x99, 0x03, 0xe9]);
    expect(codeOf(records)).toBe("too_many_records");
  });

  test("F26: nesting is refused beyond the sixteenth level", () => {
    const nested = (levels: number): Uint8Array =>
      Uint8Array.from([...new Uint8Array(levels - 1).fill(0x81), 0x80]);
    expect(parseCbor(nested(16)).kind).toBe("parsed");
    expect(parseCbor(nested(17))).toMatchObject({ code: "too_deep" });
    expect(parseCbor(new Uint8Array(60_000).fill(0x81))).toMatchObject({ code: "too_deep" });
  });

  test("tags, labels and values of no use in SenML are refused", () => {
    for (const hex of [
      "d9d9f7 80", // self-described
      "81 c1 1a 6ab13b80", // a date
      "81 c2 49 010000000000000000", // a large number
      "81 c4 82 01 62 3939", // a decimal fraction of text
      "81 c4 83 01 01 01",
      "81 d8 1c 80", // a shared value
      "81 d9 0102 80", // a set
      "81 d9 dfff 80", // records of the library's own
      "81 f7", // undefined
      "81 f8 20",
      "81 a1 80 00", // a list as a label
      "81 a1 f5 00",
    ]) {
      expect(codeOf(bytes(hex))).toBe("invalid_cbor");
    }
  });

  test("F27: a label given twice is refused, as a number or as text", () => {
    expect(codeOf(bytes(`83 ${number} a2 00 61 61 00 61 62`))).toBe("invalid_cbor");
    expect(codeOf(bytes(`83 ${number} a2 00 61 61 61 6e 61 62`))).toBe("invalid_cbor");
  });

  test("a label that is every object's prototype does no harm", () => {
    const proto = "a1 69 5f5f70726f746f5f5f a1 61 61 01";
    expect(codeOf(bytes(`83 ${number} ${proto}`))).toBe("must_understand");
    expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
  });

  test("a label that must be understood refuses the pack", () => {
    expect(codeOf(bytes(`83 ${number} a1 62 785f 01`))).toBe("must_understand");
  });
});

describe("F26: payloads that are not read", () => {
  test("compressed ones are told by their first bytes", () => {
    const text = JSON.stringify([{ n: "a" }]);
    expect(codeOf(Bun.gzipSync(text))).toBe("compressed");
    expect(codeOf(Bun.zstdCompressSync(text))).toBe("compressed");
    expect(codeOf(bytes("789c abcd"))).toBe("compressed");
    expect(codeOf(Bun.gzipSync(new Uint8Array(10_000_000)))).toBe("compressed");
  });

  test("too large ones are not looked at", () => {
    const large = new Uint8Array(65_537).fill(0x5b);
    expect(codeOf(large)).toBe("invalid_message");
    expect(codeOf(large.fill(0x80))).toBe("invalid_message");
  });

  test("JSON is refused beyond the sixteenth level, unless it is in a string", () => {
    const nested = (levels: number): Uint8Array => utf8("[".repeat(levels) + "]".repeat(levels));
    expect(parseJson(nested(16)).kind).toBe("parsed");
    expect(parseJson(nested(17))).toMatchObject({ code: "too_deep" });
    expect(parseJson(utf8("[".repeat(10_000)))).toMatchObject({ code: "too_deep" });
    expect(parseJson(utf8(JSON.stringify(`\\"${"[".repeat(50)}`))).kind).toBe("parsed");
  });

  test("what is no JSON in UTF-8 is refused", () => {
    for (const text of ["", " ", "[", "[1,]", '["a]', "NaN", "[NaN]", '{"a":1', "\ufeff[]"]) {
      expect(parseJson(utf8(text))).toMatchObject({ code: "invalid_json" });
    }
    expect(parseJson(bytes("5b 22 ff 22 5d"))).toMatchObject({ code: "invalid_json" });
  });

  test("the costliest of them take less than 50 ms", () => {
    const longName = `[{"bn":"${"a".repeat(45_000)}"}${',{"n":"b","v":1}'.repeat(990)}]`;
    const manyRecords = `[${'{"n":"","v":1},'.repeat(4_000)}`;
    const almostNumbers = `{${'"epoch"      '.repeat(5_000)}`;
    for (const text of [longName, manyRecords, almostNumbers]) {
      const start = performance.now();
      codeOf(utf8(text));
      numberOf(utf8(text));
      expect(performance.now() - start).toBeLessThan(50);
    }
  });
});
