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

/** Whom the silence of a device concerns by now, the latest of: the patient, a technician, the support (CF-23). */
export const silenceConcerns = ["hint", "alert", "task"] as const;
export type SilenceConcern = (typeof silenceConcerns)[number];

export interface Presence {
  readonly state: PresenceState;
  readonly cause: PresenceCause | null;
  /** Null while its silence concerns nobody; of a device behind a silent box it never does. */
  readonly concern: SilenceConcern | null;
  /** Since when this state holds. */
  readonly since: Instant;
  /** Last time anything was heard of the device, by the door's clock. */
  readonly heardAt: Instant | null;
  /** How often it is expected, in ms; told by its kind and profile. */
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

/** How far a device is from being as it should, one word per desired leaf. */
export const wishStates = ["pending", "delivered", "applied", "rejected", "expired"] as const;
export type WishState = (typeof wishStates)[number];

/** The latest word of a device on a wish: that it has it, or what became of it. A result outweighs a mere `accepted`. */
export interface WishAnswer {
  readonly t: number;
  readonly epoch: string;
  readonly seq: number;
  readonly said: "accepted" | "applied" | "rejected";
}

/** Who wants a leaf to be so, since when, and what became of it. */
export interface Wish {
  /** The twin's `desiredV` when it was made: an answer to a lower one says nothing about it. */
  readonly v: number;
  readonly state: WishState;
  /** Since when the state holds. */
  readonly at: Instant;
  readonly setAt: Instant;
  /** `u:<subject of a token>`, `change:<id>`, `aws:<key id>`, `ditto:<subject>`; never a person's name. */
  readonly by: string;
  readonly why?: string;
  /** After it, what has not been applied or rejected is `expired`. */
  readonly deadline?: Instant;
  /** Whoever keeps watch is told when it is rejected or expires. */
  readonly escalate?: true;
  /** Why the device rejected it. */
  readonly code?: string;
  readonly told?: WishAnswer;
}

/** The epoch of what a face says in a device's stead, as `reported`: no stream of entries tells it. */
export const faceEpoch = "aws";

/** One part: leaves by slash path, such as `battery` or `cell/operator`. */
export interface Part {
  /** Rises with each change of this part. */
  readonly v: number;
  readonly reported: JsonObject;
  readonly desired: JsonObject;
  /** One for each desired leaf. */
  readonly wishes: Readonly<Record<string, Wish>>;
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
  /** What people file it under: `lot`, `model` and labels of their own. */
  readonly tags: JsonObject;
  /** Rises with each change of anything desired; the `v` of `down/desired`. 0 while nothing ever was. */
  readonly desiredV: number;
  readonly links: { readonly box: BoxSerial | null; readonly assignment: string | null };
  readonly presence: Presence;
  /** What a door last knew of it; with the clock, all that `presence` comes from. Absent when never heard of. */
  readonly fact?: PresenceFact;
  readonly parts: Readonly<Partial<Record<PartName, Part>>>;
}

/** One changed leaf, as events and answers name it. */
export interface ChangedLeaf {
  /**
   * `power/battery` (reported), `presence/state`, `desired/config/profile`, `sync/config/profile` (its state),
   * `escalation/config/profile` (the state that nobody should overlook), `tags/lot`, `links/box`, `links/assignment`,
   * `identity/status`.
   */
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
  /** As in {@link Wish}; absent when no person or job did it. */
  readonly by?: string;
  readonly why?: string;
  /** What made it change: the channel of the entry that was folded, the API, or the clock alone. */
  readonly cause?: ChangeCause;
}

/** What may make a twin change. */
export const changeCauses = [
  "readings",
  "event",
  "reported",
  "answer",
  "presence",
  "api",
  "clock",
] as const;
export type ChangeCause = (typeof changeCauses)[number];
