/**
 * The twin: what we believe of one device, now. This is the document as code holds it and as the API gives it.
 *
 * @source DESIGN twins; spec twins 5.1
 */
import type { PresenceFact } from "#wire/entry.ts";
import type { BoxSerial, DeviceKind, Serial, Tenant } from "#wire/identity.ts";
import type { Json, JsonObject, PartName } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

/** Whether a device is there. */
export const presenceStates = ["online", "late", "silent", "returned", "in_stock"] as const;
export type PresenceState = (typeof presenceStates)[number];
/** Why it is not, or not fully; the first that fits. */
export const presenceCauses = [
  "charging",
  "not_worn",
  "clock",
  "battery_flat",
  "box_power",
  "box_net",
  "ble_lost",
] as const;
export type PresenceCause = (typeof presenceCauses)[number];

export interface Presence {
  readonly state: PresenceState;
  readonly cause: PresenceCause | null;
  /** Since when this state holds. */
  readonly since: Instant;
  /** Last time anything was heard of the device, by the door's clock. */
  readonly heardAt: Instant | null;
  /** How often it is expected, in ms. */
  readonly expectEvery: number;
}

/** How a leaf came to be. */
export type LeafQuality = "good" | "poor" | "late";

/** What we know of one leaf besides its value; kept under short keys. */
export interface LeafMeta {
  /** Event time, ms. */
  readonly t: number;
  /** Receive time, ms (door's clock). */
  readonly r: number;
  readonly epoch: string;
  readonly seq: number;
  /** Channel it came by. */
  readonly src: "readings" | "event" | "reported" | "answer" | "presence" | "api";
  /** 0–100 as the device judged it, absent when it does not say. */
  readonly q?: number;
  /** True for a tombstone: the leaf was deleted at `t`, and an older report may not bring it back. */
  readonly gone?: true;
}

/** One part: leaves by slash path, such as `battery` or `cell/operator`. */
export interface Part {
  /** Rises with each change of this part. */
  readonly v: number;
  readonly reported: JsonObject;
  readonly desired: JsonObject;
  /** Meta per reported leaf path, tombstones included. */
  readonly meta: Readonly<Record<string, LeafMeta>>;
}

export interface Twin {
  readonly id: Serial;
  readonly tenant: Tenant;
  readonly kind: DeviceKind;
  /** Rises with each change of anything; the ETag. */
  readonly rev: number;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
  readonly retiredAt: Instant | null;
  readonly identity: JsonObject;
  readonly links: { readonly box: BoxSerial | null; readonly assignment: string | null };
  readonly presence: Presence;
  /** What a door last knew of it; with the clock, all that `presence` comes from. Absent when never heard of. */
  readonly fact?: PresenceFact;
  readonly parts: Readonly<Partial<Record<PartName, Part>>>;
}

/** One changed leaf, as events and answers name it. */
export interface ChangedLeaf {
  /** `power/battery`, `presence/state`. */
  readonly path: string;
  readonly value: Json;
  readonly t: number;
}

/** One entry of `vigie:{q}:changes`. */
export interface Change {
  readonly id: Serial;
  readonly tenant: Tenant;
  readonly rev: number;
  readonly at: Instant;
  readonly kind: "created" | "changed" | "retired";
  readonly changed: readonly ChangedLeaf[];
}
