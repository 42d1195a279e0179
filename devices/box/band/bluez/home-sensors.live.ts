/** The sensors of a home, standard services as the specifications give them, over a real bus and a fake BlueZ. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";

import type { HomeMeasure } from "#devices/box/ports.ts";
import { readMeasure } from "#devices/box/sensors/characteristics.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { silent as log } from "#platform/log.ts";
import {
  encodeRecordsRequest,
  glucoseContext,
  glucoseRecords,
  type SensorGatt,
  sensorGatt,
  type SensorName,
  standardUuid,
} from "#wire/gatt.ts";
import { parseSerial } from "#wire/identity.ts";
import { Instant } from "#wire/units.ts";

import { until } from "../../../../scripts/until.ts";
import { type FakeBlueZ, openFakeBlueZ, type Peripheral } from "./fake-bluez.ts";
import { openHomeSensors, type SensorReader } from "./home-sensors.ts";
import { type PrivateBus, startPrivateBus } from "./private-bus.ts";

setDefaultTimeout(20_000);

const [cuff, meter] = ["00:1C:00:00:00:0A", "00:1C:00:00:00:0B"];
const known = new Map([
  [cuff, parseSerial("T-1")!],
  [meter, parseSerial("G-1")!],
]);
let bus: PrivateBus;
let bluez: FakeBlueZ;
let reader: SensorReader;
let heard: HomeMeasure[];

beforeAll(async () => {
  bus = await startPrivateBus(clock);
  process.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address;
});
afterAll(() => bus.stop());
beforeEach(async () => {
  bluez = await openFakeBlueZ(clock, bus.address);
  heard = [];
  reader = openHomeSensors({ clock, log, known });
  reader.onMeasure((measure) => heard.push(measure));
});
afterEach(async () => {
  await reader.stop();
  expect([bluez.listeners, bluez.connected.length]).toEqual([0, 0]);
  bluez.close();
});

/** Puts a sensor on the air; `asked` gets what is written to it. */
function add(
  address: string,
  { service, measure }: SensorGatt,
  sensor: Partial<Peripheral> & { more?: Peripheral["services"][0]["characteristics"] } = {},
): void {
  const characteristics = { [standardUuid(measure)]: "indicate", ...sensor.more } as const;
  const nothing = (): void => undefined;
  bluez.add({
    ...{ address, name: "BPM Connect", manufacturer: {}, near: true, holdsKey: false },
    bonding: "accepted",
    ...{ written: nothing, heard: nothing, ...sensor },
    services: [{ uuid: standardUuid(service), characteristics }],
  });
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (byte) => Number.parseInt(byte, 16));
}

function values(name: SensorName): string[] {
  return heard.map(({ bytes }) => {
    const read = readMeasure(name, bytes, Instant(1_700_000_000_000));
    return read.kind === "refused" ? read.fault : String(read.value[0]?.value);
  });
}

test("a cuff is read each time it has measured, and a neighbour's is left alone", async () => {
  const tells = (address: string, text: string): Partial<Peripheral> => ({
    heard: (listened) => {
      if (listened === 0) return;
      bluez.tell(address, standardUuid(sensorGatt.bloodPressure.measure), hex(text));
    },
  });
  const neighbour = "00:1C:00:00:00:EE";
  add(neighbour, sensorGatt.bloodPressure, tells(neighbour, "00 c800 7800 8000"));
  for (const pressure of ["00 7800 5000 5d00", "00 8200 5000 5d00"]) {
    const before = heard.length;
    add(cuff, sensorGatt.bloodPressure, tells(cuff, pressure));
    await until(() => heard.length > before, { what: "a measure" });
    bluez.move(cuff, false);
  }
  expect(values("bloodPressure")).toEqual(["120", "130"]);
  expect(new Set(heard.map(({ device }) => String(device)))).toEqual(new Set(["T-1"]));
  expect(reader.devices.map(String)).toEqual(["T-1", "G-1"]);
});

test("a meter is asked for all that it keeps, and the next time for what is new", async () => {
  const asked: number[][] = [];
  const strip = (number: string): Uint8Array => hex(`02 ${number} ea070b15100000 64b0 11`);
  const context = hex("02 0100 01");
  const more = {
    [standardUuid(glucoseContext)]: "notify",
    [standardUuid(glucoseRecords)]: "indicate",
  } as const;
  const written = (_characteristic: string, bytes: Uint8Array): void => {
    asked.push([...bytes]);
    const { measure } = sensorGatt.glucose;
    bluez.tell(meter, standardUuid(measure), strip(asked.length === 1 ? "0100" : "0201"));
    bluez.tell(meter, standardUuid(glucoseContext), context);
  };
  for (const visit of [1, 2]) {
    add(meter, sensorGatt.glucose, { more, written });
    await until(() => heard.length === 2 * visit, { what: "a measure and its context" });
    bluez.move(meter, false);
  }
  expect(heard.map(({ sensor }) => sensor)).toEqual([
    ...["glucose", "glucoseContext", "glucose", "glucoseContext"],
  ] as HomeMeasure["sensor"][]);
  expect(asked).toEqual([[...encodeRecordsRequest()], [...encodeRecordsRequest(2)]]);
});
