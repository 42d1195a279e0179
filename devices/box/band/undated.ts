/**
 * Readings by a wristband's own time, before and after anybody knows when that was.
 *
 * They wait on the disk, one flow for each life of the wristband, until its start is told; then they go with the mark
 * `clock_corrected`. When nobody has told it for long, or another life has begun, they go as `clock_lost`: the cloud puts
 * them aside, and they are counted there.
 * @source spec/clinical.md F08; DESIGN §4.1
 */
import type { BandReading } from "#wire/bodies/up-body.ts";
import type { Flag, Reading } from "#wire/messages.ts";
import { Hours } from "#wire/units.ts";

import type { FlowRule, Gathered } from "../gathering.ts";
import { packOf, type WaitingReading, waitingReadings } from "../readings-flow.ts";
import { dated, type Dating } from "./dating.ts";

/** Begins the name of a flow of them; the life's epoch follows. */
export const undatedFlow = "undated/";

/** How long they wait: a box that knows the time tells it as soon as it is linked. */
const age = { known: Hours(1), unknown: Hours(48) };
/** Ours: three days of the seed profile's means, or an hour and a half of one a second. */
const countMost = 5000;

/** The longest window that a reading may have on the wire. */
const windowMost = Hours(24 * 7);

const byOwnTime: Dating = { shift: 0, corrected: false };

/** A reading as the box keeps it; by the wristband's own time when it cannot be dated yet. */
export function readingOf(said: BandReading, dating: Dating = byOwnTime): Reading {
  const { metric, value, quality, flaw } = said;
  const window = Math.min(said.window, windowMost);
  const flags: Flag[] = flaw === undefined ? [] : [flaw];
  if (dating.corrected) flags.push("clock_corrected");
  const t = dated(said.t, dating);
  return { metric, value, t, window, quality, ...(flags.length > 0 && { flags }) };
}

/** When those of one life go, and as what, as far as its start is known now. */
export function undatedRule(start: Dating | undefined, isTimeKnown: boolean): FlowRule {
  return {
    count: countMost,
    age: isTimeKnown ? age.known : age.unknown,
    close: (device, gathered) => ({
      drafts: packOf(
        device,
        gathered.flatMap((one) => waitingReadings([one]).map((each) => settle(each, one, start))),
      ),
    }),
  };
}

function settle(waiting: WaitingReading, { at }: Gathered, start?: Dating): WaitingReading {
  const { reading } = waiting;
  const [t, flag] =
    start === undefined
      ? ([at, "clock_lost"] as const)
      : ([dated(reading.t, start), "clock_corrected"] as const);
  return { ...waiting, reading: { ...reading, t, flags: [...(reading.flags ?? []), flag] } };
}
