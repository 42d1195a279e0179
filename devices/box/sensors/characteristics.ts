/**
 * From a characteristic's bytes to readings: which parser reads what.
 *
 * A box hands in what the radio brought, and when; everything that is a measure by itself comes out as
 * readings. A glucose context is none: `glucose-context.ts` reads it.
 */
import { sensorGatt, type SensorName } from "#wire/gatt.ts";
import type { Reading } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { bloodPressureReadings, parseBloodPressure } from "./blood-pressure.ts";
import { glucoseReadings, parseGlucose } from "./glucose.ts";
import { heartRateReadings, parseHeartRate } from "./heart-rate.ts";
import { oximetryReadings, parseOximetry } from "./oximetry.ts";
import { type Sensed, sensed } from "./sensed.ts";
import { parseTemperature, temperatureReadings } from "./temperature.ts";
import { parseWeight, weightReadings } from "./weight.ts";

type Reader = (bytes: Uint8Array, t: Instant) => Sensed<readonly Reading[]>;

const readers: Readonly<Record<SensorName, Reader>> = {
  bloodPressure: reader(parseBloodPressure, bloodPressureReadings),
  glucose: reader(parseGlucose, glucoseReadings),
  weight: reader(parseWeight, weightReadings),
  heartRate: reader(parseHeartRate, heartRateReadings),
  oximetry: reader(parseOximetry, oximetryReadings),
  temperature: reader(parseTemperature, temperatureReadings),
};

/** The readings that a characteristic's bytes say, made at `t`; or why there are none. */
export function readMeasure(
  name: SensorName,
  bytes: Uint8Array,
  t: Instant,
): Sensed<readonly Reading[]> {
  return readers[name](bytes, t);
}

/** The sensor whose measures a 16-bit number stands for; undefined for any other characteristic. */
export function sensorMeasuring(number: number): SensorName | undefined {
  return sensorNames.find((name) => sensorGatt[name].measure === number);
}

/** Every standard sensor. */
export const sensorNames: readonly SensorName[] = [
  ...(["bloodPressure", "glucose", "weight"] as const),
  ...(["heartRate", "oximetry", "temperature"] as const),
];

function reader<Measure>(
  parse: (bytes: Uint8Array) => Sensed<Measure>,
  readings: (measure: Measure, t: Instant) => readonly Reading[],
): Reader {
  return (bytes, t) => {
    const parsed = parse(bytes);
    return parsed.kind === "refused" ? parsed : sensed(readings(parsed.value, t));
  };
}
