/**
 * What the machine under a box knows, looked at every few seconds: its power, its clock, its way to the network.
 *
 * @source catalogue BX-01, BX-30
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Power } from "#wire/messages.ts";
import { type Duration, Seconds } from "#wire/units.ts";

import type { Network, Watched } from "../ports.ts";

/** The machine's files. */
export interface HostFiles {
  /** Its text; undefined when it is not there, or cannot be read. */
  read(path: string): string | undefined;
}

/** A state that is looked at, until it is closed. */
export interface Looked<T> extends Watched<T> {
  close(): void;
}

/** Power is looked at often: what is left to say it may be seconds. */
const every: Readonly<Record<"power" | "time" | "network", Duration>> = {
  power: Seconds(2),
  time: Seconds(10),
  network: Seconds(30),
};
const routes = "/proc/net/route";

/** The power, of a file that holds 1 while there is any. */
export function watchPower(clock: Clock, files: HostFiles, path: string): Looked<Power> {
  const look = (): Power => (files.read(path)?.trim() === "0" ? "battery" : "mains");
  return watch(clock, every.power, look);
}

/** Whether the clock is set, by a file that is there once it is. */
export function watchTime(
  clock: Clock,
  files: HostFiles,
  path: string,
): Looked<"synchronised" | "free"> {
  const look = () => (files.read(path) === undefined ? "free" : "synchronised");
  return watch(clock, every.time, look);
}

/** By what the way out of the home leads, as Linux says it; Ethernet when it says nothing. */
export function watchNetwork(clock: Clock, files: HostFiles): Looked<Network["state"]> {
  return watch(clock, every.network, () => ({ link: linkOf(files.read(routes) ?? "") }));
}

function watch<T>(clock: Clock, period: Duration, look: () => T): Looked<T> {
  let state = look();
  let changed: (state: T) => void = () => {};
  const timer: Timer = clock.every(period, "host", () => {
    const now = look();
    if (JSON.stringify(now) === JSON.stringify(state)) return;
    state = now;
    changed(now);
  });
  return {
    get state() {
      return state;
    },
    onChange: (listener) => {
      changed = listener;
    },
    close: () => timer.cancel(),
  };
}

/** The default route's device, told by how Linux names its like; of several the one with the least metric. */
function linkOf(table: string): Network["state"]["link"] {
  const ways = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination]) => destination === "00000000")
    .toSorted((a, b) => Number(a[6]) - Number(b[6]));
  const device = ways[0]?.[0] ?? "";
  if (device.startsWith("wl")) return "wifi";
  return /^(ww|ppp|usb)/.test(device) ? "cellular" : "ethernet";
}
