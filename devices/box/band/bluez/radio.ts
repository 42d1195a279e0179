/**
 * The radio of a real box: BlueZ, over the system's bus.
 *
 * @source spec/firmware.md §5; catalogue WB-14, BX-04
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { bandGatt } from "#wire/gatt.ts";

import type { BandRadio } from "../port.ts";
import { giveUp, makeBond } from "./bond.ts";
import { connectBand } from "./connection.ts";
import { asBand, isBand, type KnownDevice, readDevice } from "./device.ts";
import { openDiscovery } from "./discovery.ts";
import { duringSession, type RadioSession } from "./session.ts";

/** What the radio needs. */
export interface BlueZOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The adapter that BlueZ has, at `DBUS_SYSTEM_BUS_ADDRESS` or where the system's bus stands. Nothing is
 * opened before it is needed, so that an adapter may come and go.
 */
export function openBlueZRadio({ clock, log }: BlueZOptions): BandRadio {
  return {
    scan: (seen) => {
      const heard = (device: KnownDevice): void => {
        const band = asBand(device);
        if (band !== undefined) seen(band);
      };
      const discovery = openDiscovery({ clock, log, services: [bandGatt.service], heard });
      return { stop: () => void discovery.stop() };
    },
    bond: (address) => makeBond(clock, address),
    bonds: () => duringSession(clock, bonds),
    forget: (address) => duringSession(clock, (session) => giveUp(session, address)),
    connect: (address) => connectBand(clock, address),
  };
}

async function bonds(session: RadioSession): Promise<readonly string[]> {
  const devices = (await session.devices()).map(({ properties }) => readDevice(properties ?? {}));
  return devices.flatMap((device) =>
    device !== undefined && device.bonded && isBand(device) ? [device.address] : [],
  );
}
