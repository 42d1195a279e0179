/**
 * How much a box keeps: the plan's 72 hours of messages, for either profile, with room for
 * events.
 */
import { cadence, type ProfileName, profiles } from "#wire/cadence.ts";
import { Hours } from "#wire/units.ts";

/** How much an outbox may hold. */
export interface OutboxLimits {
  readonly messages: number;
  /** Sum of the payloads. */
  readonly bytes: number;
}

/** Messages besides readings: events, reports, answers. Ours: more than a bad three days makes. */
const spareMessages = 1_000;
/** Ours: a batch of the plan is 100–400 bytes of CBOR. */
const bytesPerMessage = 1_024;

/** The limits of a box that holds one wristband of this profile. */
export function outboxLimits(profile: ProfileName): OutboxLimits {
  const { heartRate, spo2, steps } = profiles[profile];
  const perHour = [heartRate, spo2, steps].reduce((sum, { batch }) => sum + Hours(1) / batch, 0);
  const hours = cadence.outbox.sized / Hours(1);
  const messages = Math.ceil(perHour * hours) + spareMessages;
  return { messages, bytes: messages * bytesPerMessage };
}
