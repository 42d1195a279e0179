/** What a home has to say: a message that has no number yet, since the outbox gives numbers. */
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
