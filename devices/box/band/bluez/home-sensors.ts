/**
 * Reads the cuffs, meters and scales of a home over BlueZ: when one is heard it is connected, and what it measures
 * is handed on as it says it, until it hangs up.
 *
 * A meter keeps its measures, and is asked for those that it has not told since this program started.
 * @source Bluetooth Blood Pressure, Glucose, Weight Scale, Heart Rate, Pulse Oximeter and Health Thermometer Services
 */
import type { HomeMeasure, HomeSensors } from "#devices/box/ports.ts";
import { sensorNames } from "#devices/box/sensors/characteristics.ts";
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import {
  encodeRecordsRequest,
  glucoseContext,
  glucoseRecords,
  sensorGatt,
  standardUuid,
} from "#wire/gatt.ts";
import type { Serial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import { type Discovery, openDiscovery } from "./discovery.ts";
import { type GattLink, openLink, type Place } from "./link.ts";
import { bandTrouble } from "./trouble.ts";

/** What the reader needs. */
export interface SensorOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The home's own, by their address on the air: a neighbour's cuff is none of ours. */
  readonly known: ReadonlyMap<string, Serial>;
}

/** Reads until it is stopped. */
export interface SensorReader extends HomeSensors {
  stop(): Promise<void>;
}

/** After a sensor that could not be read. */
const retryAfter = Seconds(5);

/** What a sensor may tell, and where. */
const told: readonly { readonly sensor: HomeMeasure["sensor"]; readonly place: Place }[] = [
  ...sensorNames.map((sensor) => ({ sensor, place: placeOf(sensorGatt[sensor]) })),
  { sensor: "glucoseContext", place: placeOf({ ...sensorGatt.glucose, measure: glucoseContext }) },
];
const records = placeOf({ ...sensorGatt.glucose, measure: glucoseRecords });

/** Begins to listen for the sensors of a home. */
export function openHomeSensors(options: SensorOptions): SensorReader {
  const reader = new Reader(options);
  reader.open();
  return reader;
}

class Reader implements SensorReader {
  readonly devices: readonly Serial[];
  readonly #options: SensorOptions;
  /** Sensors that are being read, or have just failed to be. */
  readonly #busy = new Set<Serial>();
  readonly #links = new Set<GattLink>();
  /** The last number that each meter has told. */
  readonly #numbers = new Map<Serial, number>();
  #take: ((measure: HomeMeasure) => void) | undefined;
  #discovery: Discovery | undefined;

  constructor(options: SensorOptions) {
    this.#options = options;
    this.devices = [...options.known.values()];
  }

  /** Called once. */
  open(): void {
    const { clock, log, known } = this.#options;
    this.#discovery = openDiscovery({
      ...{ clock, log },
      services: [...new Set(told.map(({ place }) => place.service))],
      heard: ({ address }) => {
        const device = known.get(address);
        if (device !== undefined && !this.#busy.has(device)) void this.#read(device, address);
      },
    });
  }

  onMeasure(take: (measure: HomeMeasure) => void): void {
    assert(this.#take === undefined, "home sensors have one listener");
    this.#take = take;
  }

  async stop(): Promise<void> {
    await this.#discovery?.stop();
    await Promise.all([...this.#links].map((link) => link.close()));
  }

  async #read(device: Serial, address: string): Promise<void> {
    const { clock, log } = this.#options;
    this.#busy.add(device);
    try {
      await this.#connect(device, address);
      this.#busy.delete(device);
    } catch (error) {
      const { code } = bandTrouble(error);
      log.info("sensor not read", { device, code });
      clock.after(retryAfter, "sensor again", () => this.#busy.delete(device));
    }
  }

  /** Resolves when the sensor has hung up. */
  async #connect(device: Serial, address: string): Promise<void> {
    const { clock } = this.#options;
    const { promise: hungUp, resolve: ended } = Promise.withResolvers<void>();
    const link = await openLink({ clock, address, bonded: false, ended });
    this.#links.add(link);
    try {
      await this.#listen(link, device);
      await hungUp;
    } finally {
      this.#links.delete(link);
      await link.close();
    }
  }

  async #listen(link: GattLink, device: Serial): Promise<void> {
    for (const { sensor, place } of told) {
      if (!(await link.offers(place))) continue;
      await link.listen(place, (bytes) => this.#hear({ device, sensor, bytes }));
    }
    if (!(await link.offers(records))) return;
    const last = this.#numbers.get(device);
    // It says there when it has told all, and refuses to begin when nobody listens.
    await link.listen(records, () => undefined);
    await link.write(
      records,
      encodeRecordsRequest(last === undefined ? last : (last + 1) & 0xffff),
    );
  }

  #hear(measure: HomeMeasure): void {
    const { device, sensor, bytes } = measure;
    const [, low = 0, high = 0] = bytes;
    if (sensor === "glucose") this.#numbers.set(device, high * 256 + low);
    this.#take?.(measure);
  }
}

function placeOf({ service, measure }: { service: number; measure: number }): Place {
  return { service: standardUuid(service), characteristic: standardUuid(measure) };
}
