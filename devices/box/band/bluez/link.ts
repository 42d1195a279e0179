/**
 * A connection to one device: what it tells is handed on, what it is told is written, and its end is told
 * once, whoever ended it. It does not come back: the box opens another one.
 */
import type { Device, GattCharacteristic, GattServer } from "node-ble";

import type { Clock, Timer } from "#platform/clock/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { Seconds } from "#wire/units.ts";

import { deviceWithin, openSession, type RadioSession } from "./session.ts";
import { bandTrouble } from "./trouble.ts";

/** Whom to connect. */
export interface LinkSetup {
  readonly clock: Clock;
  readonly address: string;
  /** Only the holder of a bond's key is let in. */
  readonly bonded: boolean;
  /** Called once, at its end. */
  readonly ended: () => void;
}

/** A characteristic, and the service that it stands in. */
export interface Place {
  readonly service: string;
  readonly characteristic: string;
}

/** A bus that has gone says nothing, until it is spoken to. */
const lookEvery = Seconds(5);
/** Ours: more writes than the radio carries in a second are let go, as on the air. */
const writesMost = 64;

/** Connects. Throws Trouble `band-unreachable` or `radio-unreachable`, and leaves nothing open then. */
export async function openLink(setup: LinkSetup): Promise<GattLink> {
  const session = await openSession(setup.clock);
  const link = new GattLink(session, setup);
  try {
    await link.open();
    return link;
  } catch (error) {
    await link.close();
    throw bandTrouble(error);
  }
}

/** See {@link openLink}. */
export class GattLink {
  readonly #session: RadioSession;
  readonly #setup: LinkSetup;
  #device: Device | undefined;
  #gatt: GattServer | undefined;
  #looking: Timer | undefined;
  #state: "opening" | "up" | "ended" = "opening";
  #writing = 0;

  constructor(session: RadioSession, setup: LinkSetup) {
    this.#session = session;
    this.#setup = setup;
  }

  /** Connects; called once. */
  async open(): Promise<void> {
    const { address, bonded, clock } = this.#setup;
    if (bonded && !(await this.#session.isDevice(address, "Paired"))) throw unreachable("no bond");
    const device = await this.#session.device(address);
    this.#device = device;
    device.on("disconnect", () => this.#end());
    this.#session.onEnd(() => this.#end());
    await this.#askBand(device.connect());
    // The library would wait for this without an end.
    const isResolved = (): Promise<boolean> => this.#session.isDevice(address, "ServicesResolved");
    await this.#session.until(isResolved, "it does not say what it offers");
    this.#gatt = await this.#askBand(device.gatt());
    this.#looking = clock.every(lookEvery, "link stands", () => void this.#look());
    this.#state = "up";
  }

  get up(): boolean {
    return this.#state === "up";
  }

  /** Whether the device has such a characteristic. */
  async offers({ service, characteristic }: Place): Promise<boolean> {
    const services = (await this.#gatt?.services()) ?? [];
    if (!services.includes(service)) return false;
    const found = await this.#gatt?.getPrimaryService(service);
    return (await found?.characteristics())?.includes(characteristic) === true;
  }

  /** Hands on each value that a characteristic tells. */
  async listen(place: Place, take: (bytes: Uint8Array) => void): Promise<void> {
    const characteristic = await this.#find(place);
    characteristic.on("valuechanged", (value) => take(Uint8Array.from(value)));
    await this.#askBand(characteristic.startNotifications());
  }

  /** Writes, and waits until the device has confirmed it. */
  async write(place: Place, bytes: Uint8Array): Promise<void> {
    const characteristic = await this.#find(place);
    await this.#askBand(characteristic.writeValueWithResponse(Buffer.from(bytes)));
  }

  /** A way to write to a characteristic without waiting; what cannot be written is lost. */
  async writer(place: Place): Promise<(bytes: Uint8Array) => void> {
    const characteristic = await this.#find(place);
    return (bytes) => void this.#cast(characteristic, bytes);
  }

  /** Ends it; resolves when the device has been told, as far as it can be. */
  async close(): Promise<void> {
    if (this.#device !== undefined && this.#state !== "ended") {
      await this.#session.ask(this.#device.disconnect()).catch(() => undefined);
    }
    this.#end();
  }

  async #find({ service, characteristic }: Place): Promise<GattCharacteristic> {
    const found = await this.#gatt?.getPrimaryService(service);
    if (found === undefined) throw unreachable("not connected");
    return found.getCharacteristic(characteristic);
  }

  async #cast(characteristic: GattCharacteristic, bytes: Uint8Array): Promise<void> {
    if (!this.up || this.#writing >= writesMost) return;
    this.#writing += 1;
    try {
      await this.#session.ask(characteristic.writeValueWithoutResponse(Buffer.from(bytes)));
    } catch {
      // As lost as on the air: what matters is sent again until it is acknowledged.
    } finally {
      this.#writing -= 1;
    }
  }

  /** Ends a link of which nobody has said that it has ended. */
  async #look(): Promise<void> {
    const { address } = this.#setup;
    const stands = await this.#session.isDevice(address, "Connected").catch(() => false);
    if (!stands) this.#end();
  }

  #askBand<T>(answer: Promise<T>): Promise<T> {
    return this.#session.ask(answer, { within: deviceWithin, late: "band-unreachable" });
  }

  #end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#looking?.cancel();
    this.#session.close(unreachable("the link has ended"));
    this.#setup.ended();
  }
}

function unreachable(detail: string): Trouble {
  return new Trouble("band-unreachable", { retry: "safe", detail });
}
