/**
 * Names on the radio: the services and characteristics that a home's devices offer.
 *
 * The standard ones are 16 bits of the Bluetooth base UUID; ours are random, one base with a number in
 * its first half.
 * @source Bluetooth Assigned Numbers; spec/firmware.md §3.1 (what Espruino offers)
 */

/** Where a standard sensor keeps its measures: a service, and a characteristic in it. */
export interface SensorGatt {
  readonly service: number;
  readonly measure: number;
}

/** The standard sensors that a box reads. */
export const sensorGatt = {
  bloodPressure: { service: 0x1810, measure: 0x2a35 },
  glucose: { service: 0x1808, measure: 0x2a18 },
  weight: { service: 0x181d, measure: 0x2a9d },
  heartRate: { service: 0x180d, measure: 0x2a37 },
  oximetry: { service: 0x1822, measure: 0x2a5f },
  temperature: { service: 0x1809, measure: 0x2a1c },
} as const satisfies Readonly<Record<string, SensorGatt>>;
export type SensorName = keyof typeof sensorGatt;

/** The characteristic, in the glucose service, of what a person told the meter. */
export const glucoseContext = 0x2a34;

/** The characteristic, in the glucose service, by which a meter is asked for what it has kept. */
export const glucoseRecords = 0x2a52;

/**
 * Asks a meter for all its measures, or for those from a number on; it answers with notifications.
 * @source Bluetooth Glucose Service 1.0.1 §3.4, Record Access Control Point
 */
export function encodeRecordsRequest(from?: number): Uint8Array {
  const [report, all, fromOn, bySequence] = [0x01, 0x01, 0x03, 0x01];
  if (from === undefined) return Uint8Array.of(report, all);
  return Uint8Array.of(report, fromOn, bySequence, from & 0xff, from >> 8);
}

/**
 * The wristband's own service, towards its box: what it says goes out on two characteristics, so that
 * an emergency is confirmed by the radio itself before anything else is, and what it is told comes in
 * on one. A value is one frame of `frames/frame.ts`.
 */
export const bandGatt = {
  service: "6e1d0001-4c36-4f0e-9c55-a1b85d3ef207",
  /** Indicated: the emergency lane, and nothing else. */
  emergency: "6e1d0002-4c36-4f0e-9c55-a1b85d3ef207",
  /** Notified: the routine lane, and acknowledgements of what was told. */
  routine: "6e1d0003-4c36-4f0e-9c55-a1b85d3ef207",
  /** Written without response: frames of the box. */
  told: "6e1d0004-4c36-4f0e-9c55-a1b85d3ef207",
} as const;

/**
 * What a wristband says of itself to whoever listens: its name is its serial, and one byte of
 * manufacturer's data says whether its pairing window is open. The service's UUID goes into the answer to
 * a scan, so that flags (3 bytes), name (2 + 21) and manufacturer's data (4 + 1) share the 31 bytes.
 */
export const bandAdvertisement = {
  /** The company whose radio the watch uses: Espruino. */
  company: 0x0590,
  /** A longer name would be cut, and a serial that is cut is another's. */
  nameMost: 21,
} as const;

/** The manufacturer's data of a wristband; the other bits are kept for later, and are 0. */
export function encodeBandState(state: { readonly pairing: boolean }): Uint8Array {
  return new Uint8Array([state.pairing ? 1 : 0]);
}

/** What a wristband's manufacturer's data says; a byte that is missing says no. */
export function decodeBandState(bytes: Uint8Array): { readonly pairing: boolean } {
  return { pairing: ((bytes[0] ?? 0) & 1) === 1 };
}

/** The 128-bit form of a standard number, lower case: what BlueZ says. */
export function standardUuid(number: number): string {
  return `${number.toString(16).padStart(8, "0")}-0000-1000-8000-00805f9b34fb`;
}
