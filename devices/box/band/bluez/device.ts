/** A device as BlueZ describes it, from the bus's loose values to ours. */
import { bandAdvertisement, bandGatt, decodeBandState } from "#wire/gatt.ts";
import { kindOf, parseSerial } from "#wire/identity.ts";

import type { SeenBand } from "../port.ts";
import { type Properties, readProperties } from "./properties.ts";

/** What is known of a device. */
export interface KnownDevice {
  readonly address: string;
  readonly name: string;
  /** Services, as 128-bit UUIDs. */
  readonly services: readonly string[];
  /** dBm; absent unless it has been heard of late. */
  readonly signal?: number;
  readonly bonded: boolean;
  /** Manufacturer's data of the company whose radio our wristbands use. */
  readonly state: Uint8Array;
}

/** The device that has these properties; undefined when it has no address. */
export function readDevice(properties: Properties): KnownDevice | undefined {
  const { Address: address, Name: name, RSSI: signal, UUIDs: services } = properties;
  if (typeof address !== "string") return undefined;
  const { [bandAdvertisement.company]: state } = readProperties(properties["ManufacturerData"]);
  return {
    address,
    name: typeof name === "string" ? name : "",
    services: Array.isArray(services) ? services.filter((one) => typeof one === "string") : [],
    ...(typeof signal === "number" && { signal }),
    bonded: properties["Paired"] === true,
    state: state instanceof Uint8Array ? state : Uint8Array.of(),
  };
}

/** Whether a device offers our service. */
export function isBand({ services }: KnownDevice): boolean {
  return services.includes(bandGatt.service);
}

/** The wristband that a device says it is; undefined unless it is heard and bears a wristband's serial. */
export function asBand(device: KnownDevice): SeenBand | undefined {
  const { address, name, signal, state } = device;
  const serial = name.length > bandAdvertisement.nameMost ? undefined : parseSerial(name);
  if (!isBand(device) || signal === undefined || serial === undefined) return undefined;
  if (kindOf(serial) !== "wristband") return undefined;
  return { address, serial, signal, pairing: decodeBandState(state).pairing };
}
