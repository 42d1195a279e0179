import { expect, test } from "bun:test";

import { barGroups } from "./tally.ts";

const group = (by: Record<string, string | number | null>, count: number) => ({
  by,
  count,
  values: {},
});

test("numbers are counted in bands, each with the condition that finds its devices", () => {
  const groups = [
    group({ kind: "wristband", "power.battery": 11 }, 2),
    group({ kind: "wristband", "power.battery": 19.5 }, 1),
    group({ kind: "wristband", "power.battery": 100 }, 4),
    group({ kind: "box", "power.battery": null }, 9),
  ];
  const [boxes, bands] = barGroups({ groups }, { what: "power.battery", by: "kind" });
  expect(boxes?.bars).toEqual([{ key: null, count: 9, condition: "power.battery==null" }]);
  expect(bands).toMatchObject({ part: "wristband", count: 7, condition: "kind=='wristband'" });
  expect(bands?.bars).toEqual([
    {
      key: { from: 10, below: 20 },
      count: 3,
      condition: "power.battery=ge=10;power.battery=lt=20",
    },
    {
      key: { from: 90, below: 101 },
      count: 4,
      condition: "power.battery=ge=90;power.battery=lt=101",
    },
  ]);
});

test("versions stand in their order, what is not known last", () => {
  const groups = ["2.10.0", "2.9.1", null].map((version) =>
    group({ kind: "wristband", "firmware.version": version }, 1),
  );
  const [one] = barGroups({ groups }, { what: "firmware.version", by: "kind" });
  expect(one?.bars.map(({ key }) => key)).toEqual(["2.9.1", "2.10.0", null]);
});
