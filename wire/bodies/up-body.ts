/**
 * What a wristband says to its box, as its words; `up.ts` makes bytes of them.
 *
 * @source catalogue WB-06, WB-33, WB-34; spec/clinical.md F08, F09
 */
import type { Leaf } from "./leaf.ts";

/** A time, ms: of the wall, or since the wristband started. */
export interface Moment {
  readonly ms: number;
  readonly clock: "wall" | "start";
}

/** What a wristband measures; its place is its number on the radio. */
export const bandMetrics = ["heart-rate", "spo2", "steps"] as const;
export type BandMetric = (typeof bandMetrics)[number];

/** Why a reading is worth less. */
export const bandFlaws = ["motion", "poor_contact", "off_wrist"] as const;
export type BandFlaw = (typeof bandFlaws)[number];

/** One value over the `window` ms that end at `t`, ms by the clock of its body. */
export interface BandReading {
  readonly metric: BandMetric;
  /** beat/min, percent or a count; one decimal but for steps. */
  readonly value: number;
  readonly t: number;
  readonly window: number;
  /** 0–100. */
  readonly quality: number;
  readonly flaw?: BandFlaw;
}

/** What happens to a wristband and its wearer. */
export const bandEvents = [
  "fall",
  "cardiac",
  "respiratory",
  "sos",
  "low_battery",
  "off_wrist",
  "power_lost",
  "device_error",
] as const;
export type BandEvent = (typeof bandEvents)[number];

/** By what an event was known. */
export const bandCauses = [
  "unknown",
  "impact",
  "no_pulse",
  "too_slow",
  "too_fast",
  "hypoxaemia",
  "button",
  "battery",
  "memory",
  "sensor",
] as const;
export type BandCause = (typeof bandCauses)[number];

/** How far a command has come. */
export const bandAnswers = ["accepted", "done", "failed", "rejected"] as const;
export type BandAnswer = (typeof bandAnswers)[number];

/** How far an update has come. */
export const updateStates = [
  "clearing",
  "loading",
  "staged",
  "installing",
  "installed",
  "refused",
  "failed",
] as const;
export type UpdateState = (typeof updateStates)[number];

/** Readings that ended at or before `t`, with what else is known of the wristband then. */
export interface ReadingsBody {
  readonly kind: "readings";
  readonly t: Moment;
  /** Percent, 0–100. */
  readonly battery: number;
  /** "1.5.0". */
  readonly firmware: string;
  readonly readings: readonly BandReading[];
}

/** Something happened at `t`. */
export interface EventBody {
  readonly kind: "event";
  readonly t: Moment;
  readonly event: BandEvent;
  /** Counts the events of this epoch, from 1: with the epoch, the event's name. */
  readonly number: number;
  readonly cause: BandCause;
  /** 0–100: how sure it is. */
  readonly quality: number;
}

/** What is so since `t`. */
export interface ReportedBody {
  readonly kind: "reported";
  readonly t: Moment;
  readonly leaves: readonly Leaf[];
}

/** What became of leaves that were asked for in version `v`. */
export interface SettledBody {
  readonly kind: "settled";
  readonly t: Moment;
  readonly v: number;
  /** Applied where there is no code, else rejected. */
  readonly leaves: readonly { readonly path: string; readonly code?: string }[];
}

/** What became of a command. */
export interface AnswerBody {
  readonly kind: "answer";
  readonly t: Moment;
  readonly id: string;
  readonly state: BandAnswer;
  /** Why; empty when there is nothing to say. */
  readonly code: string;
  /** By plain names, such as `value`. */
  readonly result: readonly Leaf[];
}

/** How far an update has come. */
export interface UpdateBody {
  readonly kind: "update";
  readonly t: Moment;
  /** The image, as its offer names it. */
  readonly image: number;
  readonly state: UpdateState;
  /** Bytes from the image's start on that need not be sent again. */
  readonly have: number;
  /** Why; empty when there is nothing to say. */
  readonly code: string;
}

/** The wristband was told the time: its start, `t` before, was at `wall` − `t`. */
export interface ClockBody {
  readonly kind: "clock";
  readonly t: Moment & { readonly clock: "start" };
  readonly wall: number;
}

export type UpBody =
  ReadingsBody | EventBody | ReportedBody | SettledBody | AnswerBody | UpdateBody | ClockBody;

/** Why bytes are no body: they end early or do not fit, or they say what is not known here. */
export type BodyRefused = { readonly kind: "refused"; readonly fault: "malformed" | "unknown" };
