/** A connection to a bonded wristband, as the frames see it. */
import type { Clock } from "#platform/clock/port.ts";
import { windowMost } from "#wire/frames/frame.ts";
import { bandGatt } from "#wire/gatt.ts";

import type { BandConnection } from "../port.ts";
import { type GattLink, openLink } from "./link.ts";
import { bandTrouble } from "./trouble.ts";

/** Connects to a wristband with which a bond exists. Throws Trouble. */
export async function connectBand(clock: Clock, address: string): Promise<BandConnection> {
  const band = new BandLink(address);
  const ended = (): void => band.end();
  const link = await openLink({ clock, address, bonded: true, ended });
  try {
    await band.open(link);
    return band;
  } catch (error) {
    await link.close();
    throw bandTrouble(error);
  }
}

const { service, told } = bandGatt;
/** As many as a wristband has under way at once; more than that come again. */
const earlyMost = 2 * windowMost;

class BandLink implements BandConnection {
  readonly address: string;
  #link: GattLink | undefined;
  #write: (bytes: Uint8Array) => void = () => undefined;
  #take: ((bytes: Uint8Array) => void) | undefined;
  /** What it has told before anybody took it. */
  #early: Uint8Array[] = [];
  #changed: (up: boolean) => void = () => undefined;

  constructor(address: string) {
    this.address = address;
  }

  /** The emergency lane first: it may have something to say. */
  async open(link: GattLink): Promise<void> {
    this.#link = link;
    this.#write = await link.writer({ service, characteristic: told });
    for (const lane of ["emergency", "routine"] as const) {
      await link.listen({ service, characteristic: bandGatt[lane] }, (bytes) => this.#hear(bytes));
    }
  }

  get up(): boolean {
    return this.#link?.up === true;
  }

  send(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  onFrame(take: (bytes: Uint8Array) => void): void {
    this.#take = take;
    for (const bytes of this.#early.splice(0)) take(bytes);
  }

  onLink(changed: (up: boolean) => void): void {
    this.#changed = changed;
  }

  end(): void {
    this.#changed(false);
  }

  async close(): Promise<void> {
    await this.#link?.close();
  }

  #hear(bytes: Uint8Array): void {
    if (this.#take !== undefined) this.#take(bytes);
    else if (this.#early.length < earlyMost) this.#early.push(bytes);
  }
}
