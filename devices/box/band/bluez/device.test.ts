import { expect, test } from "bun:test";

import { Variant } from "dbus-next";
import * as fc from "fast-check";

import { bandGatt } from "#wire/gatt.ts";

import { asBand, readDevice } from "./device.ts";
import { readProperties } from "./properties.ts";

/** As BlueZ writes it: numbers of companies, bytes in a wrapping. */
const said = {
  Address: new Variant("s", "C4:3D:00:00:00:01"),
  Name: new Variant("s", "B-1"),
  RSSI: new Variant("n", -60),
  UUIDs: new Variant("as", [bandGatt.service]),
  Paired: new Variant("b", true),
  ManufacturerData: new Variant("a{qv}", { 1424: new Variant("ay", Buffer.from([1])) }),
};

function read(changes: object) {
  const device = readDevice(readProperties({ ...said, ...changes }));
  return device && asBand(device);
}

test("a wristband is told by its service, its serial and that it is heard", () => {
  expect(read({})).toMatchObject({ serial: "B-1", signal: -60, pairing: true });
  expect(read({ ManufacturerData: undefined })).toMatchObject({ pairing: false });
  expect(read({ UUIDs: new Variant("as", []) })).toBeUndefined();
  expect(read({ Name: new Variant("s", "X-1") })).toBeUndefined();
  expect(read({ RSSI: undefined })).toBeUndefined();
  expect(read({ Address: undefined })).toBeUndefined();
});

test("a name that may have been cut is nobody's serial", () => {
  expect(read({ Name: new Variant("s", `B-${"1".repeat(19)}`) })).toBeDefined();
  expect(read({ Name: new Variant("s", `B-${"1".repeat(20)}`) })).toBeUndefined();
});

test("whatever stands on the bus, reading it does not throw", () => {
  const law = fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (one, all) => {
    const values = Object.fromEntries(Object.keys(said).map((name) => [name, one]));
    for (const properties of [one, values, all]) readDevice(readProperties(properties));
  });
  fc.assert(law);
});
