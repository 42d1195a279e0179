/**
 * The registry as it lies in memory: every look-up is a map, and whoever watches hears of each change once.
 *
 * The SQL registry keeps one; a world or a test may fill one by hand.
 */
import type { BoxSerial, Serial } from "#wire/identity.ts";

import type { RegisteredDevice, Registry, RegistryChange } from "./registry-port.ts";

/** A registry that is told what is so. */
export interface Roster extends Registry {
  /** Takes a device as it now is; tells the watchers unless nothing changed. */
  put(device: RegisteredDevice): void;
}

/** An empty roster. */
export function createRoster(): Roster {
  const devices = new Map<string, RegisteredDevice>();
  const speakers = new Map<string, Serial>();
  const homes = new Map<BoxSerial, Set<Serial>>();
  const watchers = new Set<(change: RegistryChange) => void>();
  const found = (serial: Serial | undefined): RegisteredDevice | undefined =>
    serial === undefined ? undefined : devices.get(serial);

  const forget = (old: RegisteredDevice): void => {
    if (old.fingerprint !== null) speakers.delete(old.fingerprint);
    if (old.box !== null) homes.get(old.box)?.delete(old.serial);
  };
  const remember = (device: RegisteredDevice): void => {
    devices.set(device.serial, device);
    if (device.fingerprint !== null) speakers.set(device.fingerprint, device.serial);
    if (device.box === null || device.box === device.serial) return;
    const home = homes.get(device.box) ?? new Set();
    homes.set(device.box, home.add(device.serial));
  };

  return {
    device: (serial) => devices.get(serial),
    byFingerprint: (fingerprint) => found(speakers.get(fingerprint)),
    behind: (box) =>
      [box, ...(homes.get(box) ?? [])].flatMap((serial) => devices.get(serial) ?? []),
    all: () => devices.values(),
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    put(device) {
      const old = devices.get(device.serial);
      const kind = changeOf(old, device);
      if (kind === undefined) return;
      if (old !== undefined) forget(old);
      remember(device);
      for (const listener of watchers) listener({ kind, device });
    },
  };
}

/** What a watcher is told when it sees `device` after `old`; the gravest word when several changes came at once. */
function changeOf(
  old: RegisteredDevice | undefined,
  device: RegisteredDevice,
): RegistryChange["kind"] | undefined {
  if (device.revokedAt !== null && (old?.revokedAt ?? null) === null) return "revoked";
  if (old === undefined || old.fingerprint !== device.fingerprint) return "enrolled";
  if (old.box !== device.box) return "linked";
  return undefined;
}
