import { expect, test } from "bun:test";

import { parseRoster } from "./roster.ts";

const home = { box: "X-1", wristband: "B-1", tenant: "demo", cert: "cert", key: "key" };
const roster = {
  mqtt: "mqtts://127.0.0.1:8883",
  door: "https://127.0.0.1:8443",
  ca: "ca.pem",
  tenant: "demo",
  homes: [home],
};

test("a roster gives addresses and homes", () => {
  expect(parseRoster(JSON.stringify(roster)).homes.map(({ box }) => String(box))).toEqual(["X-1"]);
});

test.each([
  [{ ...roster, mqtt: undefined }, "mqtt is missing"],
  [{ ...roster, homes: [{ ...home, box: "B-1" }] }, "home 0 of fleet.json needs a box"],
  [{ ...roster, homes: [{ ...home, key: "" }] }, "key is missing"],
  [{ ...roster, homes: undefined }, "no list of homes"],
])("a roster that lacks something is refused by name %#", (wrong, why) => {
  expect(() => parseRoster(JSON.stringify(wrong))).toThrow(why);
});
