/** A wristband near a fake BlueZ: its half of the radio, as the real one's services give it. */
import type { RadioEnd } from "#devices/link/radio.ts";
import { decodeFrame } from "#wire/frames/frame.ts";
import { bandAdvertisement, bandGatt, encodeBandState } from "#wire/gatt.ts";

import type { FakeBlueZ, Peripheral } from "./fake-bluez.ts";

/** The wristband as BlueZ sees it, and its own end of the radio. */
export interface FakeBand {
  readonly peripheral: Peripheral;
  readonly end: RadioEnd;
  /** Presses its pairing button, or lets its window close. */
  pair(pairing: boolean): void;
}

/** Puts a wristband on the air. */
export function addFakeBand(
  bluez: FakeBlueZ,
  who: { readonly serial: string; readonly address: string },
): FakeBand {
  const band = new Band(bluez, who);
  bluez.add(band.peripheral);
  return band;
}

const { service, emergency, routine, told } = bandGatt;

class Band implements FakeBand, RadioEnd {
  readonly peripheral: Peripheral;
  readonly #bluez: FakeBlueZ;
  #up = false;
  #take: (bytes: Uint8Array) => void = () => undefined;
  #changed: (up: boolean) => void = () => undefined;

  constructor(bluez: FakeBlueZ, { serial, address }: { serial: string; address: string }) {
    this.#bluez = bluez;
    const flags = { [emergency]: "indicate", [routine]: "notify", [told]: "write" } as const;
    this.peripheral = {
      address,
      name: serial,
      services: [{ uuid: service, characteristics: flags }],
      manufacturer: {},
      near: true,
      holdsKey: false,
      bonding: "AuthenticationRejected",
      written: (_characteristic, bytes) => this.#take(Uint8Array.from(bytes)),
      heard: (characteristics) => this.#link(characteristics === 2),
    };
    this.pair(false);
  }

  get end(): RadioEnd {
    return this;
  }

  get up(): boolean {
    return this.#up;
  }

  pair(pairing: boolean): void {
    this.peripheral.bonding = pairing ? "accepted" : "AuthenticationRejected";
    this.peripheral.manufacturer = { [bandAdvertisement.company]: encodeBandState({ pairing }) };
  }

  send(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    const isUrgent = frame.kind === "data" && frame.lane === "emergency";
    this.#bluez.tell(this.peripheral.address, isUrgent ? emergency : routine, bytes);
  }

  onFrame(take: (bytes: Uint8Array) => void): void {
    this.#take = take;
  }

  onLink(changed: (up: boolean) => void): void {
    this.#changed = changed;
  }

  #link(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#changed(up);
  }
}
