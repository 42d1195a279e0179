/** MCUboot's table, row by row. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { decide, type Row } from "./decision.ts";
import type { SwapInfo, Trailer } from "./trailer.ts";

const unset: Trailer = {
  magic: "unset",
  swap: undefined,
  swapBytes: 0xff_ff_ff_ff,
  copyDone: false,
  imageOk: false,
  records: 0,
};
const good: Trailer = { ...unset, magic: "good" };
const onTrial: SwapInfo = { type: "test", cause: "asked" };
const anySwap = fc.option(
  fc.record({
    type: fc.constantFrom("test" as const, "permanent" as const, "revert" as const),
    cause: fc.constantFrom("asked" as const, "corrupt" as const),
  }),
  { nil: undefined },
);
const anyTrailer: fc.Arbitrary<Trailer> = fc.record({
  magic: fc.constantFrom("good" as const, "unset" as const, "bad" as const),
  swap: anySwap,
  swapBytes: fc.nat(),
  copyDone: fc.boolean(),
  imageOk: fc.boolean(),
  records: fc.nat(6),
});

/** That any trailer goes with `fixed`, and the row stays the same. */
function always(pairs: fc.Arbitrary<readonly [Trailer, Trailer]>, row: Row): void {
  fc.assert(fc.property(pairs, ([main, backup]) => expect(decide(main, backup).row).toBe(row)));
}

/** Main trailers that begin no exchange. */
const resting = anyTrailer.filter(
  ({ magic, copyDone, swap }) => magic !== "good" || copyDone || swap === undefined,
);

describe("spec/ota §4, the table: the first row that fits holds", () => {
  test("row 0: an exchange that was begun is resumed, whatever backup says", () => {
    const begun = { ...good, swap: onTrial };
    always(fc.tuple(fc.constant(begun), anyTrailer), "0");
    expect(decide(begun, good)).toEqual({ row: "0", swap: onTrial });
  });

  test("row I: backup is marked to come back", () => {
    const cause = "crashing";
    const marked: Trailer = { ...good, copyDone: true, swap: { type: "revert", cause } };
    always(fc.tuple(resting, fc.constant(marked)), "I");
    expect(decide(unset, marked)).toEqual({ row: "I", swap: { type: "revert", cause } });
  });

  test("row II: backup asks for a trial", () => {
    always(fc.tuple(resting, fc.constant(good)), "II");
    expect(decide(unset, good)).toEqual({ row: "II", swap: onTrial });
  });

  test("row III: backup asks to be put in for good", () => {
    const ok = anyTrailer.map((trailer): Trailer => ({ ...trailer, magic: "good", imageOk: true }));
    always(fc.tuple(resting, ok), "III");
    expect(decide(unset, { ...good, imageOk: true }).swap?.type).toBe("permanent");
  });

  test("row IV: main was started once and never confirmed", () => {
    const tried: Trailer = { ...good, copyDone: true, swap: onTrial };
    always(
      fc.tuple(
        fc.constant(tried),
        anyTrailer.filter(({ magic }) => magic !== "good"),
      ),
      "IV",
    );
    expect(decide(tried, unset).swap).toEqual({ type: "revert", cause: "unconfirmed" });
  });

  test("row V: anything else asks for nothing", () => {
    const silent = anyTrailer.filter(({ magic }) => magic !== "good");
    const settled = resting.filter(
      ({ magic, imageOk, copyDone }) => magic !== "good" || imageOk || !copyDone,
    );
    always(fc.tuple(settled, silent), "V");
    expect(decide(unset, unset)).toEqual({ row: "V" });
  });
});
