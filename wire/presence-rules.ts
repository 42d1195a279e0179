/**
 * How long without a sign until a device is late and silent, and until somebody is to be told of its silence.
 *
 * The plan gives the usual rules; an installation may set its own, as long as they do not contradict each other. Doors
 * and processors of one state are given the same.
 * @source DESIGN §6; catalogue CF-23: 90 s in the twin, 30 min a patient hint, 2 h a technical alert, 24 h a support task
 */
import { cadence } from "./cadence.ts";
import type { Duration } from "./units.ts";

/** The rules. */
export interface PresenceRules {
  /** Of a box, since its last heartbeat. */
  readonly lateAfter: Duration;
  readonly silentAfter: Duration;
  /** Of any other device, times the cadence at which it is expected. */
  readonly lateFactor: number;
  readonly silentFactor: number;
  /** A box whose oldest waiting message is older has `returned`. */
  readonly backlog: Duration;
  /** Silence that concerns the patient, a technician, the support, since it began. */
  readonly hintAfter: Duration;
  readonly alertAfter: Duration;
  readonly taskAfter: Duration;
}

/** Those of the plan. */
export const usualRules: PresenceRules = cadence.presence;

/** What each rule must be, as a sentence, and whether it is. */
const relations: readonly (readonly [string, (rules: PresenceRules) => boolean])[] = [
  [
    "a box is late after more than one heartbeat",
    ({ lateAfter }) => lateAfter > cadence.heartbeat.period,
  ],
  ["a box is late before it is silent", ({ lateAfter, silentAfter }) => lateAfter < silentAfter],
  ["a device is late after more than its cadence", ({ lateFactor }) => lateFactor > 1],
  [
    "a device is late before it is silent",
    ({ lateFactor, silentFactor }) => lateFactor < silentFactor,
  ],
  [
    "a patient is told later than the twin",
    ({ silentAfter, hintAfter }) => silentAfter < hintAfter,
  ],
  ["a technician is told no sooner than a patient", (rules) => rules.hintAfter <= rules.alertAfter],
  ["support is told no sooner than a technician", (rules) => rules.alertAfter <= rules.taskAfter],
];

/** What these rules contradict; undefined when nothing. */
export function contradictionIn(rules: PresenceRules): string | undefined {
  return relations.find(([, holds]) => !holds(rules))?.[0];
}
