/** What a home has to say: a message that has no number yet, since the outbox gives numbers. */
import { type Draft, eventDraft, readingsDraft, reportedDraft } from "#devices/box/draft.ts";
import type { Serial } from "#wire/identity.ts";
import type { DeviceEvent, ReadingsPack, Reported } from "#wire/messages.ts";

/** Readings of one device; nothing was rejected at its source. */
export type SaidReadings = Omit<ReadingsPack, "epoch" | "seq" | "rejected"> & {
  readonly channel: "readings";
};

/** An event of one device. */
export type SaidEvent = Omit<DeviceEvent, "epoch" | "seq"> & { readonly channel: "event" };

/** Parts that a device reports. */
export type SaidReported = Omit<Reported, "epoch" | "seq"> & {
  readonly channel: "reported";
  readonly device: Serial;
};

/** One message without its number. */
export type Said = SaidReadings | SaidEvent | SaidReported;

/** What the outbox keeps of it: the message alone, without the words that sort it here. */
export function draftOf(said: Said): Draft {
  if (said.channel === "readings") {
    const { channel: _, ...pack } = said;
    return readingsDraft(pack);
  }
  if (said.channel === "event") {
    const { channel: _, ...event } = said;
    return eventDraft(event);
  }
  const { device, t, parts } = said;
  return reportedDraft(device, { t, parts });
}
