/**
 * Listens for devices that advertise certain services, until it is stopped: through an adapter that is pulled
 * out, a radio that is switched off and a BlueZ that starts again.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import { type Duration, Seconds } from "#wire/units.ts";

import { type KnownDevice, readDevice } from "./device.ts";
import type { Properties } from "./properties.ts";
import { openSession, type RadioSession, type Said } from "./session.ts";
import { radioTrouble } from "./trouble.ts";

/** What to listen for. */
export interface DiscoverySetup {
  readonly clock: Clock;
  readonly log: Log;
  /** UUIDs, any of which is enough. */
  readonly services: readonly string[];
  /** Called whenever a device is heard. */
  readonly heard: (device: KnownDevice) => void;
}

/** How long to wait for an adapter to come back, and how often to look whether it still listens. */
const retryAfter = Seconds(2);
const lookEvery = Seconds(5);

/** Listens until it is stopped. */
export function openDiscovery(setup: DiscoverySetup): Discovery {
  const discovery = new Discovery(setup);
  discovery.open();
  return discovery;
}

/** See {@link openDiscovery}. */
export class Discovery {
  readonly #setup: DiscoverySetup;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #wake: () => void = () => undefined;
  #fault = "none";

  constructor(setup: DiscoverySetup) {
    this.#setup = setup;
  }

  /** Begins; called once. */
  open(): void {
    this.#running = this.#run();
  }

  /** Resolves when the adapter has been told. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#listen();
      } catch (error) {
        if (!isTrouble(error)) throw error;
        this.#note(error.code);
        await this.#pause(retryAfter);
      }
    }
  }

  async #listen(): Promise<void> {
    const session = await openSession(this.#setup.clock);
    try {
      await this.#begin(session);
      session.onEnd(() => this.#wake());
      this.#note("none");
      while (!this.#isStopped && (await session.isDiscovering())) await this.#pause(lookEvery);
      if (this.#isStopped) await session.call({ member: "StopDiscovery" });
    } catch (error) {
      throw radioTrouble(error);
    } finally {
      session.close();
    }
  }

  async #begin(session: RadioSession): Promise<void> {
    const sightings = new Map<string, Properties>();
    await session.follow((said) => this.#take(sightings, said));
    for (const said of await session.devices()) this.#take(sightings, said);
    await session.discover(this.#setup.services);
  }

  /** BlueZ forgets a device that it has not heard for a while, and so do we. */
  #take(sightings: Map<string, Properties>, { path, properties }: Said): void {
    if (properties === undefined) {
      sightings.delete(path);
      return;
    }
    const known = { ...sightings.get(path), ...properties };
    sightings.set(path, known);
    const isHeard = "RSSI" in properties || "ManufacturerData" in properties;
    const device = isHeard ? readDevice(known) : undefined;
    if (device?.signal === undefined || this.#isStopped) return;
    const { heard, services } = this.#setup;
    if (device.services.some((service) => services.includes(service))) heard(device);
  }

  #pause(length: Duration): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = this.#setup.clock.after(length, "radio listens", resolve);
    });
  }

  #note(fault: string): void {
    if (this.#fault === fault) return;
    this.#fault = fault;
    this.#setup.log.warn("radio listens", { fault });
  }
}
