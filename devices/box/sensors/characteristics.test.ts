/**
 * The seven characteristics: byte for byte what the specifications say, laws for all measures, and
 * nothing that bytes can do makes a parser throw.
 */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { glucoseContext, sensorGatt, standardUuid } from "#wire/gatt.ts";
import type { Reading } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import {
  type BloodPressure,
  type CuffStatus,
  encodeBloodPressure,
  parseBloodPressure,
} from "./blood-pressure.ts";
import { readMeasure, sensorMeasuring, sensorNames } from "./characteristics.ts";
import type { DateTime } from "./date-time.ts";
import { encodeGlucoseContext, healths, meals, parseGlucoseContext } from "./glucose-context.ts";
import { encodeGlucose, type Glucose, glucoseInstant, parseGlucose } from "./glucose.ts";
import { encodeHeartRate, parseHeartRate } from "./heart-rate.ts";
import { encodeOximetry, parseOximetry } from "./oximetry.ts";
import { refused, type Sensed, sensed } from "./sensed.ts";
import { encodeTemperature, parseTemperature } from "./temperature.ts";
import { encodeWeight, parseWeight } from "./weight.ts";

const t = Instant(1_700_000_000_000);

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** Readings in short: "systolic 120, heart-rate 60 motion". */
function short(outcome: Sensed<readonly Reading[]>): string {
  if (outcome.kind === "refused") return outcome.fault;
  return outcome.value
    .map(({ metric, value, flags = [] }) => [metric, value, ...flags].join(" "))
    .join(", ");
}

function read(name: (typeof sensorNames)[number], text: string): string {
  return short(readMeasure(name, hex(text), t));
}

const calm: CuffStatus = {
  moved: false,
  loose: false,
  irregular: false,
  misplaced: false,
  pulseRange: "within",
};

describe("MD-01, MD-09: blood pressure, 0x2A35", () => {
  test("three pressures, nothing else", () => {
    expect(read("bloodPressure", "00 7800 5000 5d00")).toBe("systolic 120, diastolic 80");
  });

  test("a real cuff: time, pulse, user and status, with reserved bits set in its flags", () => {
    // Captured from a cuff in the field: 127/79 mmHg, no mean, 20 January 2020 08:43, pulse 69.
    const bytes = hex("de f6f4 16f3 ff07 e407 01 14 08 2b 00 b2f2 01 8000");
    expect(parseBloodPressure(bytes)).toEqual(
      sensed({
        ...{ systolic: 127, diastolic: 79, mean: undefined, pulse: 69, user: 1 },
        at: { year: 2020, month: 1, day: 20, hour: 8, minute: 43, second: 0 },
        status: calm,
      }),
    );
  });

  test("kilopascals become millimetres of mercury", () => {
    // 16.0 and 10.7 kPa.
    expect(read("bloodPressure", "01 a0f0 6bf0 ff07")).toBe("systolic 120.01, diastolic 80.257");
  });

  test("MD-35: a cuff that moved or sat badly flags its readings", () => {
    expect(read("bloodPressure", "14 7800 5000 5d00 3c00 0100")).toBe(
      "systolic 120 motion, diastolic 80 motion, heart-rate 60 motion",
    );
    expect(read("bloodPressure", "10 7800 5000 5d00 2200")).toBe(
      "systolic 120 poor_contact, diastolic 80 poor_contact",
    );
  });

  test.each([
    ["no byte at all", "", "truncated"],
    ["a byte too few", "00 7800 5000 5d", "truncated"],
    ["flags that announce a time that is not there", "02 7800 5000 5d00", "truncated"],
    ["no systolic", "00 ff07 5000 5d00", "no_value"],
    ["a diastolic not at this resolution", "00 7800 0008 5d00", "no_value"],
    ["a reserved systolic", "00 0108 5000 5d00", "reserved_value"],
    ["a systolic beyond the cuff", "00 fe07 5000 5d00", "above_range"],
    ["a reserved pulse range", "10 7800 5000 5d00 1800", "reserved_value"],
    ["a thirteenth month", "02 7800 5000 5d00 e407 0d 01 00 00 00", "reserved_value"],
  ])("%s is refused", (_what, bytes, fault) => expect(read("bloodPressure", bytes)).toBe(fault));

  test("an unknown date and an unknown user are left out", () => {
    const parsed = parseBloodPressure(hex("0a 7800 5000 5d00 0000 00 00 00 00 00 ff"));
    expect(parsed).toMatchObject({ value: { at: undefined, user: undefined } });
  });
});

