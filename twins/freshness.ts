/**
 * How often a device, and each leaf of its twin, is expected; and when a leaf is too old to be taken for the present.
 *
 * @source catalogue TW-11, CF-23, annex 1; DESIGN twins (presence)
 */
import { cadence, isProfile, profiles } from "#wire/cadence.ts";
import type { DeviceKind } from "#wire/identity.ts";
import { type Duration, Hours, type Instant } from "#wire/units.ts";

import type { Twin } from "./document.ts";

/** S0 table: once a day, or once or twice; a device used by hand. */
const byHand = Hours(24);

const expected: Readonly<Record<DeviceKind, Duration>> = {
  box: cadence.heartbeat.period,
  wristband: cadence.contact,
  "blood-pressure": byHand,
  glucose: byHand,
  scale: byHand,
};

/** How often a device of that kind is heard of when all is well, unless it says that it lives by another profile. */
export function expectedEvery(kind: DeviceKind): Duration {
  return expected[kind];
}

/** How often that device is heard of when all is well: a wristband as its profile has it, `config/profile`. */
export function cadenceOfTwin({ kind, parts }: Pick<Twin, "kind" | "parts">): Duration {
  const profile = parts.config?.reported["profile"];
  return kind === "wristband" && isProfile(profile) ? profiles[profile].contact : expected[kind];
}

/** A leaf as freshness sees it; `path` begins with its part, such as `vitals/heart-rate`. */
export interface DatedLeaf {
  readonly kind: DeviceKind;
  readonly path: string;
  /** Event time, ms. */
  readonly t: number;
}

/** How often that leaf is renewed; null for one that is told on a change only, and so stays true until then. */
export function cadenceOf({ kind, path }: Pick<DatedLeaf, "kind" | "path">): Duration | null {
  switch (path) {
    case "vitals/heart-rate":
      return cadence.heartRate.batch;
    case "vitals/spo2":
      return cadence.spo2.batch;
    case "vitals/steps":
      return cadence.steps.batch;
    case "power/battery":
    case "firmware/version":
    case "wear/worn":
      return kind === "wristband" ? cadence.heartRate.batch : null;
    default:
      return path.startsWith("vitals/") ? byHand : null;
  }
}

/** TW-11: older than twice its cadence. */
export function isStale(leaf: DatedLeaf, now: Instant): boolean {
  const every = cadenceOf(leaf);
  return every !== null && now - leaf.t > 2 * every;
}
