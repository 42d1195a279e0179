/**
 * The radio of a real box: BlueZ, over the system's bus.
 *
 * @source spec/firmware.md §5; catalogue WB-14, BX-04
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { bandGatt } from "#wire/gatt.ts";
import { Seconds } from "#wire/units.ts";

import type { BandRadio, Bonded } from "../port.ts";
import { connectBand } from "./connection.ts";
import { asBand, isBand, readDevice } from "./device.ts";
import { openDiscovery } from "./discovery.ts";
import { openSession, type RadioSession } from "./session.ts";
import { bandTrouble, radioTrouble, refusalOf } from "./trouble.ts";

/** What the radio needs. */
export interface BlueZOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** BlueZ gives up by itself before. */
const bondWithin = Seconds(90);
/** Refusals that are the other side's, or of the person who was to confirm. */
const refused: ReadonlySet<string> = new Set([
  "AuthenticationCanceled",
  "AuthenticationFailed",
  "AuthenticationRejected",
  "AuthenticationTimeout",
]);

/**
 * The adapter that BlueZ has, at `DBUS_SYSTEM_BUS_ADDRESS` or where the system's bus stands. Nothing is
 * opened before it is needed, so that an adapter may come and go.
 */
export function openBlueZRadio({ clock, log }: BlueZOptions): BandRadio {
  const during = async <T>(act: (session: RadioSession) => Promise<T>): Promise<T> => {
    const session = await openSession(clock);
    try {
      return await act(session);
    } catch (error) {
      throw radioTrouble(error);
    } finally {
      session.close();
    }
  };
  return {
    scan: (seen) => {
      const services = [bandGatt.service];
      const heard: Parameters<typeof openDiscovery>[0]["heard"] = (device) => {
        const band = asBand(device);
        if (band !== undefined) seen(band);
      };
      const discovery = openDiscovery({ clock, log, services, heard });
      return { stop: () => void discovery.stop() };
    },
    bond: (address) => during((session) => bond(session, address)),
    bonds: () => during(bonds),
    forget: (address) => during((session) => forget(session, address)),
    connect: (address) => connectBand(clock, address),
  };
}

async function bond(session: RadioSession, address: string): Promise<Bonded> {
  try {
    const device = await session.device(address);
    await session.ask(device.pair(), { within: bondWithin, late: "band-unreachable" });
    // The bond's own connection belongs to nobody.
    await session.ask(device.disconnect()).catch(() => undefined);
    return { kind: "bonded" };
  } catch (error) {
    const refusal = refusalOf(error) ?? "";
    if (refusal === "AlreadyExists") return { kind: "bonded" };
    if (refused.has(refusal)) return { kind: "refused", why: refusal };
    throw bandTrouble(error);
  }
}

async function bonds(session: RadioSession): Promise<readonly string[]> {
  const devices = (await session.devices()).map(({ properties }) => readDevice(properties ?? {}));
  return devices.flatMap((device) =>
    device !== undefined && device.bonded && isBand(device) ? [device.address] : [],
  );
}

async function forget(session: RadioSession, address: string): Promise<void> {
  try {
    const body = [session.pathOf(address)];
    await session.call({ member: "RemoveDevice", signature: "o", body });
  } catch (error) {
    if (refusalOf(error) !== "DoesNotExist") throw error;
  }
}