describe("MD-10: glucose, 0x2A18", () => {
  const base = "0100 e407 05 18 0c 1e 00";

  test("kilograms per litre become milligrams per decilitre", () => {
    // 95 × 10⁻⁵ kg/L of capillary whole blood from a finger.
    expect(read("glucose", `02 ${base} 5fb0 11`)).toBe("glucose 95");
  });

  test("moles per litre are converted by 18.016, and the original is kept", () => {
    // 55 × 10⁻⁴ mol/L = 5.5 mmol/L.
    expect(parseGlucose(hex(`06 ${base} 37c0 11`))).toMatchObject({
      value: { value: 99.088, original: { value: 0.0055, unit: "mol/L" }, sequence: 1 },
    });
  });

  test("the time is that of the meter with what its user has moved it since", () => {
    const parsed = parseGlucose(hex(`03 ${base} c4ff 5fb0 11`));
    expect(parsed).toMatchObject({ value: { offsetMinutes: -60 } });
    if (parsed.kind === "refused") throw new Error("it is a measure");
    // 24 May 2020, 12:30 less an hour, in Paris, two hours ahead: 09:30 UTC.
    expect(glucoseInstant(parsed.value, 120)).toBe(Instant(Date.UTC(2020, 4, 24, 9, 30)));
    expect(glucoseInstant({ ...parsed.value, at: undefined }, 120)).toBeUndefined();
  });

  test.each([
    ["control solution by its type", `02 ${base} 5fb0 1a`, "not_a_person"],
    ["control solution by its place", `02 ${base} 5fb0 41`, "not_a_person"],
    ["a reserved type", `02 ${base} 5fb0 1b`, "reserved_value"],
    ["a reserved place", `02 ${base} 5fb0 51`, "reserved_value"],
    ["no concentration", `00 ${base}`, "no_value"],
    ["MD-35: a strip pulled too soon", `0a ${base} ff07 11 0002`, "invalid_strip"],
    ["HI", `0a ${base} ff07 11 2000`, "above_range"],
    ["LO", `0a ${base} ff07 11 4000`, "below_range"],
    ["a meter that is too cold", `0a ${base} 5fb0 11 0001`, "device_fault"],
    ["half a status", `0a ${base} 5fb0 11 00`, "truncated"],
  ])("%s is refused", (_what, bytes, fault) => expect(read("glucose", bytes)).toBe(fault));

  test("MD-35: a value from a doubtful strip says so", () => {
    expect(read("glucose", `0a ${base} 5fb0 11 0400`)).toBe("glucose 95 invalid_strip");
  });
});

describe("MD-04: the context of a glucose measure, 0x2A34", () => {
  test("a meal is read", () => {
    expect(parseGlucoseContext(hex("02 0100 02"))).toMatchObject({ value: { meal: "after" } });
  });

  test("all its fields are passed in their order", () => {
    const all = "ff 0700 00 01 3ce0 01 51 2c01 32 03 0ac0 41f0";
    expect(parseGlucoseContext(hex(all))).toEqual(
      sensed({ sequence: 7, meal: "before", health: "none", carbohydrate: 0.6 }),
    );
  });

  test.each([
    ["a reserved meal", "02 0100 06", "reserved_value"],
    ["no meal at all", "02 0100 00", "reserved_value"],
    ["a reserved health", "04 0100 61", "reserved_value"],
    ["no medication where one is announced", "10 0100 01", "truncated"],
  ] as const)("%s is refused", (_what, bytes, fault) => {
    expect(parseGlucoseContext(hex(bytes))).toEqual(refused(fault));
  });
});

describe("MD-05, MD-11: weight, 0x2A9D", () => {
  test("steps of five grams become kilograms", () => {
    expect(read("weight", "00 8038")).toBe("weight 72.32");
  });

  test("hundredths of a pound become kilograms", () => {
    // 160.00 lb
    expect(read("weight", "01 803e")).toBe("weight 72.575");
  });

  test("body mass index and height come together", () => {
    // 70 kg, 22.9 kg/m², 1.750 m; and 154.3 lb, 68.9 in.
    expect(parseWeight(hex("08 b036 e500 d606"))).toMatchObject({
      value: { value: 70, size: { bodyMassIndex: 22.9, height: 1.75 } },
    });
    expect(parseWeight(hex("09 463c e500 b102"))).toMatchObject({
      value: { value: 69.989, size: { bodyMassIndex: 22.9, height: 1.75 } },
    });
    expect(read("weight", "08 b036 e500 d606")).toBe("weight 70, body-mass-index 22.9");
  });

  test.each([
    ["a weighing that did not succeed", "00 ffff", "no_value"],
    ["half a weight", "00 80", "truncated"],
    ["an index without a height", "08 b036 e500", "truncated"],
  ])("%s is refused", (_what, bytes, fault) => expect(read("weight", bytes)).toBe(fault));
});

