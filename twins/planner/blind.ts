/**
 * Homes in which nobody is watched over: none of their wristbands has told a reading for longer than a given time.
 *
 * A wristband that is off the wrist, or being charged, is told apart: there the device does its part. Counted is from the
 * time at which the newest reading was true, so that what a buffer still holds does not hide the hole.
 * @source spec twins 5.5, item 8
 */
import type { BoxSerial, Serial } from "#wire/identity.ts";
import { type Duration, Instant } from "#wire/units.ts";

import type { HomeDevice } from "./home-rows.ts";

/** One home without usable monitoring. */
export interface BlindHome {
  readonly home: BoxSerial;
  /** When the newest reading of any of its wristbands was true; when it was made, if there never was one. */
  readonly since: Instant;
  readonly forMs: number;
  /** The presence cause that explains it best; `no_readings` of one that is there and tells none, `no_wristband`. */
  readonly cause: string;
  readonly wristbands: readonly BlindWristband[];
}

/** One wristband of it. */
export interface BlindWristband {
  readonly device: Serial;
  readonly state: string;
  readonly cause: string | null;
  readonly readingAt: Instant | null;
  readonly isOffWrist: boolean;
}

/** The homes, each longest first: those that are blind, and those whose wristbands are off the wrist. */
export interface BlindHomes {
  readonly blind: readonly BlindHome[];
  readonly offWrist: readonly BlindHome[];
}

/** Homes without a reading for longer than `over`. */
export function findBlind(
  devices: Iterable<HomeDevice>,
  { over, now }: { readonly over: Duration; readonly now: Instant },
): BlindHomes {
  const homes = new Map<BoxSerial, HomeDevice[]>();
  for (const device of devices) {
    if (!device.isBox && !device.isWristband) continue;
    const all = homes.get(device.home);
    if (all === undefined) homes.set(device.home, [device]);
    else all.push(device);
  }
  const blind: BlindHome[] = [];
  const offWrist: BlindHome[] = [];
  for (const [home, all] of homes) {
    const found = judgeHome(home, all, now);
    if (found === undefined || found.forMs <= over) continue;
    const isOff = found.wristbands.length > 0 && all.every(isPutAside);
    (isOff ? offWrist : blind).push(found);
  }
  return { blind: blind.toSorted(longestFirst), offWrist: offWrist.toSorted(longestFirst) };
}

function longestFirst(a: BlindHome, b: BlindHome): number {
  return b.forMs - a.forMs || (a.home < b.home ? -1 : 1);
}

/** Undefined for a home of which only other sensors are known. */
function judgeHome(
  home: BoxSerial,
  all: readonly HomeDevice[],
  now: Instant,
): BlindHome | undefined {
  const bands = all.filter(({ isWristband }) => isWristband);
  const since = Math.max(...(bands.length > 0 ? bands : all).map(lastTold));
  return {
    home,
    since: Instant(since),
    forMs: Math.max(0, now - since),
    cause: causeOf(all, bands),
    wristbands: bands.map((band) => ({
      device: band.device,
      state: band.state,
      cause: band.cause,
      readingAt: band.readingAt === null ? null : Instant(band.readingAt),
      isOffWrist: isPutAside(band),
    })),
  };
}

function lastTold({ readingAt, createdAt }: HomeDevice): number {
  return readingAt ?? createdAt;
}

/** A box has no wrist to be off; while it is silent nobody knows what is worn. */
function isPutAside({ isBox, state, isOffWrist, isCharging, cause }: HomeDevice): boolean {
  if (isBox) return state !== "silent";
  return isOffWrist || isCharging || cause === "charging" || cause === "not_worn";
}

/** The box's silence explains that of all; else the wristband that was heard of last tells. */
function causeOf(all: readonly HomeDevice[], bands: readonly HomeDevice[]): string {
  const box = all.find(({ isBox }) => isBox);
  if (box?.state === "silent" && box.cause !== null) return box.cause;
  const [latest] = bands.toSorted((a, b) => lastTold(b) - lastTold(a));
  if (latest === undefined) return "no_wristband";
  return latest.cause ?? (latest.isOffWrist ? "not_worn" : "no_readings");
}
