/** What a box has to say, before it has a number. */
import { encodeJson, encodeReadings } from "#wire/codec.ts";
import type { Epoch, Serial } from "#wire/identity.ts";
import type { Answer, DeviceEvent, Reading, ReadingsPack, Reported } from "#wire/messages.ts";
import { metrics } from "#wire/metrics.ts";

import type { EmergencyKind } from "./modem/emergency-text.ts";
import type { NumberedChannel, Rank } from "./outbox-row.ts";

/** The number that the outbox gives to a message. */
export interface Given {
  readonly epoch: Epoch;
  readonly seq: number;
}

/** A message to keep until the cloud has it. */
export interface Draft {
  readonly device: Serial;
  readonly channel: NumberedChannel;
  readonly rank: Exclude<Rank, "declaration">;
  /** Of an answer: the command's or desired leaf's id. */
  readonly topicId?: string;
  /**
   * The payload under its number; called once, so that every repetition is the same to the byte.
   */
  encode(given: Given): Uint8Array;
}

type Unnumbered<T> = Omit<T, "epoch" | "seq">;

/** A pack of readings: routine when none of them is vital. */
export function readingsDraft(
  pack: Unnumbered<Omit<ReadingsPack, "rejected">>,
  form: "json" | "cbor" = "cbor",
): Draft {
  return {
    device: pack.device,
    channel: "readings",
    rank: pack.readings.some(isVital) ? "vital" : "routine",
    encode: (given) => encodeReadings({ ...pack, ...given, rejected: [] }, form),
  };
}

/** An emergency, or a lesser event of a device. */
export function eventDraft(event: Unnumbered<DeviceEvent>): Draft {
  return {
    device: event.device,
    channel: "event",
    rank: isEmergency(event.kind) ? "emergency" : "vital",
    encode: (given) => encodeJson({ ...event, ...given }),
  };
}

/** What changed in a device's twin. */
export function reportedDraft(device: Serial, reported: Unnumbered<Reported>): Draft {
  return {
    device,
    channel: "reported",
    rank: "routine",
    encode: (given) => encodeJson({ ...reported, ...given }),
  };
}

/** What became of a command or of a desired leaf. */
export function answerDraft(device: Serial, answer: Unnumbered<Answer>): Draft {
  return {
    device,
    channel: "answer",
    rank: "vital",
    topicId: answer.id,
    encode: (given) => encodeJson({ ...answer, ...given }),
  };
}

/** Whether an event of this kind also goes by SMS and HTTPS. */
export function isEmergency(kind: unknown): kind is EmergencyKind {
  return kind === "fall" || kind === "cardiac" || kind === "respiratory" || kind === "sos";
}

function isVital(reading: Reading): boolean {
  return metrics[reading.metric].class === "vital";
}
