import { expect, test } from "bun:test";

import { commandFault, repertoires } from "./commands.ts";

test("TW-03: a wristband measures, calibrates, is found and starts again", () => {
  const orders = [
    { name: "measure", args: { metric: "heart-rate" } },
    { name: "calibrate", args: { sensor: "ppg" } },
    { name: "locate", args: {} },
    { name: "identify", args: {} },
    { name: "restart", args: {} },
  ];
  for (const order of orders) expect(commandFault("wristband", order)).toBeUndefined();
  expect(orders.map(({ name }) => name).toSorted()).toEqual(
    Object.keys(repertoires.wristband).toSorted(),
  );
});

test("what a kind of device does not know is refused with the place of the fault", () => {
  const fault = (kind: "box" | "scale" | "wristband", name: string, args = {}) =>
    commandFault(kind, { name, args })?.pointer;
  expect(fault("box", "measure", { metric: "spo2" })).toBe("/name");
  expect(fault("scale", "locate")).toBe("/name");
  expect(fault("wristband", "toString")).toBe("/name");
  expect(fault("wristband", "measure")).toBe("/args/metric");
  expect(fault("wristband", "measure", { metric: "mood" })).toBe("/args/metric");
  expect(fault("wristband", "locate", { "how/loud": 3 })).toBe("/args/how~1loud");
  expect(commandFault("scale", { name: "locate", args: {} })?.why).toBe(
    "A scale knows no command.",
  );
});
