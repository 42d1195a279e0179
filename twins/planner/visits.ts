/**
 * Which homes somebody has to go to, why, and until when: what one visit puts right stands together.
 *
 * | why | due |
 * | --- | --- |
 * | `battery` | when it will be flat by its trend, or is |
 * | `buffer` | when a box that reaches nobody has kept all that it guarantees to keep, 48 h |
 * | `silent` | when support has to see to a silence that nothing of these explains, 24 h |
 * | `calibration` | when the last check ends |
 * | `broken` | at once |
 */
import { cadence } from "#wire/cadence.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import { type Duration, Hours, Instant, later } from "#wire/units.ts";

import { type BatteryTrend, flat, flatAt } from "./battery-trend.ts";
import type { HomeDevice } from "./home-rows.ts";

/** Why somebody has to go. */
export const visitCauses = ["battery", "buffer", "silent", "calibration", "broken"] as const;
export type VisitCause = (typeof visitCauses)[number];

/** One thing to be put right. */
export interface VisitReason {
  readonly device: Serial;
  readonly why: VisitCause;
  readonly dueAt: Instant;
  /** Percent; of `battery` only. */
  readonly battery: number | null;
}

/** One home. */
export interface Visit {
  readonly home: BoxSerial;
  /** The earliest of its reasons. */
  readonly dueAt: Instant;
  /** How many twins it puts right. */
  readonly devices: number;
  readonly reasons: readonly VisitReason[];
}

/** What is asked. */
export interface VisitQuery {
  readonly within: Duration;
  readonly now: Instant;
  readonly trend: (device: Serial) => BatteryTrend | undefined;
}

/** The homes with something due within that time: by the day of it, then where most is put right, then by home. */
export function planVisits(devices: Iterable<HomeDevice>, query: VisitQuery): Visit[] {
  const until = later(query.now, query.within);
  const homes = new Map<BoxSerial, VisitReason[]>();
  for (const device of devices) {
    if (isFine(device) && query.trend(device.device) === undefined) continue;
    const due = reasonsOf(device, query).filter(({ dueAt }) => dueAt <= until);
    if (due.length === 0) continue;
    const reasons = homes.get(device.home) ?? [];
    homes.set(device.home, reasons);
    reasons.push(...due);
  }
  const dayOf = ({ dueAt }: Visit): number => Math.max(0, Math.floor((dueAt - query.now) / day));
  return [...homes]
    .map(([home, reasons]) => visitOf(home, reasons))
    .toSorted(
      (a, b) =>
        dayOf(a) - dayOf(b) ||
        b.devices - a.devices ||
        a.dueAt - b.dueAt ||
        (a.home < b.home ? -1 : 1),
    );
}

const day = Hours(24);

/** Nearly all are: they cost nothing more. */
function isFine({ state, battery, calibrationDue, status }: HomeDevice): boolean {
  const isCharged = battery === null || battery > flat;
  return state !== "silent" && isCharged && calibrationDue === null && status !== "broken";
}

function visitOf(home: BoxSerial, all: readonly VisitReason[]): Visit {
  const reasons = all.toSorted((a, b) => a.dueAt - b.dueAt || (a.device < b.device ? -1 : 1));
  const devices = new Set(reasons.map(({ device }) => device)).size;
  const dueAt = Instant(Math.min(...reasons.map((reason) => reason.dueAt)));
  return { home, dueAt, devices, reasons };
}

function reasonsOf(from: HomeDevice, query: VisitQuery): VisitReason[] {
  const { device, calibrationDue, status } = from;
  const empty = batteryDue(from, query);
  const full = bufferDue(from);
  const silent = empty === undefined ? silenceDue(from) : undefined;
  const all: readonly (readonly [VisitCause, number | null | undefined])[] = [
    ["battery", empty],
    ["buffer", full],
    ["silent", silent],
    ["calibration", calibrationDue],
    ["broken", status === "broken" ? query.now : undefined],
  ];
  return all.flatMap(([why, dueAt]) => {
    if (dueAt === undefined || dueAt === null) return [];
    return [
      { device, why, dueAt: Instant(dueAt), battery: why === "battery" ? from.battery : null },
    ];
  });
}

function batteryDue(from: HomeDevice, { trend, now }: VisitQuery): number | undefined {
  const { device, battery, cause, since, isCharging } = from;
  if (isCharging) return undefined;
  if (cause === "battery_flat") return since;
  const known = trend(device);
  const due = known && flatAt(known);
  if (due !== undefined) return due;
  return battery !== null && battery <= flat ? now : undefined;
}

/** Without its power a box keeps nothing, and fills nothing. */
function bufferDue({ isBox, state, cause, heardAt }: HomeDevice): number | undefined {
  const isFilling = isBox && state === "silent" && cause === "box_net" && heardAt !== null;
  return isFilling ? heardAt + cadence.outbox.guaranteed : undefined;
}

/** What hangs on a silent box is silent with it, and for its reason. */
function silenceDue({ isBox, state, cause, since }: HomeDevice): number | undefined {
  const isOwn = isBox || !(cause === "box_net" || cause === "box_power");
  return state === "silent" && isOwn ? since + cadence.presence.taskAfter : undefined;
}
