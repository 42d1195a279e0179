/** Custody as the API gives it. */
import type { CustodyRecord } from "#twins/custody/custody.ts";
import type { StandingRow } from "#twins/custody/rows.ts";
import { isBox, kindOf, type Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { CustodyView, StandingView } from "./contract.ts";

/** A device as it stands. */
export function viewStanding(row: StandingRow): StandingView {
  return { device: row.serial, kind: kindOf(row.serial), ...standingOf(row) };
}

/** A box hangs on itself. */
function standingOf(row: StandingRow): NonNullable<CustodyView["standing"]> {
  const { serial, box, assignment, status, calibratedAt, calibrationDue } = row;
  return {
    status: status ?? "inactive",
    box: isBox(serial) ? serial : box,
    assignment,
    calibratedAt,
    calibrationDue,
  };
}

/** A device's custody: as it stood at `at` or, when that is null, as it stands `now`. */
export function viewRecord(
  record: CustodyRecord,
  { at, now }: { readonly at: Instant | null; readonly now: Instant },
): CustodyView {
  const { device, boxes, assignments, statuses, calibrations } = record;
  const { serial, enrolledAt } = device;
  return {
    device: serial,
    kind: kindOf(serial),
    at: at ?? now,
    enrolledAt,
    standing: at === null ? standingOf(device) : standingAt(record, at),
    boxes: [...boxes],
    assignments: [...assignments],
    statuses: [...statuses],
    calibrations: [...calibrations],
  };
}

function standingAt(record: CustodyRecord, at: Instant): CustodyView["standing"] {
  const { device, assignments, statuses, calibrations } = record;
  if (at < device.enrolledAt) return null;
  const calibration = spanAt(calibrations, at);
  return {
    status: spanAt(statuses, at)?.status ?? "inactive",
    box: boxAt(record, at),
    assignment: spanAt(assignments, at)?.assignment ?? null,
    calibratedAt: calibration?.since ?? null,
    calibrationDue: calibration?.due ?? null,
  };
}

function boxAt({ device, boxes }: CustodyRecord, at: Instant): Serial | null {
  return isBox(device.serial) ? device.serial : (spanAt(boxes, at)?.box ?? null);
}

/** The span that holds at that moment. */
function spanAt<Span extends { readonly since: Instant; readonly until: Instant | null }>(
  spans: readonly Span[],
  at: Instant,
): Span | undefined {
  return spans.find(({ since, until }) => since <= at && (until === null || at < until));
}
