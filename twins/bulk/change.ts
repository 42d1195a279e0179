/**
 * A bulk change: one wish for many devices, as an object that people review, start, watch, stop and take back.
 *
 * What it is (the plan) never changes once it is made; where it stands moves by steps, each by somebody and for a reason.
 * @source issue 4, item 7; spec twins 5.5
 */
import type { Serial, Tenant } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import type { Duration, Instant } from "#wire/units.ts";

import type { Forecast } from "./forecast.ts";
import type { Tally } from "./tally.ts";

/** Where a bulk change may stand. */
export const bulkStates = [
  "draft",
  "approved",
  "canary",
  "running",
  "settling",
  "paused",
  "done",
  "aborted",
  "undoing",
  "undone",
] as const;
export type BulkState = (typeof bulkStates)[number];

/** One leaf that it writes; null takes it away. */
export interface BulkLeaf {
  /** As changes of twins name it: `desired/config/profile`, `tags/lot`. */
  readonly path: string;
  readonly value: Json;
}

/** The first few, who must succeed before the others follow. */
export interface Canary {
  readonly devices: number;
  /** The share of them, 0 to 1, that must have applied it. */
  readonly success: number;
}

/** Shares of the devices that have answered, or should have, above which it stops by itself. */
export interface AbortBounds {
  readonly rejected: number;
  readonly silent: number;
  /** Never before so many have. */
  readonly sample: number;
}

/** What is wanted. */
export interface BulkPlan {
  readonly id: string;
  readonly tenant: Tenant;
  /** `u:<subject of a token>`. */
  readonly by: string;
  readonly why: string;
  readonly at: Instant;
  /** Equal for equal requests. */
  readonly digest: string;
  /** RSQL; who passed when it was made is in it, and nobody else. */
  readonly filter: string;
  readonly patch: JsonObject;
  readonly leaves: readonly BulkLeaf[];
  /** How long each device has, from when it was written. */
  readonly within: Duration;
  readonly perMinute: number;
  readonly canary: Canary | null;
  readonly abort: AbortBounds;
  readonly devices: number;
  /** Whether somebody else than its author must approve it. */
  readonly needsOther: boolean;
  readonly forecast: Forecast;
}

/** Where it stands. */
export interface BulkStanding {
  readonly state: BulkState;
  /** Where a paused one goes on. */
  readonly resumesTo?: "canary" | "running";
  /** The latest, oldest first. */
  readonly steps: readonly BulkStep[];
  /** What became of the devices, as of the last look. */
  readonly tally: Tally;
}

/** All of it. */
export interface BulkChange {
  readonly plan: BulkPlan;
  readonly standing: BulkStanding;
  /** Rises with each change of the standing. */
  readonly rev: number;
}

/** What people do to one. */
export const bulkActs = ["approve", "start", "pause", "resume", "abort", "undo"] as const;
export type BulkAct = (typeof bulkActs)[number];

/** Something that was done to one, by a person or by itself (`vigie`). */
export interface BulkStep {
  readonly act: BulkAct | "create" | "pass" | "settle" | "finish" | "undone";
  readonly at: Instant;
  readonly by: string;
  readonly why?: string;
}

/** What it may be, and how long its words. */
export const bulkLimits = {
  devices: 250_000,
  leaves: 16,
  /** Kept per tenant; the oldest that has ended makes room. */
  perTenant: 100,
  perMinute: 60_000,
  steps: 100,
} as const;

/** What holds where nothing is said. */
export const bulkDefaults = {
  deadline: "P7D",
  perMinute: 6000,
  success: 0.95,
  abort: { rejected: 0.05, silent: 0.2, sample: 20 },
} as const;

/** Who a wish of it is by. */
export function authorOf({ id }: Pick<BulkPlan, "id">): string {
  return `change:${id}`;
}

/** Whether a runner has something to do for it. */
export function isAtWork(state: BulkState): boolean {
  return ["canary", "running", "settling", "undoing"].includes(state);
}

/** Whether it may still write what it wants. */
export function isPending(state: BulkState): boolean {
  return ["approved", "canary", "running", "paused"].includes(state);
}

/** Whether nothing happens to it any more unless somebody undoes it. */
export function hasEnded(state: BulkState): boolean {
  return ["done", "aborted", "undone"].includes(state);
}

/** The devices of a change in the order in which they are written: chance, but the same at every look. */
export function inOrder(id: string, members: readonly Serial[]): Serial[] {
  return members
    .map((serial) => ({ serial, at: Bun.hash.xxHash32(`${id} ${serial}`) }))
    .toSorted((a, b) => a.at - b.at || (a.serial < b.serial ? -1 : 1))
    .map(({ serial }) => serial);
}