describe("heart rate, 0x2A37", () => {
  test.each([
    ["one byte", "00 48", "heart-rate 72"],
    ["two bytes", "01 4800", "heart-rate 72"],
    ["contact", "06 48", "heart-rate 72"],
    ["no contact", "04 48", "heart-rate 72 poor_contact"],
    ["two bytes announced, one there", "01 48", "truncated"],
    ["half an interval", "10 48 0004 00", "truncated"],
  ])("%s", (_what, bytes, expected) => expect(read("heartRate", bytes)).toBe(expected));

  test("energy and intervals follow", () => {
    expect(parseHeartRate(hex("18 48 2c01 0004 6603"))).toEqual(
      sensed({ value: 72, contact: undefined, energy: 300, intervals: [1024, 870] }),
    );
  });
});

describe("MD-07: pulse oximetry, 0x2A5F", () => {
  test.each([
    ["saturation and pulse", "00 6100 4800", "spo2 97, heart-rate 72"],
    [
      "the fast and slow ones are passed over",
      "03 6100 4800 6000 4900 5f00 4a00",
      "spo2 97, heart-rate 72",
    ],
    ["no pulse", "00 6100 ff07", "spo2 97"],
    ["a poor signal", "08 6100 4800 100000", "spo2 97 poor_contact, heart-rate 72 poor_contact"],
    ["no finger", "08 6100 4800 000800", "no_value"],
    ["an invalid measure", "04 6100 4800 0080", "no_value"],
    ["a demonstration", "04 6100 4800 0004", "not_a_person"],
    ["a broken sensor", "08 6100 4800 020000", "device_fault"],
    ["no saturation", "00 ff07 4800", "no_value"],
    ["half a sensor status", "08 6100 4800 0200", "truncated"],
  ])("%s", (_what, bytes, expected) => expect(read("oximetry", bytes)).toBe(expected));
});

describe("MD-15: temperature, 0x2A1C", () => {
  test.each([
    ["the white paper's 36.4 °C", "00 6c0100ff", "temperature 36.4"],
    ["98.6 °F", "01 da0300ff", "temperature 37"],
    ["no number", "00 ffff7f00", "no_value"],
    ["three bytes", "00 6c0100", "truncated"],
  ])("%s", (_what, bytes, expected) => expect(read("temperature", bytes)).toBe(expected));
});

