/**
 * Readings of a wristband as they wait on the disk, and the rules by which they go: the cadences of its profile.
 *
 * @source catalogue BX-10 to BX-13; DESIGN §13
 */
import { type Profile, type ProfileName, profiles, type Rhythm } from "#wire/cadence.ts";
import type { Serial } from "#wire/identity.ts";
import { type Flag, flags, type Json, type Reading } from "#wire/messages.ts";
import { isMetric, type Metric } from "#wire/metrics.ts";
import {
  fields,
  fits,
  guarded,
  listOf,
  oneOf,
  optional,
  type Shape,
  textOf,
  whole,
} from "#wire/shape.ts";
import { Hours, type Instant, lastInstant } from "#wire/units.ts";

import { type Draft, readingsDraft } from "./draft.ts";
import type { FlowRule, Gathered } from "./gathering.ts";

/** A reading as it waits, with what its device was like. */
export interface WaitingReading {
  readonly reading: Reading;
  readonly battery?: number;
  readonly firmware?: string;
}

const finite: Shape<number> = guarded(
  "a finite number",
  (value): value is number => typeof value === "number" && Number.isFinite(value),
);
const waitingShape = fields<WaitingReading>({
  reading: fields<Reading>({
    metric: guarded(
      "a metric",
      (value): value is Metric => typeof value === "string" && isMetric(value),
    ),
    value: finite,
    t: whole<Instant>(0, lastInstant),
    window: whole(0, Hours(24 * 7)),
    quality: optional(whole(0, 100)),
    flags: optional(listOf(oneOf<Flag>(flags), flags.length)),
  }),
  battery: optional(whole(0, 100)),
  firmware: optional(textOf(64)),
});

/** What is written of a reading that waits. */
export function waitingJson({ reading, ...rest }: WaitingReading): Json {
  return { ...rest, reading: { ...reading } };
}

/** The readings that wait; what a disk has changed is none. */
export function waitingReadings(gathered: readonly Gathered[]): readonly WaitingReading[] {
  return gathered.flatMap(({ value }) => (fits(waitingShape, value) ? [value] : []));
}

/** Readings of one device as one message, oldest first; none when there are none. */
export function packOf(device: Serial, waiting: readonly WaitingReading[]): Draft[] {
  const last = waiting.at(-1);
  if (last === undefined) return [];
  const { reading: _reading, ...state } = last;
  const readings = waiting.map(({ reading }) => reading).toSorted((a, b) => a.t - b.t);
  return [readingsDraft({ device, ...state, readings })];
}

/** When the readings of a metric go: so many together, or what there is once a batch's time has passed. */
export function batchRule(profile: ProfileName, metric: string): FlowRule {
  const { heartRate, spo2, steps } = batchRules[profile];
  if (metric === "steps") return steps;
  return metric === "spo2" ? spo2 : heartRate;
}

/** Made once: a box asks for them with each frame. */
const batchRules = { seed: rulesOf(profiles.seed), dense: rulesOf(profiles.dense) };

function rulesOf({ heartRate, spo2, steps }: Profile) {
  return { heartRate: ruleOf(heartRate), spo2: ruleOf(spo2), steps: ruleOf(steps) };
}

function ruleOf({ perBatch, batch }: Rhythm): FlowRule {
  return {
    count: perBatch,
    age: batch,
    close: (device, gathered) => ({ drafts: packOf(device, waitingReadings(gathered)) }),
  };
}
