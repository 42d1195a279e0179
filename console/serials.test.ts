import { expect, test } from "bun:test";

import { kindOf } from "./serials.ts";

test("a serial's letter tells the kind of the device; what is no serial tells none", () => {
  expect(["B-F00001", "X-1", "T-9", "G-2", "S-3"].map(kindOf)).toEqual([
    "wristband",
    "box",
    "blood-pressure",
    "glucose",
    "scale",
  ]);
  expect(["Q-1", "B", "", "box"].map(kindOf)).toEqual([undefined, undefined, undefined, undefined]);
});
