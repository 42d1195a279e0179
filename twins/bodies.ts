/**
 * The bodies of stream entries, as a twin reads them.
 *
 * A door wrote them, so a body of another shape is a bug, and the entry that carries it is set aside by the runner.
 */
import { assert } from "#platform/assert.ts";
import type { PresenceFact, StreamEntry } from "#wire/entry.ts";
import { type EventKind, eventKinds, type Json, type JsonObject } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { isObject } from "./leaves.ts";

/** A reading as far as a twin keeps it. */
export interface SeenReading {
  readonly metric: string;
  readonly value: number;
  readonly t: number;
  readonly quality: number | undefined;
  /** Measured on nobody: the wristband lay off the wrist. */
  readonly offWrist: boolean;
}

/** A pack of readings as far as a twin keeps it. */
export interface SeenPack {
  /** What battery and firmware date from; undefined when the pack does not say and has no reading. */
  readonly t: number | undefined;
  readonly battery: number | undefined;
  readonly firmware: string | undefined;
  readonly readings: readonly SeenReading[];
}

/** The body of a `readings` entry. */
export function parsePack(entry: StreamEntry): SeenPack {
  const body = objectOf(entry);
  const list = body["readings"];
  assert(Array.isArray(list), "a readings body has its list");
  const readings = list.map(parseReading);
  const latest = readings.reduce((t, reading) => Math.max(t, reading.t), -1);
  return {
    t: number(body["t"]) ?? (latest < 0 ? undefined : latest),
    battery: number(body["battery"]),
    firmware: text(body["firmware"]),
    readings,
  };
}

/** The body of a `reported` entry. */
export function parseReport(entry: StreamEntry): {
  readonly t: number;
  readonly parts: JsonObject;
} {
  const { t, parts } = objectOf(entry);
  assert(typeof t === "number" && isObject(parts), "a reported body has its time and parts");
  return { t, parts };
}

/** The body of an `event` entry. */
export function parseHappening(entry: StreamEntry): {
  readonly t: number;
  readonly kind: EventKind;
  readonly detail: string | undefined;
} {
  const { t, kind: name, detail } = objectOf(entry);
  const kind = eventKinds.find((known) => known === name);
  assert(typeof t === "number" && kind !== undefined, "an event body has its time and kind");
  return { t, kind, detail: text(detail) };
}

/** The body of a `presence` entry. */
export function parseFact(entry: StreamEntry): PresenceFact {
  return presenceFactOf(objectOf(entry));
}

/** A presence fact as it stands in an entry or in a stored twin. */
export function presenceFactOf(body: JsonObject): PresenceFact {
  const { at, state, since, heardAt, ended, power, buffer, up, clockOff } = body;
  assert(typeof at === "number", "a presence fact has its time");
  assert(state === "heard" || state === "late" || state === "silent", "a fact has its state");
  return {
    at: Instant(at),
    state,
    ...(typeof since === "number" ? { since: Instant(since) } : {}),
    heardAt: typeof heardAt === "number" ? Instant(heardAt) : null,
    ...(isEnding(ended) ? { ended } : {}),
    ...(power === "mains" || power === "battery" ? { power } : {}),
    ...(isObject(buffer) ? { buffer: parseBuffer(buffer) } : {}),
    ...(typeof up === "boolean" ? { up } : {}),
    ...(clockOff === true ? { clockOff } : {}),
  };
}

function parseBuffer({ depth, oldest }: JsonObject): NonNullable<PresenceFact["buffer"]> {
  assert(typeof depth === "number", "a buffer has its depth");
  return { depth, oldest: typeof oldest === "number" ? Instant(oldest) : null };
}

function isEnding(value: Json | undefined): value is NonNullable<PresenceFact["ended"]> {
  return value === "farewell" || value === "will" || value === "cut" || value === "revoked";
}

function parseReading(reading: Json): SeenReading {
  assert(isObject(reading), "a reading is an object");
  const { metric, value, t, quality, flags } = reading;
  assert(typeof metric === "string" && typeof value === "number", "a reading has metric and value");
  assert(typeof t === "number", "a reading has its time");
  const offWrist = Array.isArray(flags) && flags.includes("off_wrist");
  return { metric, value, t, quality: number(quality), offWrist };
}

function objectOf(entry: StreamEntry): JsonObject {
  const body: Json = JSON.parse(entry.body);
  assert(isObject(body), "the body of an entry is an object");
  return body;
}

function number(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
