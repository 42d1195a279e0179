import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { decodeFloat, decodeSfloat, encodeFloat, encodeSfloat } from "./medfloat.ts";

describe("the examples of the specifications", () => {
  // Personal Health Devices Transcoding white paper; HL7 PHD implementation guide, MDER FLOATs.
  test.each([
    [0x0072, 114],
    [0x0002, 2],
    [0xf014, 2],
    [0xe0c8, 2],
    [0x1002, 20],
    [0x2002, 200],
    [0x04d2, 1234],
    [0x0b2e, -1234],
    [0xf4f6, 127],
  ])("SFLOAT %p is %p", (bits, value) => expect(decodeSfloat(bits)).toBe(value));

  test.each([
    [0xff00016c, 36.4],
    [0x00000002, 2],
    [0xff000014, 2],
    [0xfe0000c8, 2],
    [0x01000002, 20],
    [0x02000002, 200],
    [0x000004d2, 1234],
    [0x00fffb2e, -1234],
  ])("FLOAT %p is %p", (bits, value) => expect(decodeFloat(bits)).toBe(value));

  test.each([
    [0x07ff, 0x007fffff, "not_a_number"],
    [0x0800, 0x00800000, "not_at_this_resolution"],
    [0x0801, 0x00800001, "reserved"],
    [0x07fe, 0x007ffffe, "plus_infinity"],
    [0x0802, 0x00800002, "minus_infinity"],
  ] as const)("%p and %p are no number: %p", (short, long, word) => {
    expect(decodeSfloat(short)).toBe(word);
    expect(decodeFloat(long)).toBe(word);
    expect(encodeSfloat(word)).toBe(short);
    expect(encodeFloat(word)).toBe(long);
  });

  test("a special mantissa with another exponent is a number", () => {
    expect(decodeSfloat(0xf7ff)).toBe(204.7);
    expect(decodeSfloat(0xf800)).toBe(-204.8);
  });

  test("numbers are written as the white paper writes them", () => {
    expect(encodeSfloat(114)).toBe(0x0072);
    expect(encodeFloat(36.4)).toBe(0xff00016c);
    expect(encodeSfloat(-1234)).toBe(0x0b2e);
  });
});

test("every SFLOAT comes back as what it is", () => {
  for (let bits = 0; bits <= 0xffff; bits += 1) {
    const value = decodeSfloat(bits);
    // -2048, which only exists with an exponent, is written as -205 times ten.
    if ((bits & 0x0fff) === 0x0800 && bits !== 0x0800) continue;
    expect(decodeSfloat(encodeSfloat(value))).toBe(value);
  }
});

test("a number of at most three digits comes back exactly", () => {
  const law = fc.property(
    fc.integer({ min: -2045, max: 2045 }),
    fc.integer({ min: -8, max: 7 }),
    (mantissa, exponent) => {
      const value = exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent;
      expect(decodeSfloat(encodeSfloat(value)) === value).toBe(true);
      expect(decodeFloat(encodeFloat(value)) === value).toBe(true);
    },
  );
  fc.assert(law);
});

test("what is too large is written as infinite, what is none as none", () => {
  expect(encodeSfloat(1e12)).toBe(0x07fe);
  expect(encodeSfloat(-1e12)).toBe(0x0802);
  expect(encodeSfloat(Number.NaN)).toBe(0x07ff);
  expect(encodeSfloat(Number.POSITIVE_INFINITY)).toBe(0x07fe);
  expect(encodeSfloat(1e-20)).toBe(0);
});