describe("laws", () => {
  const dateTime: fc.Arbitrary<DateTime> = fc.record({
    year: fc.integer({ min: 1582, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    hour: fc.nat(23),
    minute: fc.nat(59),
    second: fc.nat(59),
  });
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(value, { nil: undefined });
  const user = maybe(fc.nat(254));
  const status = fc.record({
    ...{ moved: fc.boolean(), loose: fc.boolean() },
    ...{ irregular: fc.boolean(), misplaced: fc.boolean() },
    pulseRange: fc.constantFrom("within" as const, "above" as const, "below" as const),
  });
  const pressure = fc.nat(2045).map((tenths) => tenths / 10);

  /** That what is encoded is decoded as it was. */
  function comesBack<T>(
    measures: fc.Arbitrary<T>,
    encode: (measure: T) => Uint8Array,
    parse: (bytes: Uint8Array) => Sensed<T>,
  ): void {
    fc.assert(
      fc.property(measures, (measure) => {
        expect(parse(encode(measure))).toEqual(sensed(measure));
      }),
    );
  }

  test("decode ∘ encode = id, for every kind of measure", () => {
    const blood: fc.Arbitrary<BloodPressure> = fc.record({
      ...{ systolic: pressure, diastolic: pressure, mean: maybe(pressure) },
      ...{ pulse: maybe(fc.nat(300)), at: maybe(dateTime), user, status: maybe(status) },
    });
    comesBack(blood, encodeBloodPressure, parseBloodPressure);
    comesBack(
      fc.record({
        value: fc.nat(0xfffe).map((steps) => Math.round(steps * 5) / 1000),
        ...{ at: maybe(dateTime), user },
        size: maybe(
          fc.record({
            bodyMassIndex: fc.nat(0xffff).map((tenths) => tenths / 10),
            height: fc.nat(0xffff).map((mm) => mm / 1000),
          }),
        ),
      }),
      encodeWeight,
      parseWeight,
    );
    comesBack(
      fc.record({
        value: fc.nat(0xffff),
        contact: maybe(fc.boolean()),
        energy: maybe(fc.nat(0xffff)),
        intervals: fc.array(fc.nat(0xffff), { maxLength: 9 }),
      }),
      encodeHeartRate,
      parseHeartRate,
    );
    comesBack(
      fc.record({
        spo2: fc.nat(1000).map((tenths) => tenths / 10),
        ...{ pulse: maybe(fc.nat(300)), amplitude: maybe(fc.nat(20)), doubtful: fc.boolean() },
      }),
      encodeOximetry,
      parseOximetry,
    );
    comesBack(
      fc.record({
        value: fc.integer({ min: -500, max: 1000 }).map((tenths) => tenths / 10),
        at: maybe(dateTime),
      }),
      encodeTemperature,
      parseTemperature,
    );
    comesBack(
      fc.record({
        sequence: fc.nat(0xffff),
        meal: maybe(fc.constantFrom(...meals)),
        health: maybe(fc.constantFrom(...healths)),
        carbohydrate: maybe(fc.nat(500).map((grams) => grams / 1000)),
      }),
      encodeGlucoseContext,
      parseGlucoseContext,
    );
    comesBack(glucoses(dateTime, maybe), encodeGlucose, parseGlucose);
  });

  function glucoses(
    at: fc.Arbitrary<DateTime>,
    option: <T>(value: fc.Arbitrary<T>) => fc.Arbitrary<T | undefined>,
  ): fc.Arbitrary<Glucose> {
    const amount = fc.tuple(fc.integer({ min: 20, max: 600 }), fc.boolean());
    const rest = fc.record({
      sequence: fc.nat(0xffff),
      at: option(at),
      offsetMinutes: fc.integer({ min: -32_768, max: 32_767 }),
      contextFollows: fc.boolean(),
      status: option(
        fc.record({
          batteryLow: fc.boolean(),
          stripDoubtful: fc.boolean(),
          clockLost: fc.boolean(),
        }),
      ),
    });
    return fc.tuple(amount, rest).map(([[mg, inMoles], fields]) => ({
      ...fields,
      value: inMoles ? Math.round((mg / 10_000) * 18_016 * 1000) / 1000 : mg,
      original: inMoles
        ? { value: mg / 10_000, unit: "mol/L" as const }
        : { value: mg / 100_000, unit: "kg/L" as const },
    }));
  }

  test("H-02: no bytes make a parser throw, and every reading is a finite number", () => {
    const anyMeasure = fc.constantFrom(...sensorNames);
    const law = fc.property(anyMeasure, fc.uint8Array({ maxLength: 40 }), (name, bytes) => {
      const parsed = readMeasure(name, bytes, t);
      if (parsed.kind === "refused") return;
      for (const { value } of parsed.value) expect(Number.isFinite(value)).toBe(true);
    });
    fc.assert(law, { numRuns: 20_000 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => void parseGlucoseContext(bytes)),
    );
  });

  test("bytes that follow the last field are passed over, as the specification asks", () => {
    const law = fc.property(fc.uint8Array({ maxLength: 5 }), (rest) => {
      const bytes = Uint8Array.of(...hex("00 7800 5000 5d00"), ...rest);
      expect(short(readMeasure("bloodPressure", bytes, t))).toBe("systolic 120, diastolic 80");
    });
    fc.assert(law);
  });

  test("bytes inside a larger buffer are read where they are", () => {
    const inside = hex("ffff 00 7800 5000 5d00 ffff").subarray(2, 9);
    expect(short(readMeasure("bloodPressure", inside, t))).toBe("systolic 120, diastolic 80");
  });
});

test("a characteristic is known by its number", () => {
  for (const name of sensorNames) expect(sensorMeasuring(sensorGatt[name].measure)).toBe(name);
  expect(Object.keys(sensorGatt)).toEqual([...sensorNames]);
  expect(sensorMeasuring(glucoseContext)).toBeUndefined();
  expect(standardUuid(0x2a35)).toBe("00002a35-0000-1000-8000-00805f9b34fb");
});
