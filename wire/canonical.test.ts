import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { canonical } from "./canonical.ts";

describe("canonical JSON", () => {
  test("keys are sorted at every depth and nothing is spaced", () => {
    expect(canonical({ b: [1, { d: null, c: "é" }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"é","d":null}]}',
    );
  });

  test("an absent member is left out", () => {
    expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test("JSON reads it back as the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(canonical(value));
        expect(parsed).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(parsed)).toBe(canonical(value));
      }),
    );
  });

  test("the order in which keys were written does not matter", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonical(reversed)).toBe(canonical(value));
      }),
    );
  });

  test("what JSON cannot say throws", () => {
    for (const value of [undefined, Number.NaN, Infinity, 1n, () => 1]) {
      expect(() => canonical(value)).toThrow(TypeError);
      expect(() => canonical([value])).toThrow(TypeError);
    }
  });
});
