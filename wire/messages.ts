/**
 * What a home says and is told, once parsed. Inside these types everything is valid; bytes become
 * them in `codec.ts`.
 *
 * JSON keys camelCase, metrics kebab-case, codes snake_case. Times are milliseconds UTC.
 * @source DESIGN message shapes
 */
import type { Epoch, Serial } from "./identity.ts";
import type { Metric } from "./metrics.ts";
import type { Instant } from "./units.ts";

/**
 * What else is said of a reading: why it is worth less or is put aside; that a blood pressure stands alone; what a glucose
 * value has to do with a meal (docs/decisions/0006).
 */
export const flags = [
  ...(["motion", "poor_contact", "invalid_strip", "off_wrist"] as const),
  ...(["clock_lost", "clock_corrected"] as const),
  ...(["single", "pre_meal", "post_meal", "symptom"] as const),
] as const;
export type Flag = (typeof flags)[number];

/**
 * One measure: `value` in the metric's canonical unit, over the `window` ms that end at `t` (0: an
 * instant).
 */
export interface Reading {
  readonly metric: Metric;
  readonly value: number;
  readonly t: Instant;
  /** Window in ms. */
  readonly window: number;
  /** 0–100; absent when the device does not say. */
  readonly quality?: number;
  readonly flags?: readonly Flag[];
}

/** A reading put aside, and why; `reason` is one of `quarantineReasons`. */
export interface Rejected {
  readonly reason: QuarantineReason;
  /** As much of the record as could be read, canonical JSON, at most 1 KiB. */
  readonly text: string;
}

/** One pack of readings of one device. */
export interface ReadingsPack {
  readonly device: Serial;
  readonly epoch: Epoch;
  readonly seq: number;
  /** When battery and firmware were so; of a pack without readings only, whose readings would date it. */
  readonly t?: Instant;
  /** Percent, 0–100. */
  readonly battery?: number;
  readonly firmware?: string;
  readonly readings: readonly Reading[];
  /**
   * Records that are no reading one may keep: implausible, without a time base, of an unknown
   * metric.
   */
  readonly rejected: readonly Rejected[];
}

/** What an event may be about. The first four are emergencies: SMS, HTTPS and MQTT. */
export const eventKinds = [
  "fall",
  "cardiac",
  "respiratory",
  "sos",
  "low_battery",
  "off_wrist",
  "power_lost",
  "power_back",
  "device_error",
] as const;
export type EventKind = (typeof eventKinds)[number];

/** An emergency or a device event; the same body on MQTT and on `POST /v1/emergencies`. */
export interface DeviceEvent {
  /** Given once by the device, 8–64 characters of A-Z a-z 0-9 and hyphen. */
  readonly id: string;
  readonly epoch: Epoch;
  readonly seq: number;
  readonly kind: EventKind;
  readonly device: Serial;
  readonly t: Instant;
  readonly quality?: number;
  readonly detail?: string;
}

/** A part of a twin, by the field's own words. */
export const partNames = [
  "firmware",
  "power",
  "radio",
  "sensors",
  "buffer",
  "clock",
  "wear",
  "config",
  "vitals",
] as const;
export type PartName = (typeof partNames)[number];

/** Any JSON value. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** A merge patch (RFC 7396) of reported parts: null deletes. `vitals` comes from readings only. */
export interface Reported {
  readonly epoch: Epoch;
  readonly seq: number;
  readonly t: Instant;
  readonly parts: Readonly<Partial<Record<PartName, JsonObject>>>;
}

/** Numbers given out by a counter, from `from` to `to`, both included. */
export interface Dropped {
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
}

/** Where a home's power comes from. */
export type Power = "mains" | "battery";

/** The heartbeat of a home, every 30 s; carries no number. */
export interface Alive {
  readonly t: Instant;
  /** The highest number given out per counter. */
  readonly sent: readonly {
    readonly device: Serial;
    readonly epoch: Epoch;
    readonly seq: number;
  }[];
  readonly links: readonly {
    readonly device: Serial;
    readonly up: boolean;
    /** When the box last heard it, by the box's clock; null when never. */
    readonly heardAt: Instant | null;
  }[];
  readonly buffer: { readonly depth: number; readonly oldest: Instant | null };
  readonly power: Power;
}

/** What became of a command or of a desired leaf. */
export interface Answer {
  readonly id: string;
  readonly epoch: Epoch;
  readonly seq: number;
  readonly t: Instant;
  readonly state: "accepted" | "done" | "failed" | "rejected" | "applied";
  readonly code?: string;
  readonly result?: Json;
}

/**
 * The end-to-end receipt: everything up to `upTo` and in `ranges` is the cloud's; `refused` will
 * never be.
 */
export interface Receipt {
  readonly epoch: Epoch;
  readonly upTo: number;
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly refused: readonly { readonly seq: number; readonly code: RefusalCode }[];
}

/** All desired leaves that are outstanding. */
export interface Desired {
  readonly v: number;
  readonly parts: Readonly<Partial<Record<PartName, JsonObject>>>;
  readonly deadline?: Instant;
}

/** A command with its deadline. */
export interface Command {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly deadline: Instant;
}

/** Why a whole message is refused: acknowledged, kept aside, named in the receipt. */
export type RefusalCode =
  | "invalid_json"
  | "invalid_cbor"
  | "compressed"
  | "invalid_senml"
  | "invalid_message"
  | "too_deep"
  | "too_many_records"
  | "must_understand"
  | "unsupported_version"
  | "wrong_device"
  | "unknown_device"
  | "conflict"
  | "clock_ahead"
  | "too_late"
  | "clock_lost";

/** Why one reading is put aside. */
export type QuarantineReason =
  | "out_of_range"
  | "bp_order"
  | "unknown_metric"
  | "wrong_unit"
  | "invalid_record"
  | "clock_lost"
  | "clock_ahead"
  | "too_late"
  | "unknown_device";

/** Channels of a device, up. */
export type UpChannel = "readings" | "event" | "reported" | "alive" | "gone" | "answer";
/** Channels that become stream entries; `presence` is written by the door itself. */
export type EntryChannel = "readings" | "event" | "reported" | "answer" | "presence";

/** A refusal, returned and never thrown. */
export interface Refused {
  readonly kind: "refused";
  readonly code: RefusalCode;
  /** One sentence for a human, with no value of a body in it. */
  readonly why: string;
}

/** A parsed thing or a refusal. */
export type Parsed<T> = { readonly kind: "parsed"; readonly value: T } | Refused;
